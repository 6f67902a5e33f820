//! People: sign-in, sessions, API tokens, roles, the audit log.

mod accounts;
mod secrets;
mod sign_in;
mod tokens;

pub use accounts::NewUser;
pub(crate) use secrets::Verified;
pub(crate) use sign_in::Attempts;
pub use sign_in::{SessionSecret, SignIn};
pub use tokens::{TOKEN_PREFIX, TokenCreated};
