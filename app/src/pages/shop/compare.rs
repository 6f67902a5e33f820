//! The compare view: two rankings of one query side by side, how each product moves, and why.

use alluvium_domain::shop::{ProductHit, Ranker};
use alluvium_domain::{Contribution, Explanation, Lang, Problem, percent_encoded, with_query};
use alluvium_services::shop::{ProductPlace, ProductRanking, ProductRankings};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::ranker::RankerChoice;
use super::results::{Corrections, ProductLine};
use crate::components::callout::{Empty, Notice, Tone};
use crate::components::explanation::ExplanationTable;
use crate::components::product::{ShopCrumb, SimulatedNotice};
use crate::components::search_field::SearchField;
use crate::document::{Document, Section};
use crate::i18n::{explain as te, product_search as tp};
use crate::visit::Visit;

/// Products in each list.
const SHOWN: usize = 10;

/// What is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    q: String,
    a: String,
    b: String,
    /// Id of a product whose place is shown however far down it is.
    pin: String,
}

impl Params {
    fn rankers(&self) -> [Ranker; 2] {
        [self.a.parse().unwrap_or(Ranker::Bm25), self.b.parse().unwrap_or(Ranker::Learned)]
    }

    fn url(&self, slug: &str, pin: &str) -> String {
        let path = format!("/shop/{slug}/compare");
        with_query(&path, &[("q", &self.q), ("a", &self.a), ("b", &self.b), ("pin", pin)])
    }
}

/// `GET /shop/{catalogue}/compare`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &slug, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, slug: &str, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let wanted = [params.pin.trim().to_owned()];
    let services = &visit.services;
    let found = services.product_rankings(&visit.actor, slug, &params.q, &params.rankers(), &wanted, SHOWN).await?;
    let title = super::query_title(tp::COMPARE.of(lang), &params.q, &found.catalogue, lang);
    Ok(Document::new(title, Section::Shop, move || view! { <Compare params found /> }).private())
}

#[component]
fn Compare(params: Params, found: ProductRankings) -> impl IntoView {
    let lang = crate::visit::lang();
    let ProductRankings { catalogue, corrections, degraded, rankings } = found;
    let slug = catalogue.input.slug.to_string();
    let [a, b] = params.rankers();
    let empty = params.q.trim().is_empty();
    let mut rankings = rankings.into_iter();
    let lists = rankings.next().zip(rankings.next()).filter(|_| !empty).map(|(left, right)| {
        view! {
            {(!params.pin.trim().is_empty())
                .then(|| view! { <Pinned pin=params.pin.trim().to_owned() left=left.clone() right=right.clone() /> })}
            <div class="compare">
                <List slug=slug.clone() params=params.clone() own=left.clone() other=right.clone() is_right=false />
                <List slug=slug.clone() params=params.clone() own=right other=left is_right=true />
            </div>
        }
    });
    let back = with_query(&format!("/shop/{slug}"), &[("q", &params.q)]);
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <div class="page-head">
                <h1>{tp::COMPARE.of(lang)}</h1>
                <a class="button page-head__action" href=back>{tp::BACK_TO_SEARCH.of(lang)}</a>
            </div>
            <p class="card__summary">{tp::COMPARE_LEAD.of(lang)}</p>
            <SimulatedNotice catalogue />
            <form class="search-form" action=format!("/shop/{slug}/compare") role="search">
                <SearchField lang placeholder=tp::PLACEHOLDER.of(lang) value=params.q />
                <RankerChoice name="a" label=tp::LEFT.of(lang) chosen=a />
                <RankerChoice name="b" label=tp::RIGHT.of(lang) chosen=b />
                <label class="inline-choice">
                    <span>{tp::PIN.of(lang)}</span>
                    <input class="input" name="pin" value=params.pin.clone() maxlength="200" placeholder=tp::PIN_HINT.of(lang) />
                </label>
            </form>
            {(degraded && !empty).then(|| view! { <Notice tone=Tone::Info>{tp::DEGRADED.of(lang)}</Notice> })}
            <Corrections corrections />
            {empty.then(|| view! { <Empty title=tp::NO_QUERY.of(lang) /> })}
            {lists}
        </div>
    }
}

