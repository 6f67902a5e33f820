//! Which hosts are answered.
//!
//! A page of a stranger can give its own name the address of this machine (DNS rebinding): the browser then takes our answers for that page's. What
//! betrays it is the name in `Host`. An address in its place betrays nothing and is harmless, because no page can come from it but ours.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use alluvium_app::Origin;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderValue, StatusCode, Uri, header};

/// What probes of the machine itself ask for.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A year, as browsers count it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The hosts that are answered. Ports do not matter: a proxy or a container may have another one.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    origin: Origin,
    /// Names of the public address and further ones.
    names: Arc<[String]>,
    /// Whether there is a public address, beside which the address of the machine is for probes only.
    public: bool,
    listening: IpAddr,
}

impl Hosts {
    pub(crate) fn new(origin: Origin, public_url: Option<&str>, further: &[String], listening: SocketAddr) -> Self {
        let public = public_url.and_then(|url| host_name(url.split_once("://").map_or(url, |(_, host)| host)).ok());
        let is_public = public.is_some();
        let names = public.into_iter().chain(further.iter().cloned()).collect();
        Hosts { origin, names, public: is_public, listening: listening.ip().to_canonical() }
    }

    /// Whether a request for `path` that names this host is answered.
    fn answers(&self, host: &str, path: &str) -> bool {
        let Ok(name) = host_name(host) else { return false };
        if self.names.contains(&name) {
            return true;
        }
        if self.public && !PROBES.contains(&path) {
            return false;
        }
        let address: Option<IpAddr> = name.trim_matches(['[', ']']).parse().ok();
        let own = self.listening;
        match address.map(|address| address.to_canonical()) {
            None => name == "localhost" && (own.is_loopback() || own.is_unspecified()),
            Some(address) => own.is_unspecified() || address == own || (own.is_loopback() && address.is_loopback()),
        }
    }
}

/// The name of a host as it is compared: without a port, in lower case.
pub(crate) fn host_name(text: &str) -> Result<String, String> {
    let wrong = || "a host such as knowledge.example or 10.0.0.7".to_owned();
    let authority: Authority = text.trim().parse().map_err(|_| wrong())?;
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    if name.is_empty() || authority.as_str().contains('@') { Err(wrong()) } else { Ok(name) }
}

/// An address for people: scheme and host, in the form that browsers send as `Origin`.
pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let wrong = || "an address such as https://knowledge.example, without a path".to_owned();
    let uri: Uri = text.trim().parse().map_err(|_| wrong())?;
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong());
    };
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.as_str().contains('@') {
        return Err(wrong());
    }
    let usual = if scheme == "https" { 443 } else { 80 };
    let host = authority.host().to_ascii_lowercase();
    Ok(match authority.port_u16() {
        Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

/// Sends away whoever asks another host (RFC 9110, 15.5.20), before anything else looks at the request. Programs may leave the host out; no browser does.
pub(crate) async fn check(State(hosts): State<Hosts>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let named = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    let named = named.chain(request.uri().authority().map(Authority::as_str));
    let known = named.into_iter().all(|host| hosts.answers(host, path));
    if !known {
        let text = format!(
            "本服务器的地址是 {0}。如果它还有别的名字，请让管理员设置 ALLUVIUM_PUBLIC_URL 或 ALLUVIUM_HOSTS。\n\
             The address of this server is {0}. If it has other names, an administrator sets ALLUVIUM_PUBLIC_URL or ALLUVIUM_HOSTS.\n",
            hosts.origin
        );
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    let secure = hosts.origin.is_secure();
    request.extensions_mut().insert(hosts.origin);
    let mut response = next.run(request).await;
    if secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(public: Option<&str>, further: &[&str], listening: &str) -> Hosts {
        let further: Vec<String> = further.iter().map(|name| host_name(name).unwrap()).collect();
        Hosts::new(Origin::new("http://x"), public, &further, listening.parse().unwrap())
    }

    #[test]
    fn without_a_public_address_the_machine_itself_is_answered() {
        let local = hosts(None, &[], "127.0.0.1:3000");
        for host in ["127.0.0.1:3000", "localhost:3000", "LOCALHOST", "localhost.:3000", "[::1]:3000", "127.0.0.2:8080"]
        {
            assert!(local.answers(host, "/"), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "evil@localhost", "10.0.0.7:3000", "", "a b", "2130706433"]
        {
            assert!(!local.answers(host, "/"), "{host}");
            assert!(!local.answers(host, "/healthz"), "{host}");
        }
        let open = hosts(None, &[], "0.0.0.0:3000");
        for host in ["10.0.0.7:3000", "localhost:8080", "[2001:db8::1]:3000"] {
            assert!(open.answers(host, "/"), "{host}");
        }
        assert!(!open.answers("evil.example:3000", "/healthz"));
        let one = hosts(None, &["intranet"], "10.0.0.7:3000");
        assert!(one.answers("10.0.0.7:3000", "/") && one.answers("intranet:3000", "/"));
        assert!(!one.answers("localhost:3000", "/") && !one.answers("10.0.0.8:3000", "/"));
    }

    #[test]
    fn beside_a_public_address_the_machine_is_for_probes() {
        let public = hosts(Some("https://know.example:8443"), &["inner.example", "10.1.2.3"], "0.0.0.0:3000");
        for host in ["know.example", "Know.Example:8443", "know.example.", "inner.example:3000", "10.1.2.3:3000"] {
            assert!(public.answers(host, "/"), "{host}");
        }
        assert!(public.answers("10.9.9.9:3000", "/healthz") && public.answers("localhost:3000", "/metrics"));
        assert!(!public.answers("10.9.9.9:3000", "/") && !public.answers("localhost:3000", "/"));
        assert!(!public.answers("evil.example", "/healthz") && !public.answers("sub.know.example", "/"));
    }

    #[test]
    fn a_public_address_is_scheme_and_host() {
        for (given, wanted) in [
            ("https://Know.Example/", "https://know.example"),
            ("https://know.example:443", "https://know.example"),
            ("http://know.example:8080", "http://know.example:8080"),
            ("http://[::1]:80/", "http://[::1]"),
        ] {
            assert_eq!(public_url(given).unwrap(), wanted);
        }
        for wrong in [
            "know.example",
            "ftp://know.example",
            "https://know.example/wiki",
            "https://a@know.example",
            "https://",
            "",
        ] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
