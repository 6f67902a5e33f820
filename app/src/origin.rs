//! The one address of an installation.

use std::sync::Arc;

/// `https://knowledge.example`: what people and programs use. Links, cookies and checks all take it from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Arc<str>);

impl Origin {
    /// Takes the address, without a path.
    pub fn new(address: &str) -> Self {
        Origin(address.trim_end_matches('/').into())
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach it by https only.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The name of a cookie that only this server may set and that only it gets back. Behind https the browser holds to that (RFC 6265bis, 4.1.3.2).
    pub fn cookie_name(&self, name: &'static str) -> String {
        let prefix = if self.is_secure() { "__Host-" } else { "" };
        format!("{prefix}{name}")
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
