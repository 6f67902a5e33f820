//! Whoever sends events: what waits, taking it in, making it void.

use alluvium_domain::Problem;
use alluvium_domain::shop::{
    EventSender, Ruling, SenderDay, SenderId, SenderKind, SenderPage, SenderProduct, VoidLearner,
};
use axum::extract::{Path, Query};
use axum::response::Response;
use leptos::prelude::*;
use serde::Deserialize;

use super::registry::version_url;
use crate::components::callout::{Empty, Notice, Tone};
use crate::components::entry::Day;
use crate::components::field::{Field, TextField};
use crate::components::product::product_url;
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section, status};
use crate::i18n::{Text, senders as t, shop as tshop};
use crate::visit::{Visit, lang};

/// The address of the list.
pub(crate) const URL: &str = "/admin/senders";

/// The address of one sender's page.
pub(crate) fn sender_url(id: SenderId) -> String {
    format!("{URL}/{}", id.0)
}

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DoneQuery {
    done: String,
}

/// What a form held, to be shown again with what is wrong.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RulingForm {
    pub(crate) ruling: String,
    pub(crate) catalogue: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// `GET /admin/senders`
pub(crate) async fn show(visit: Visit, Query(query): Query<DoneQuery>) -> Response {
    let document = list(&visit, !query.done.is_empty()).await;
    visit.answer(document)
}

async fn list(visit: &Visit, done: bool) -> Result<Document, Problem> {
    let senders = visit.services.sender_list(&visit.actor).await?;
    let learned = visit.services.void_learners(&visit.actor, None).await?;
    let lang = visit.lang;
    let document = Document::new(t::SENDERS.of(lang), Section::Other, move || {
        let none = senders.is_empty();
        let rows = senders.into_iter().map(|sender| view! { <Row sender /> }).collect_view();
        let heads = column_heads(&[t::CHOOSE, t::SENDER, t::KIND, t::WAITING, t::COUNTING, t::VOID, t::FIRST]);
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{t::SENDERS.of(lang)}</h1>
                </div>
                <p class="lead">{t::LEAD.of(lang)}</p>
                {done.then(|| view! { <Notice tone=Tone::Good>{t::DONE.of(lang)}</Notice> })}
                <Learned learned />
                {if none {
                    view! { <Empty title=t::NONE.of(lang) /> }.into_any()
                } else {
                    view! {
                        <form method="post" action=URL>
                            <DataTable label=t::SENDERS.of(lang) heads=heads>{rows}</DataTable>
                            <p class="inline-form inline-form--apart">{rulings()}</p>
                        </form>
                    }
                        .into_any()
                }}
            </div>
        }
    });
    Ok(document.private())
}

/// A button for each decision.
fn rulings() -> impl IntoView {
    let lang = lang();
    Ruling::ALL
        .iter()
        .map(|ruling| {
            view! {
                <button class="button button--small" type="submit" name="ruling" value=ruling.code()>{t::ruling(*ruling).of(lang)}</button>
            }
        })
        .collect_view()
}

/// What people call a sender.
fn name(sender: &EventSender) -> String {
    let number = format!("#{}", sender.id.0);
    [sender.person.as_str(), sender.token.as_str(), number.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

#[component]
fn Row(sender: EventSender) -> impl IntoView {
    let lang = lang();
    let name = name(&sender);
    let label = format!("{} {name}", t::CHOOSE.of(lang));
    view! {
        <tr>
            <td><input type="checkbox" name="sender" value=sender.id.0.to_string() aria-label=label /></td>
            <th scope="row"><a href=sender_url(sender.id)>{name}</a></th>
            <td>
                {t::kind(sender.kind).of(lang)}
                {sender.trusted.then(|| view! { " " <span class="tag">{t::TRUSTED.of(lang)}</span> })}
            </td>
            <td class="num">{sender.waiting}</td>
            <td class="num">{sender.counting}</td>
            <td class="num">{sender.void}</td>
            <td><Day at=sender.created_at /></td>
        </tr>
    }
}

/// Versions that learned from events that are void or erased; nothing where there is none.
#[component]
pub(crate) fn Learned(learned: Vec<VoidLearner>) -> impl IntoView {
    let lang = lang();
    let links = learned
        .iter()
        .map(|one| {
            let words = format!("{} {} ({})", one.model, one.version, one.events);
            view! { <li><a href=version_url(&one.model, one.version)>{words}</a></li> }
        })
        .collect_view();
    (!learned.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Warning>
                <p>{t::LEARNED.of(lang)}</p>
                <ul>{links}</ul>
            </Notice>
        }
    })
}

/// `GET /admin/senders/{id}`
pub(crate) async fn show_one(visit: Visit, Path(id): Path<i32>, Query(query): Query<DoneQuery>) -> Response {
    let done = (!query.done.is_empty()).then_some(t::DONE);
    answer(&visit, SenderId(id), done, None, RulingForm::default()).await
}

/// The page of one sender with what has just happened.
pub(crate) async fn answer(
    visit: &Visit,
    id: SenderId,
    done: Option<Text>,
    problem: Option<Problem>,
    typed: RulingForm,
) -> Response {
    let document = one(visit, id, done, problem, typed).await;
    visit.answer(document)
}

