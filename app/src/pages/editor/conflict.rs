//! Two people changed the same: both texts, and the choice between them. What does not clash is merged in the form already.

use std::collections::BTreeMap;

use alluvium_domain::EntryKind;
use alluvium_domain::entry::{Conflict, Side, entry_url};
use leptos::prelude::*;

use crate::components::callout::{Notice, Tone};
use crate::components::clashes::{Clashes, SideWords};
use crate::components::diff::DiffView;
use crate::components::entry::Moment;
use crate::components::field::ReadOnlyText;
use crate::i18n::{entry as t, format};

const WORDS: SideWords = SideWords {
    theirs: t::CLASH_THEIRS,
    mine: t::CLASH_MINE,
    keep_theirs: t::CLASH_KEEP_THEIRS,
    keep_mine: t::CLASH_KEEP_MINE,
};

#[component]
pub(crate) fn ConflictPanel(conflict: Conflict, kind: EntryKind, keep: BTreeMap<String, Side>) -> impl IntoView {
    let lang = crate::visit::lang();
    let Conflict { theirs, clashes, diff, .. } = conflict;
    let (summary, input) = (theirs.summary, theirs.input);
    let url = format!("{}/history/{}", entry_url(kind, &input.slug), summary.number);
    view! {
        <section class="conflict" aria-labelledby="conflict-title">
            <Notice tone=Tone::Warning>
                <h2 id="conflict-title">{t::CONFLICT.of(lang)}</h2>
                <p>{t::CONFLICT_TEXT.of(lang)}</p>
                <p class="facts">
                    <a class="fact" href=url target="_blank">{format::revision(summary.number, lang)}</a>
                    <span class="fact">{summary.author.unwrap_or_else(|| t::BY_SYSTEM.of(lang).to_owned())}</span>
                    <Moment at=summary.created_at />
                    <span class="fact">{summary.note}</span>
                </p>
            </Notice>
            <Clashes clashes keep words=WORDS />
            <details class="conflict__theirs">
                <summary>{t::CONFLICT_DIFF.of(lang)}</summary>
                <DiffView diff />
            </details>
            <details class="conflict__theirs">
                <summary>{t::CONFLICT_THEIRS.of(lang)}</summary>
                <ReadOnlyText label=t::CONFLICT_THEIRS.of(lang) value=input.body />
            </details>
        </section>
    }
}
