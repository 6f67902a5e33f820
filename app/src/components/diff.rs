//! The difference of two texts.

use alluvium_domain::{Diff, DiffLine, DiffOp};
use leptos::prelude::*;

use crate::i18n::entry as t;
use crate::visit::lang;

/// A difference line by line, with the words that changed marked.
#[component]
pub(crate) fn DiffView(diff: Diff) -> impl IntoView {
    let lang = lang();
    if diff.hunks.is_empty() {
        return view! { <p class="muted">{t::NO_DIFFERENCE.of(lang)}</p> }.into_any();
    }
    let hunks = diff
        .hunks
        .into_iter()
        .enumerate()
        .map(|(at, lines)| {
            let rows = lines.into_iter().map(|line| view! { <Line line /> }).collect_view();
            view! {
                {(at > 0)
                    .then(|| {
                        view! {
                            <tbody class="diff__gap">
                                <tr>
                                    <td colspan="4">{t::HIDDEN_LINES.of(lang)}</td>
                                </tr>
                            </tbody>
                        }
                    })}
                <tbody>{rows}</tbody>
            }
        })
        .collect_view();
    view! {
        <p class="diff-count">
            <span class="diff-count__added">{format!("+{} {}", diff.added, t::ADDED_LINES.of(lang))}</span>
            <span class="diff-count__removed">{format!("−{} {}", diff.removed, t::REMOVED_LINES.of(lang))}</span>
        </p>
        <div class="diff-scroll" tabindex="0" role="region" aria-label=t::DIFFERENCE.of(lang)>
            <table class="diff">
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">{t::OLD.of(lang)}</th>
                        <th scope="col">{t::NEW.of(lang)}</th>
                        <th scope="col">"±"</th>
                        <th scope="col">{t::LINE.of(lang)}</th>
                    </tr>
                </thead>
                {hunks}
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Line(line: DiffLine) -> impl IntoView {
    let (class, sign) = match line.op {
        DiffOp::Equal => ("diff__line", ""),
        DiffOp::Insert => ("diff__line diff__line--insert", "+"),
        DiffOp::Delete => ("diff__line diff__line--delete", "−"),
    };
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let (op, partly) = (line.op, line.pieces.iter().any(|(changed, _)| *changed));
    let pieces = line
        .pieces
        .into_iter()
        .map(|(changed, text)| match op {
            _ if partly && !changed => text.into_any(),
            DiffOp::Equal => text.into_any(),
            DiffOp::Insert => view! { <ins class:whole=!partly>{text}</ins> }.into_any(),
            DiffOp::Delete => view! { <del class:whole=!partly>{text}</del> }.into_any(),
        })
        .collect_view();
    view! {
        <tr class=class>
            <td class="diff__number">{number(line.old_line)}</td>
            <td class="diff__number">{number(line.new_line)}</td>
            <td class="diff__sign">{sign}</td>
            <td class="diff__text">{pieces}</td>
        </tr>
    }
}
