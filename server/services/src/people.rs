//! People: sign-in, sessions, API tokens, roles, the audit log.

mod accounts;
mod attempts;
mod browsers;
mod oidc;
mod passwords;
mod restored;
mod second_factor;
mod secrets;
mod sign_in;
mod tokens;

pub use accounts::{NewUser, PasswordRequest};
pub(crate) use attempts::Attempts;
pub(crate) use browsers::Browsers;
pub use browsers::{Caller, ClientAddress};
pub(crate) use oidc::Oidc;
pub use oidc::{OidcAnswer, OidcEnd, OidcIdentity, OidcRefusal, OidcSecret, OidcSettings, OidcStart, oidc_issuer};
pub use second_factor::{Enrolment, SecondFactor};
pub(crate) use secrets::Verified;
pub use sign_in::{SessionSecret, SignIn, SignInStep};
pub use tokens::{TOKEN_PREFIX, TokenCreated};
