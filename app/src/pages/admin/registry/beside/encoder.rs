//! Two versions of the encoder on the same query.

use alluvium_domain::Problem;
use alluvium_domain::shop::Catalogue;
use alluvium_services::registry::{EncoderAnswer, EncodersBeside, NearProduct};
use leptos::prelude::*;

use super::{Columns, Frame, Listed, Params, answered, page};
use crate::components::callout::Empty;
use crate::components::field::{Choice, TextField};
use crate::components::passage::PassageHeat;
use crate::components::product::SimulatedNotice;
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
    let EncodersBeside { catalogue, read_as, candidates, answers } = found;
    if candidates == 0 {
        return view! { <Empty title=tp::NO_HITS.of(lang) /> }.into_any();
    }
    let slug = catalogue.input.slug.to_string();
    let columns = answers.map(|EncoderAnswer { version, items }| (version, items.into_iter().map(listed).collect()));
    view! {
        <SimulatedNotice catalogue />
        <p class="muted num">{format::candidates(candidates, lang)} " · " {t::BESIDE_READ_AS.of(lang)} " " <q>{read_as}</q></p>
        <Columns slug columns />
    }
    .into_any()
}

fn listed(one: NearProduct) -> Listed {
    let NearProduct { product, title, explanation, words } = one;
    let heat = (!words.is_empty()).then(|| view! { <PassageHeat tokens=words tag="en" /> });
    Listed {
        product,
        title: title.text(lang()).to_owned(),
        score: format::probability(explanation.score),
        reason: None,
        why: view! {
            {heat}
            <Waterfall explanation />
        }
        .into_any(),
    }
}
