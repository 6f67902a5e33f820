//! Two versions of the encoder on the same query.

use alluvium_domain::Problem;
use alluvium_domain::shop::Catalogue;
use alluvium_services::registry::{EncoderAnswer, EncodersBeside, NearProduct};
use leptos::prelude::*;

use super::{Frame, Params, VersionHeading, answered, moved, page};
use crate::components::callout::Empty;
use crate::components::field::{Choice, TextField};
use crate::components::passage::PassageHeat;
use crate::components::product::{SimulatedNotice, product_url};
use crate::components::waterfall::Waterfall;
use crate::document::Document;
use crate::i18n::{format, jobs as tjobs, product_search as tp, registry as t, shop as tshop};
use crate::visit::{Visit, lang};

/// Without a query there is the form alone.
pub(super) async fn document(visit: &Visit, name: String, mut params: Params) -> Result<Document, Problem> {
    let catalogues = visit.services.catalogue_list(&visit.actor).await?;
    if params.catalogue.is_empty() {
        params.catalogue = catalogues.first().map(|first| first.input.slug.to_string()).unwrap_or_default();
    }
    let Params { catalogue, q, .. } = &params;
    let (found, problem) = match q.trim().is_empty() {
        true => (None, None),
        false => {
            let found = visit.services.encoders_beside(&visit.actor, &name, params.numbers(), catalogue, q);
            answered(found.await)?
        }
    };
    Ok(page(visit, problem.clone(), move || {
        let lists = found.map(|found| view! { <Lists found /> });
        let fields = view! { <Fields catalogues params=params.clone() problem=problem.clone() /> };
        view! {
            <Frame name lead=t::BESIDE_ENCODER_LEAD params problem fields=fields.into_any()>
                {lists}
            </Frame>
        }
    }))
}

#[component]
fn Fields(catalogues: Vec<Catalogue>, params: Params, problem: Option<Problem>) -> impl IntoView {
    let lang = lang();
    let options = catalogues
        .into_iter()
        .map(|catalogue| (catalogue.input.slug.to_string(), catalogue.input.title.text(lang).to_owned()))
        .collect();
    view! {
        <Choice name="catalogue" label=tjobs::CATALOGUE.of(lang) options chosen=params.catalogue problem=problem.clone() />
        <TextField name="q" label=tshop::QUERY.of(lang) value=params.q problem kind="search" autocomplete="off" />
    }
}

#[component]
fn Lists(found: EncodersBeside) -> impl IntoView {
    let lang = lang();
    let EncodersBeside { catalogue, read_as, candidates, answers: [first, second] } = found;
    if candidates == 0 {
        return view! { <Empty title=tp::NO_HITS.of(lang) /> }.into_any();
    }
    let slug = catalogue.input.slug.to_string();
    view! {
        <SimulatedNotice catalogue />
        <p class="muted num">{format::candidates(candidates, lang)} " · " {t::BESIDE_READ_AS.of(lang)} " " <q>{read_as}</q></p>
        <div class="compare">
            <List slug=slug.clone() own=first.clone() other=second.clone() />
            <List slug own=second other=first />
        </div>
    }
    .into_any()
}

#[component]
fn List(slug: String, own: EncoderAnswer, other: EncoderAnswer) -> impl IntoView {
    let items = own
        .items
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let there = other.items.iter().position(|other| other.product == one.product);
            view! { <Item slug=slug.clone() place one there /> }
        })
        .collect_view();
    view! {
        <section>
            <VersionHeading version=own.version />
            <ol class="beside">{items}</ol>
        </section>
    }
}

#[component]
fn Item(slug: String, place: usize, one: NearProduct, there: Option<usize>) -> impl IntoView {
    let lang = lang();
    let NearProduct { product, title, explanation, words } = one;
    let title = title.text(lang).to_owned();
    let heat = (!words.is_empty()).then(|| view! { <PassageHeat tokens=words tag="en" /> });
    view! {
        <li>
            <p>
                <a href=product_url(&slug, &product)>{title.clone()}</a>
                " "
                <span class="num">{format::probability(explanation.score)}</span>
                " "
                <span class="muted small">{moved(place, there, lang)}</span>
            </p>
            <details class="disclosure">
                <summary>{t::BESIDE_WHY.of(lang)} <span class="visually-hidden">{title}</span></summary>
                {heat}
                <Waterfall explanation />
            </details>
        </li>
    }
}
