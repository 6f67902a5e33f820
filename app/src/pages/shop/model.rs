//! The model that serves a catalogue: whether its explanations hold, what matters on the whole, what readers say.

use alluvium_domain::shop::{DependenceCurve, ExplanationReport, RankGroup, VoteCounts, VoteRecord};
use alluvium_domain::{FeatureGroup, Lang, Problem};
use alluvium_services::shop::ModelPage;
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::chart::{DependenceChart, ImportanceChart};
use crate::components::checks::ChecksCard;
use crate::components::product::{ShopCrumb, SimulatedNotice, product_url};
use crate::document::{Document, Section};
use crate::i18n::{explain as t, format, shop as tp};
use crate::size;
use crate::visit::Visit;

/// Which curve is shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    feature: String,
}

/// `GET /shop/{catalogue}/model`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let page: Result<ModelPage, Problem> = visit.services.model_page(&visit.actor, &slug).await;
    let document = page.map(|page| {
        let lang = visit.lang;
        let title = format!("{} · {}", t::MODEL_PAGE.of(lang), page.catalogue.input.title.text(lang));
        Document::new(title, Section::Shop, move || view! { <Model page feature=params.feature /> })
            .describe(t::MODEL_LEAD.of(lang))
    });
    visit.answer(document)
}

#[component]
fn Model(page: ModelPage, feature: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let ModelPage { catalogue, model, report, votes, stranger_votes, words, stranger_words } = page;
    let slug = catalogue.input.slug.to_string();
    let demo = format!("/shop/{slug}/recommend");
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <div class="page-head">
                <h1>{t::MODEL_PAGE.of(lang)}</h1>
                <p class="muted">{model}</p>
                <a class="button page-head__action" href=demo>{t::TRY_IT.of(lang)}</a>
            </div>
            <p class="card__summary">{t::MODEL_LEAD.of(lang)}</p>
            <SimulatedNotice catalogue />
            {match report {
                Some(report) => view! { <Report slug=slug.clone() report feature /> }.into_any(),
                None => view! { <Empty title=t::NO_CHECKS.of(lang) hint=t::NO_CHECKS_HINT.of(lang) /> }.into_any(),
            }}
            <Votes slug votes stranger_votes words stranger_words />
        </div>
    }
}

#[component]
fn Report(slug: String, report: ExplanationReport, feature: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let (by_category, by_shopper, dependence) =
        (report.by_category.clone(), report.by_shopper.clone(), report.dependence.clone());
    view! {
        <ChecksCard report />
        <section aria-labelledby="importance">
            <h2 id="importance">{t::IMPORTANCE.of(lang)}</h2>
            <p class="muted">{t::IMPORTANCE_HINT.of(lang)}</p>
            <ImportanceChart title=tp::BY_CATEGORY.of(lang) lines=by_category name=group_name />
            <ImportanceChart title=t::BY_SHOPPER_GROUP.of(lang) lines=by_shopper name=group_name />
        </section>
        <Dependence slug curves=dependence feature />
    }
}

/// People's name and the colour of a feature group by its machine name.
fn group_name(name: &str, lang: Lang) -> (String, FeatureGroup) {
    match RankGroup::find(name) {
        Some(group) => (group.label().text(lang).to_owned(), group.group),
        None => (name.to_owned(), FeatureGroup::Product),
    }
}

#[component]
fn Dependence(slug: String, curves: Vec<DependenceCurve>, feature: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let shown = curves.iter().find(|curve| curve.feature == feature).or(curves.first()).cloned();
    let chosen = shown.as_ref().map(|curve| curve.feature.clone()).unwrap_or_default();
    let options = curves
        .iter()
        .map(|curve| {
            let here = curve.feature == chosen;
            view! { <option value=curve.feature.clone() selected=here>{t::feature(&curve.feature, lang)}</option> }
        })
        .collect_view();
    shown.map(|curve| {
        let label = t::feature(&curve.feature, lang);
        view! {
            <section aria-labelledby="dependence">
                <h2 id="dependence">{t::DEPENDENCE.of(lang)}</h2>
                <p class="muted">{t::DEPENDENCE_HINT.of(lang)}</p>
                <form class="inline-form" action=format!("/shop/{slug}/model#dependence")>
                    <label for="feature">{tp::FEATURE.of(lang)}</label>
                    <select class="input input--small" id="feature" name="feature">{options}</select>
                    <button class="button button--small">{t::SHOW.of(lang)}</button>
                </form>
                <DependenceChart curve label />
            </section>
        }
    })
}

#[component]
fn Votes(
    slug: String,
    votes: VoteCounts,
    stranger_votes: VoteCounts,
    words: Vec<VoteRecord>,
    stranger_words: Vec<VoteRecord>,
) -> impl IntoView {
    use alluvium_domain::shop::VoteVerdict::{Right, Unclear, Wrong};
    let lang = crate::visit::lang();
    let counts = [(Right, votes.right), (Wrong, votes.wrong), (Unclear, votes.unclear)];
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let rows = counts
        .map(|(verdict, count)| {
            let bar = format!("bars__bar {}", size::length(count as f64 / most as f64));
            view! {
                <tr>
                    <th scope="row">{t::verdict(verdict).of(lang)}</th>
                    <td class="bars__cell">
                        <span class=bar></span>
                    </td>
                    <td class="num">{count}</td>
                </tr>
            }
        })
        .into_iter()
        .collect_view();
    let VoteCounts { right, wrong, unclear } = stranger_votes;
    let strangers = (right + wrong + unclear > 0).then(|| t::stranger_votes([right, wrong, unclear], lang));
    let strange = !stranger_words.is_empty();
    let words = said(&slug, words);
    let stranger_words = said(&slug, stranger_words);
    view! {
        <section aria-labelledby="votes">
            <h2 id="votes">{t::VOTES.of(lang)}</h2>
            {if total == 0 {
                view! { <p class="muted">{t::NO_VOTES.of(lang)}</p> }.into_any()
            } else {
                view! {
                    <table class="bars">
                        <tbody>{rows}</tbody>
                    </table>
                    <ul class="votes__words">{words}</ul>
                }
                    .into_any()
            }}
            {strangers.map(|words| view! { <p class="muted num">{words}</p> })}
            {strange
                .then(|| {
                    view! {
                        <h3>{t::STRANGER_WORDS.of(lang)}</h3>
                        <ul class="votes__words">{stranger_words}</ul>
                    }
                })}
        </section>
    }
}

/// What readers said in words.
fn said(slug: &str, words: Vec<VoteRecord>) -> AnyView {
    let lang = crate::visit::lang();
    words
        .into_iter()
        .map(|record| {
            let href = product_url(slug, &record.product);
            view! {
                <li>
                    <span class="tag">{t::verdict(record.verdict).of(lang)}</span>
                    " "
                    <q>{record.word}</q>
                    " "
                    <a href=href>{record.title.text(lang).to_owned()}</a>
                    " "
                    <span class="muted num">{format::day(record.at)}</span>
                </li>
            }
        })
        .collect_view()
        .into_any()
}
