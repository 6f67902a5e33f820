//! Two people edited at once: the difference and both texts, so that nothing is lost.

use alluvium_domain::{Diff, EntryKind, Revision};
use leptos::prelude::*;

use crate::components::callout::{Notice, Tone};
use crate::components::diff::DiffView;
use crate::components::entry::Moment;
use crate::components::field::ReadOnlyText;
use crate::i18n::{entry as t, format};

#[component]
pub(crate) fn Conflict(theirs: Revision, diff: Diff, kind: EntryKind) -> impl IntoView {
    let lang = crate::visit::lang();
    let (summary, input) = (theirs.summary, theirs.input);
    let url = format!("{}/history/{}", alluvium_domain::entry::entry_url(kind, &input.slug), summary.number);
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
            <h3>{t::CONFLICT_DIFF.of(lang)}</h3>
            <DiffView diff />
            <details class="conflict__theirs">
                <summary>{t::CONFLICT_THEIRS.of(lang)}</summary>
                <ReadOnlyText label=t::CONFLICT_THEIRS.of(lang) value=input.body />
            </details>
            <h3>{t::CONFLICT_YOURS.of(lang)}</h3>
        </section>
    }
}
