//! Sign-in by a provider of OpenID Connect: authorization code with state, nonce and PKCE. The provider says who it is; what they may do is said here.

mod fetch;
mod journey;
mod person;
mod provider;

use alluvium_domain::{Action, Actor, Problem, ProblemKind, Role, User, UserId};
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, Scope};
use time::OffsetDateTime;

use super::attempts::provider_key;
use super::browsers::{Caller, How};
use super::secrets::hash_secret;
use super::sign_in::SignIn;
use crate::Services;
use crate::error::internal;
use journey::Journey;
pub(crate) use provider::Oidc;
use provider::{KEPT, wrong};

pub use alluvium_store::Identity as OidcIdentity;
pub use fetch::oidc_issuer;

/// What proves to the provider that it is this installation. Never printed.
#[derive(Clone)]
pub struct OidcSecret(pub String);

impl std::fmt::Debug for OidcSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OidcSecret")
    }
}

/// The provider, and who may come by it.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// The provider's address, as it names itself ([`oidc_issuer`]).
    pub issuer: String,
    /// What it knows this installation by.
    pub client_id: String,
    /// What proves that it is this installation.
    pub client_secret: OidcSecret,
    /// What people call the provider; for the button.
    pub label: Option<String>,
    /// The role of somebody who comes for the first time; without one only those come in who have linked the account themselves.
    pub new_people: Option<Role>,
}

/// Why nobody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OidcRefusal {
    /// The provider does not answer, or not as one does.
    Unreachable,
    /// The person did not agree there.
    Cancelled,
    /// What came back is not the provider's word for this browser.
    Wrong,
    /// Nobody here has this account.
    Unknown,
    /// The person may not come in any more.
    Disabled,
    /// Somebody here has this account, or the person has another one.
    Taken,
}

impl OidcRefusal {
    /// All of them.
    pub const ALL: [OidcRefusal; 6] = [
        OidcRefusal::Unreachable,
        OidcRefusal::Cancelled,
        OidcRefusal::Wrong,
        OidcRefusal::Unknown,
        OidcRefusal::Disabled,
        OidcRefusal::Taken,
    ];

    /// Its name in an address.
    pub fn code(self) -> &'static str {
        match self {
            OidcRefusal::Unreachable => "unreachable",
            OidcRefusal::Cancelled => "cancelled",
            OidcRefusal::Wrong => "wrong",
            OidcRefusal::Unknown => "unknown",
            OidcRefusal::Disabled => "disabled",
            OidcRefusal::Taken => "taken",
        }
    }

    /// The refusal of that name.
    pub fn parse(code: &str) -> Option<OidcRefusal> {
        OidcRefusal::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    /// As a problem, for the status of an answer.
    pub fn problem(self) -> Problem {
        Problem::new(match self {
            OidcRefusal::Unreachable => ProblemKind::Unavailable,
            OidcRefusal::Taken => ProblemKind::Conflict,
            _ => ProblemKind::Invalid,
        })
    }
}

/// The way to the provider.
pub struct OidcStart {
    /// Where the browser goes.
    pub url: String,
    /// What it keeps until it comes back, for a cookie.
    pub journey: String,
}

/// What somebody brings back from the provider.
#[derive(Debug, Default)]
pub struct OidcAnswer<'a> {
    /// What the browser kept ([`OidcStart::journey`]).
    pub journey: &'a str,
    /// The state that the provider gave back.
    pub state: &'a str,
    /// The code that stands for the person.
    pub code: &'a str,
    /// What went wrong there, if anything did.
    pub error: &'a str,
}

/// How it ended.
pub enum OidcEnd {
    /// Somebody has signed in, and wanted to go there.
    SignedIn(SignIn, String),
    /// The account was linked to the person who is signed in.
    Linked,
    /// Nobody came in.
    Refused {
        /// Why.
        why: OidcRefusal,
        /// Where they wanted to go, as far as that is known.
        next: String,
        /// Whether somebody who is signed in wanted to link the account.
        linking: bool,
    },
}

impl Services {
    /// What people call the provider by which they may sign in: nothing where there is none, an empty name where it has none.
    pub fn oidc_label(&self) -> Option<&str> {
        self.inner.oidc.as_ref().map(|oidc| oidc.settings.label.as_deref().unwrap_or_default())
    }

    fn oidc(&self) -> Result<&Oidc, Problem> {
        self.inner.oidc.as_ref().ok_or_else(Problem::not_found)
    }

    /// The way to the provider, which leads back to `back`, an address of ours, and then to `next`.
    pub async fn oidc_start(&self, back: &str, next: &str) -> Result<Result<OidcStart, OidcRefusal>, Problem> {
        self.oidc_journey(back, next, None).await
    }

