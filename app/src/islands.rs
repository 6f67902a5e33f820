//! The parts of pages that WebAssembly brings to life. Everything here is compiled twice, for the server and for the browser, so it stays small:
//! no page, no service, no router.

pub(crate) mod curve;
pub(crate) mod editing;
pub(crate) mod job;
pub(crate) mod judging;
pub(crate) mod live_search;
pub(crate) mod preview;
pub(crate) mod score;
pub(crate) mod search_box;
mod typing;
