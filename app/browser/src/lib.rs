//! The WebAssembly entry: hydrates the islands of the page.

// The islands are exported by the crate itself: naming it is what links them.
use alluvium_app as _;

/// Called by the page's loader once the module is instantiated.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