    /// The same for the actor, who wants to sign in by the provider from now on.
    pub async fn oidc_link(&self, actor: &Actor, back: &str) -> Result<Result<OidcStart, OidcRefusal>, Problem> {
        actor.may_confirmed(Action::OwnAccount)?;
        self.oidc_journey(back, "/settings", actor.user_id()).await
    }

    async fn oidc_journey(
        &self,
        back: &str,
        next: &str,
        link: Option<UserId>,
    ) -> Result<Result<OidcStart, OidcRefusal>, Problem> {
        let oidc = self.oidc()?;
        let metadata = match oidc.metadata(KEPT).await {
            Ok(metadata) => metadata,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = oidc
            .client(&metadata, back)?
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let journey = Journey::new(state, nonce, verifier, next, link, OffsetDateTime::now_utc());
        Ok(Ok(OidcStart { url: url.to_string(), journey: journey.sealed(&self.inner.browsers)? }))
    }

    /// Signs in who comes back with a code, in the browser that went away with the same journey; or links the account to `actor`.
    pub async fn oidc_end(
        &self,
        caller: &Caller,
        actor: &Actor,
        back: &str,
        answer: OidcAnswer<'_>,
    ) -> Result<OidcEnd, Problem> {
        let oidc = self.oidc()?;
        let now = OffsetDateTime::now_utc();
        let journey = Journey::unsealed(answer.journey, &self.inner.browsers)
            .filter(|journey| journey.state == answer.state && journey.is_current(now));
        let Some(journey) = journey else {
            // Not counted: any page can send a browser here.
            self.attempt_failed(caller, None, How::Oidc.code());
            let why = wrong("another browser, too late, or never sent to the provider");
            return Ok(OidcEnd::Refused { why, next: "/".to_owned(), linking: false });
        };
        let attempt = self.attempt(caller, &[provider_key(caller.address.0)], None, How::Oidc.code())?;
        let end = match self.oidc_come_back(oidc, actor, back, &journey, &answer).await? {
            Ok(None) => OidcEnd::Linked,
            Ok(Some(user)) => {
                let done = self.session_begin(caller, user, How::Oidc).await?;
                OidcEnd::SignedIn(done, journey.next)
            }
            Err((why, user)) => {
                if !matches!(why, OidcRefusal::Unreachable | OidcRefusal::Cancelled) {
                    self.attempt_failed(caller, user.as_ref(), How::Oidc.code());
                    return Ok(OidcEnd::Refused { why, next: journey.next, linking: journey.link.is_some() });
                }
                OidcEnd::Refused { why, next: journey.next, linking: journey.link.is_some() }
            }
        };
        self.inner.attempts.succeeded(&attempt);
        Ok(end)
    }

    /// Who came back, or nobody where an account was linked; else why not, and who it was where that is known.
    async fn oidc_come_back(
        &self,
        oidc: &Oidc,
        actor: &Actor,
        back: &str,
        journey: &Journey,
        answer: &OidcAnswer<'_>,
    ) -> Result<Result<Option<User>, (OidcRefusal, Option<User>)>, Problem> {
        let until = journey.until()?;
        if !self.inner.store.oidc_state_use(&hash_secret(&journey.state), until).await.map_err(internal)? {
            return Ok(Err((wrong("it came back before"), None)));
        }
        match answer.error {
            "" => {}
            "access_denied" => return Ok(Err((OidcRefusal::Cancelled, None))),
            "temporarily_unavailable" | "server_error" => return Ok(Err((OidcRefusal::Unreachable, None))),
            _ => return Ok(Err((wrong("the provider answers with an error"), None))),
        }
        let claims = match oidc.claims(back, journey, answer.code).await? {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err((refusal, None))),
        };
        if let Some(link) = journey.link {
            let linked = actor.user_id() == Some(link) && self.oidc_identity_add(oidc, link, &claims).await?;
            return Ok(if linked { Ok(None) } else { Err((OidcRefusal::Taken, actor.user.clone())) });
        }
        Ok(match self.oidc_person(oidc, &claims).await? {
            None => Err((OidcRefusal::Unknown, None)),
            Some(user) if user.disabled => Err((OidcRefusal::Disabled, Some(user))),
            Some(user) => Ok(Some(user)),
        })
    }

    /// The provider's account that the actor signs in with, if there is one.
    pub async fn oidc_identity(&self, actor: &Actor) -> Result<Option<OidcIdentity>, Problem> {
        actor.may(Action::OwnAccount)?;
        let (Some(oidc), Some(id)) = (&self.inner.oidc, actor.user_id()) else { return Ok(None) };
        self.inner.store.identity_get(&oidc.settings.issuer, id).await.map_err(internal)
    }
}