async fn one(
    visit: &Visit,
    id: SenderId,
    done: Option<Text>,
    problem: Option<Problem>,
    typed: RulingForm,
) -> Result<Document, Problem> {
    let SenderPage { sender, days, products } = visit.services.sender_page(&visit.actor, id).await?;
    let catalogues = visit.services.catalogue_list(&visit.actor).await?;
    let catalogues: Vec<(String, String)> = catalogues
        .into_iter()
        .map(|one| (one.input.slug.to_string(), one.input.title.text(visit.lang).to_owned()))
        .collect();
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let lang = visit.lang;
    let title = format!("{} · {}", name(&sender), t::SENDERS.of(lang));
    let document = Document::new(title, Section::Other, move || {
        let said = problem.as_ref().map(|problem| problem.detail(lang));
        view! {
            <div class="wrap">
                <p class="crumb"><a href=URL>{t::SENDERS.of(lang)}</a></p>
                <div class="page-head"><h1 class="break">{name(&sender)}</h1></div>
                {done.map(|done| view! { <Notice tone=Tone::Good>{done.of(lang)}</Notice> })}
                {said.map(|words| view! { <Notice tone=Tone::Bad>{words}</Notice> })}
                <Trust sender=sender.clone() />
                <Decide id catalogues typed problem />
                <Days days />
                <Products products />
            </div>
        }
    });
    Ok(code.into_iter().fold(document.private(), Document::status))
}

#[component]
fn Trust(sender: EventSender) -> impl IntoView {
    let lang = lang();
    let (turn, label) = if sender.trusted { ("false", t::DISTRUST) } else { ("true", t::TRUST) };
    view! {
        <p class="facts num">
            <span class="fact">{t::kind(sender.kind).of(lang)}</span>
            {sender.trusted.then(|| view! { <span class="tag">{t::TRUSTED.of(lang)}</span> })}
            <span class="fact">{t::WAITING.of(lang)} " " {sender.waiting}</span>
            <span class="fact">{t::COUNTING.of(lang)} " " {sender.counting}</span>
            <span class="fact">{t::VOID.of(lang)} " " {sender.void}</span>
        </p>
        {(sender.kind == SenderKind::Token)
            .then(|| {
                view! {
                    <form class="inline-form" method="post" action=format!("{}/trust", sender_url(sender.id))>
                        <input type="hidden" name="trusted" value=turn />
                        <button class="button button--small" type="submit">{label.of(lang)}</button>
                        <span class="muted small">{t::TRUST_HINT.of(lang)}</span>
                    </form>
                }
            })}
    }
}

#[component]
fn Decide(
    id: SenderId,
    catalogues: Vec<(String, String)>,
    typed: RulingForm,
    problem: Option<Problem>,
) -> impl IntoView {
    let lang = lang();
    let options = catalogues
        .into_iter()
        .map(|(slug, title)| {
            let selected = slug == typed.catalogue;
            view! { <option value=slug selected=selected>{title}</option> }
        })
        .collect_view();
    view! {
        <section class="panel">
            <h2>{t::DECIDE.of(lang)}</h2>
            <form class="form form--grid" method="post" action=sender_url(id)>
                <Field id="catalogue" label=t::CATALOGUE.of(lang)>
                    <select class="input" id="catalogue" name="catalogue">
                        <option value="">{t::ALL_CATALOGUES.of(lang)}</option>
                        {options}
                    </select>
                </Field>
                <TextField name="from" label=t::FROM.of(lang) value=typed.from problem=problem.clone() kind="date" hint=t::DATE_HINT.of(lang) />
                <TextField name="to" label=t::TO.of(lang) value=typed.to problem=problem kind="date" hint=t::DATE_HINT.of(lang) />
                <p class="inline-form">{rulings()}</p>
            </form>
        </section>
    }
}

#[component]
fn Days(days: Vec<SenderDay>) -> impl IntoView {
    let lang = lang();
    let rows = days
        .into_iter()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row" class="num nowrap">{day.day.to_string()}</th>
                    <td><a href=format!("/shop/{}", day.catalogue)>{day.catalogue.clone()}</a></td>
                    <td class="num">{day.waiting}</td>
                    <td class="num">{day.counting}</td>
                    <td class="num">{day.void}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[t::DAY, t::CATALOGUE, t::WAITING, t::COUNTING, t::VOID]);
    view! {
        <h2>{t::DAYS.of(lang)}</h2>
        <DataTable label=t::DAYS.of(lang) heads=heads>{rows}</DataTable>
    }
}

#[component]
fn Products(products: Vec<SenderProduct>) -> impl IntoView {
    let lang = lang();
    let rows = products
        .iter()
        .map(|one| {
            let href = product_url(&one.catalogue, &one.product);
            view! {
                <tr>
                    <th scope="row"><a href=href>{one.title.text(lang).to_owned()}</a></th>
                    <td>{one.catalogue.clone()}</td>
                    <td class="num">{one.events}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = column_heads(&[tshop::PRODUCT, t::CATALOGUE, tshop::EVENTS]);
    (!products.is_empty()).then(|| {
        view! {
            <h2>{t::PRODUCTS.of(lang)}</h2>
            <DataTable label=t::PRODUCTS.of(lang) heads=heads>{rows}</DataTable>
        }
    })
}
