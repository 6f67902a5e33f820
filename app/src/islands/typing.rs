//! Waiting for a pause in typing, and dropping answers that come too late.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// Runs an action once typing pauses.
#[derive(Clone, Copy)]
pub(crate) struct Pause {
    wait: Duration,
    timer: StoredValue<Option<TimeoutHandle>>,
    turn: StoredValue<u32>,
}

impl Pause {
    pub(crate) fn new(milliseconds: u64) -> Self {
        Pause { wait: Duration::from_millis(milliseconds), timer: StoredValue::new(None), turn: StoredValue::new(0) }
    }

    /// Runs `action` after the pause, unless called again before. It gets the number of this turn.
    pub(crate) fn after(self, action: impl FnOnce(u32) + 'static) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        let timer = set_timeout_with_handle(move || action(turn), self.wait).ok();
        self.timer.set_value(timer);
    }

    /// Whether no later turn has begun.
    pub(crate) fn is_latest(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }
}