/// How a product moves from the left list to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Up(usize),
    Down(usize),
    Same,
    /// It was not among the first of the left list; with its place there, where it had one.
    New(Option<usize>),
    /// It is not among the first of the right list; with its place there, where it has one.
    Gone(Option<usize>),
}

impl Move {
    fn new(left: Option<usize>, right: Option<usize>) -> Move {
        let shown = |rank: Option<usize>| rank.filter(|rank| *rank <= SHOWN);
        match (shown(left), shown(right)) {
            (Some(from), Some(to)) if from > to => Move::Up(from - to),
            (Some(from), Some(to)) if from < to => Move::Down(to - from),
            (Some(_), Some(_)) => Move::Same,
            (None, _) => Move::New(left),
            (_, None) => Move::Gone(right),
        }
    }

    /// Class, sign, and words that say the same.
    fn shown(self, lang: Lang) -> (&'static str, String, String) {
        let place = |rank: Option<usize>| rank.map_or_else(String::new, |rank| format!(" #{rank}"));
        match self {
            Move::Up(by) => ("move move--up", format!("↑ {by}"), format!("{} {by}", te::MOVED_UP.of(lang))),
            Move::Down(by) => ("move move--down", format!("↓ {by}"), format!("{} {by}", te::MOVED_DOWN.of(lang))),
            Move::Same => ("move", "=".to_owned(), tp::SAME.of(lang).to_owned()),
            Move::New(from) => {
                let words = tp::NEW.of(lang).to_owned() + &place(from);
                ("move move--new", format!("✚ {words}"), words)
            }
            Move::Gone(to) => {
                let words = tp::GONE.of(lang).to_owned() + &place(to);
                ("move move--gone", format!("✕ {words}"), words)
            }
        }
    }
}

#[component]
fn List(slug: String, params: Params, own: ProductRanking, other: ProductRanking, is_right: bool) -> impl IntoView {
    let lang = crate::visit::lang();
    let name = tp::ranker(own.ranker).of(lang);
    let total = crate::i18n::shop::products(own.total, lang);
    let items = own
        .hits
        .iter()
        .map(|hit| {
            let place = other.places.get(&hit.product.input.id);
            let elsewhere = place.map(|place| place.rank);
            let (left, right) = if is_right { (elsewhere, Some(hit.rank)) } else { (Some(hit.rank), elsewhere) };
            let movement = Move::new(left, right);
            // In the left list only what leaves the page is worth a word: the rest is said on the right.
            let why = (movement != Move::Same && (is_right || matches!(movement, Move::Gone(_)))).then(|| {
                let own = own.places.get(&hit.product.input.id);
                let (left, right) = if is_right { (place, own) } else { (own, place) };
                view! { <Why left=left.cloned() right=right.cloned() /> }
            });
            let pin = params.url(&slug, &hit.product.input.id);
            view! { <Item slug=slug.clone() hit=hit.clone() movement pin why=why.into_any() /> }
        })
        .collect_view();
    view! {
        <section class="compare__list">
            <h2 class="compare__title">
                {name}
                <span class="muted num">{total}</span>
            </h2>
            <ol class="hits">{items}</ol>
        </section>
    }
}

#[component]
fn Item(slug: String, hit: ProductHit, movement: Move, pin: String, why: AnyView) -> impl IntoView {
    let lang = crate::visit::lang();
    let (class, sign, words) = movement.shown(lang);
    let key = percent_encoded(&hit.product.input.id);
    view! {
        <li class="hit hit--product" data-key=key>
            <ProductLine slug product=hit.product rank=hit.rank />
            <p class="compare__facts">
                <span class=class>
                    <span aria-hidden="true">{sign}</span>
                    <span class="visually-hidden">{words}</span>
                </span>
                <span class="num muted">{format!("{:.2}", hit.score)}</span>
                <a href=pin>{tp::PIN_THIS.of(lang)}</a>
            </p>
            {why}
        </li>
    }
}

