//! One version as a card: state, what the checks found, and what can be done with it.

use alluvium_domain::registry::{Act, CheckReport, ModelVersion};
use leptos::prelude::*;

use super::model_url;
use crate::components::checks::Verdict;
use crate::components::entry::Moment;
use crate::components::table::DataTable;
use crate::i18n::common as tc;
use crate::i18n::entry as tentry;
use crate::i18n::registry as t;
use crate::visit::{Visit, lang};

/// What a button can do with a version.
const ACTS: [Act; 5] = [Act::Request, Act::Approve, Act::Reject, Act::Activate, Act::Withdraw];

#[component]
pub(super) fn Version(version: ModelVersion, report: Option<CheckReport>, champion: bool) -> impl IntoView {
    let lang = lang();
    let id = format!("version-{}", version.number);
    let author = version.author.clone().unwrap_or_else(|| t::PROGRAM.of(lang).to_owned());
    let tags: Vec<String> = version.tags.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    view! {
        <section class="panel version" id=id.clone() aria-labelledby=format!("{id}-title")>
            <h3 id=format!("{id}-title")>
                {tc::VERSION.of(lang)} " " {version.number} " "
                <span class="state">{t::approval(version.approval).of(lang)}</span> " "
                {champion.then(|| view! { <span class="state">{t::CHAMPION.of(lang)}</span> })}
            </h3>
            <p class="facts num">
                <span class="fact">{t::AUTHOR.of(lang)} " " {author}</span>
                <span class="fact">{t::MADE.of(lang)} " " <Moment at=version.created_at /></span>
                {(!version.aliases.is_empty())
                    .then(|| view! { <span class="fact">{tentry::ALIASES.of(lang)} " " {version.aliases.join(", ")}</span> })}
                <span class="fact break">{tags.join(" · ")}</span>
            </p>
            <p class="card__summary">{version.description.clone()}</p>
            <Report report />
            <Acts version champion />
        </section>
    }
}

#[component]
fn Report(report: Option<CheckReport>) -> impl IntoView {
    let lang = lang();
    let Some(report) = report else {
        return view! { <p class="muted">{t::NOT_CHECKED.of(lang)}</p> }.into_any();
    };
    let rows = report
        .checks
        .into_iter()
        .map(|check| {
            view! {
                <tr>
                    <th scope="row">
                        {t::check(&check.name).of(lang)} {(!check.required).then(|| t::ADVICE.of(lang))}
                    </th>
                    <td>
                        {if check.measured {
                            view! { <Verdict passed=check.passed /> }.into_any()
                        } else {
                            view! { <span class="verdict verdict--bad">{t::NOT_MEASURED.of(lang)}</span> }.into_any()
                        }}
                    </td>
                    <td class="break">{lang.pick(check.zh, check.en)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h4>{t::CHECKS.of(lang)}</h4>
        <DataTable label=t::CHECKS.of(lang)>{rows}</DataTable>
    }
    .into_any()
}

/// The buttons that this person may press now.
#[component]
fn Acts(version: ModelVersion, champion: bool) -> impl IntoView {
    let lang = lang();
    let Some(visit) = Visit::current() else { return ().into_any() };
    let possible = |act: &Act| {
        version.approval.after(*act).is_some()
            && visit.actor.may_act(*act, version.author_id).is_ok()
            && !(champion && *act == Act::Activate)
    };
    let acts: Vec<Act> = ACTS.into_iter().filter(possible).collect();
    // A reviewer who misses the button hears why.
    let own = version.approval.after(Act::Approve).is_some()
        && visit.actor.may_act(Act::Approve, None).is_ok()
        && visit.actor.may_act(Act::Approve, version.author_id).is_err();
    if acts.is_empty() && !own {
        return ().into_any();
    }
    let buttons = acts
        .into_iter()
        .map(|act| {
            let class = match act {
                Act::Approve | Act::Activate => "button button--small button--primary",
                Act::Reject | Act::Withdraw => "button button--small button--danger",
                _ => "button button--small",
            };
            view! {
                <button class=class type="submit" name="act" value=act.code()>
                    {t::act(act).of(lang)}
                </button>
            }
        })
        .collect_view();
    let field = format!("reason-{}", version.number);
    view! {
        {own.then(|| view! { <p class="muted">{t::OWN.of(lang)}</p> })}
        <form method="post" action=format!("{}/versions/{}/act", model_url(&version.name), version.number)>
            <label class="field__label" for=field.clone()>
                {tc::REASON.of(lang)} " " <span class="muted">{t::REASON_HINT.of(lang)}</span>
            </label>
            <input class="input" id=field name="reason" maxlength="2000" autocomplete="off" />
            <div class="row-actions">{buttons}</div>
        </form>
    }
    .into_any()
}
