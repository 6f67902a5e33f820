//! What forms send. Success is a redirect; failure is the page again, with what was typed and what is wrong.

pub(crate) mod admin;
pub(crate) mod cookies;
pub(crate) mod entry;
pub(crate) mod jobs;
pub(crate) mod judgement;
pub(crate) mod oidc;
pub(crate) mod preferences;
pub(crate) mod registry;
pub(crate) mod runs;
pub(crate) mod senders;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod shopping;
pub(crate) mod state;
pub(crate) mod vote;