/// The difference of two explanations, part by part.
fn difference(left: &Explanation, right: &Explanation, method: &str) -> Explanation {
    let mut parts: Vec<Contribution> = right.contributions.clone();
    for part in &left.contributions {
        match parts.iter_mut().find(|known| known.feature == part.feature) {
            Some(known) => known.amount -= part.amount,
            None => parts.push(Contribution { amount: -part.amount, ..part.clone() }),
        }
    }
    Explanation::new(method, right.baseline - left.baseline, right.score - left.score, parts)
}

/// Why a product moves: what each ranker adds and takes away; where only one of them has it, that one's reasons.
#[component]
fn Why(left: Option<ProductPlace>, right: Option<ProductPlace>) -> impl IntoView {
    let lang = crate::visit::lang();
    let table = match (left, right) {
        (Some(left), Some(right)) => {
            let both = difference(&left.explanation, &right.explanation, tp::DIFFERENCE.of(lang));
            view! {
                <ExplanationTable explanation=both />
                <p class="why__hint">{tp::DIFFERENCE_NOTE.of(lang)}</p>
            }
            .into_any()
        }
        (Some(only), None) | (None, Some(only)) => {
            view! { <ExplanationTable explanation=only.explanation /> }.into_any()
        }
        (None, None) => ().into_any(),
    };
    view! {
        <details class="why">
            <summary>
                <span class="why__ask">{tp::WHY_MOVED.of(lang)}</span>
            </summary>
            <div class="why__panel">{table}</div>
        </details>
    }
}

/// Where a product stands in both lists, however far down.
#[component]
fn Pinned(pin: String, left: ProductRanking, right: ProductRanking) -> impl IntoView {
    let lang = crate::visit::lang();
    let places = [left.places.get(&pin).cloned(), right.places.get(&pin).cloned()];
    let found = places.iter().any(Option::is_some);
    let sides = [&left, &right].into_iter().zip(places.clone()).map(|(ranking, place)| {
        let name = tp::ranker(ranking.ranker).of(lang);
        let total = ranking.total;
        view! {
            <div class="compare__list">
                <h3>{name}</h3>
                {match place {
                    Some(place) => {
                        view! {
                            <p class="num">{format!("#{} / {total}", place.rank)}</p>
                            <ExplanationTable explanation=place.explanation />
                        }
                            .into_any()
                    }
                    None => view! { <p class="muted">{tp::NOT_FOUND_BY.of(lang)}</p> }.into_any(),
                }}
            </div>
        }
    });
    let sides = sides.collect_view();
    view! {
        <section class="pinned">
            <h2 class="compare__title">{tp::PIN.of(lang)} " " <code>{pin}</code></h2>
            {if found {
                view! { <div class="compare">{sides}</div> }.into_any()
            } else {
                view! { <p class="muted">{tp::UNKNOWN_PIN.of(lang)}</p> }.into_any()
            }}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use alluvium_domain::FeatureGroup;

    use super::*;

    #[test]
    fn moves_are_told_apart() {
        assert_eq!(Move::new(Some(5), Some(2)), Move::Up(3));
        assert_eq!(Move::new(Some(2), Some(5)), Move::Down(3));
        assert_eq!(Move::new(Some(2), Some(2)), Move::Same);
        assert_eq!(Move::new(Some(23), Some(2)), Move::New(Some(23)));
        assert_eq!(Move::new(None, Some(2)), Move::New(None));
        assert_eq!(Move::new(Some(2), Some(11)), Move::Gone(Some(11)));
    }

    #[test]
    fn a_difference_adds_up_too() {
        let part = |feature: &str, amount| Contribution {
            feature: feature.to_owned(),
            group: FeatureGroup::Lexical,
            value: String::new(),
            amount,
        };
        let left = Explanation::new("a", 0.5, 2.5, vec![part("x", 1.5), part("y", 0.5)]);
        let right = Explanation::new("b", -1.0, 1.0, vec![part("x", 1.0), part("z", 1.0)]);
        let both = difference(&left, &right, "b - a");
        assert!(both.adds_up(), "{both:?}");
        assert_eq!(both.contributions.len(), 3);
        assert!((both.score + 1.5).abs() < 1e-12);
    }
}
