//! Text kept on the device. `page.js` drops it when the form was saved: its cookie `alluvium_saved` names the same address.

use std::collections::BTreeMap;

use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

use super::fields::Fields;

const PREFIX: &str = "alluvium-draft:";

/// What stood in a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The revision that it began from, so that a conflict is noticed after restoring too.
    base: String,
    fields: BTreeMap<String, String>,
}

impl Kept {
    pub(super) fn of(fields: &Fields, base: String) -> Kept {
        let fields = fields.controls().into_iter().map(|control| (control.name.clone(), control.value())).collect();
        Kept { base, fields }
    }

    pub(super) fn load(address: &str) -> Option<Kept> {
        serde_json::from_str(&storage()?.get_item(&key(address)).ok()??).ok()
    }

    /// A device that keeps nothing (private windows, full storage) is no reason to disturb who writes.
    pub(super) fn save(&self, address: &str) {
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(self)) {
            let _ = storage.set_item(&key(address), &text);
        }
    }

    pub(super) fn drop(address: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&key(address));
        }
    }

    /// Whether the form stands otherwise.
    pub(super) fn differs(&self, fields: &Fields) -> bool {
        let controls = fields.controls();
        controls.iter().any(|control| self.fields.get(&control.name).is_some_and(|kept| *kept != control.value()))
    }

    pub(super) fn restore(&self, fields: &Fields) {
        for control in fields.controls() {
            if let Some(kept) = self.fields.get(&control.name) {
                control.fill(kept);
            }
        }
        fields.set_base(&self.base);
    }
}

fn key(address: &str) -> String {
    format!("{PREFIX}{address}")
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
