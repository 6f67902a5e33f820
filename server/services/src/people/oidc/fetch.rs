//! Requests to the provider.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// How long the provider may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of an answer of the provider.
const MAX_ANSWER: u64 = 1024 * 1024;

/// A provider's address, as it names itself: https, or http on this machine.
pub fn oidc_issuer(text: &str) -> Result<String, String> {
    let wrong =
        || "an address such as https://accounts.example, as the provider names itself; http on this machine only";
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if plain && url.password().is_none() && (url.scheme() == "https" || is_local(&url)) {
        return Ok(text.to_owned());
    }
    Err(wrong().to_owned())
}

/// Whether it is http on this machine: what is sent there passes no network.
fn is_local(url: &Url) -> bool {
    let local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && local
}

/// Sends requests to one provider, which may name addresses of its own choice as long as they are as safe as itself.
pub(super) struct Fetch {
    agent: ureq::Agent,
    local: bool,
}

impl Fetch {
    pub(super) fn new(issuer: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            // An address that was checked must not lead to one that was not.
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        Fetch { agent: config.into(), local: Url::parse(issuer).is_ok_and(|url| is_local(&url)) }
    }

    /// Whether something may be sent there.
    pub(super) fn permits(&self, url: &Url) -> bool {
        url.scheme() == "https" || (self.local && is_local(url))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
        let url = Url::parse(&request.uri().to_string()).map_err(std::io::Error::other)?;
        if !self.permits(&url) {
            return Err(std::io::Error::other("an address that is not https"));
        }
        let agent = self.agent.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let (parts, body) = request.into_parts();
            let answer = match body.is_empty() {
                true => agent.run(http::Request::from_parts(parts, ())),
                false => agent.run(http::Request::from_parts(parts, body)),
            };
            let (parts, mut body) = answer.map_err(std::io::Error::other)?.into_parts();
            let bytes = body.with_config().limit(MAX_ANSWER).read_to_vec().map_err(std::io::Error::other)?;
            Ok(http::Response::from_parts(parts, bytes))
        });
        answer.await.map_err(std::io::Error::other)?
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, std::io::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_by_https_or_on_this_machine() {
        for good in [
            "https://accounts.example",
            "https://accounts.example/realms/team/",
            "http://127.0.0.1:8080/realms/team",
            "http://[::1]:8080",
            "http://localhost:8080",
        ] {
            assert_eq!(oidc_issuer(good).as_deref(), Ok(good));
        }
        for bad in [
            "http://accounts.example",
            "http://10.0.0.1",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "https://user:secret@accounts.example",
            "https://accounts.example?realm=team",
            "https://accounts.example#team",
            "ftp://127.0.0.1",
            "accounts.example",
            "",
        ] {
            assert!(oidc_issuer(bad).is_err(), "{bad}");
        }
        let far = Fetch::new("https://accounts.example");
        assert!(far.permits(&Url::parse("https://other.example/token").unwrap()));
        assert!(!far.permits(&Url::parse("http://other.example/token").unwrap()));
        assert!(!far.permits(&Url::parse("http://127.0.0.1:5432/").unwrap()), "nothing of this machine");
        let near = Fetch::new("http://127.0.0.1:8080");
        assert!(near.permits(&Url::parse("http://127.0.0.1:8080/token").unwrap()));
        assert!(!near.permits(&Url::parse("http://other.example/token").unwrap()));
    }
}
