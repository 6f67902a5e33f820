#![doc = include_str!("../README.md")]
#![recursion_limit = "512"]
#![expect(unreachable_pub, reason = "the component macro makes props and builders public")]

mod api;
mod entry_form;
mod i18n;
mod islands;
mod size;

#[cfg(feature = "ssr")]
mod assets;
#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod confirm;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod forms;
#[cfg(feature = "ssr")]
mod origin;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod router;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod visit;

#[cfg(feature = "ssr")]
pub use assets::Options;
#[cfg(feature = "ssr")]
pub use components::product::{picture_url, product_url};
#[cfg(feature = "ssr")]
pub use document::{error_page, status};
#[cfg(feature = "ssr")]
pub use origin::Origin;
#[cfg(feature = "ssr")]
pub use router::{BODY_LIMIT, router};
#[cfg(feature = "ssr")]
pub use visit::SESSION_COOKIE;
