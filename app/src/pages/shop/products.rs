//! The products of a catalogue, filtered and sorted by address.

use alluvium_domain::shop::{
    Catalogue, Facet, ProductFacets, ProductFilter, ProductQuery, ProductSort, Ranker, attribute_pair_text,
    attribute_pairs,
};
use alluvium_domain::{Problem, fold, percent_encoded, with_query};
use alluvium_services::shop::ProductList;
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::pagination::{Pagination, page_number};
use crate::components::product::{ProductCard, ShopCrumb, SimulatedNotice, shopper_url};
use crate::components::side::Side;
use crate::document::{Document, Script, Section};
use crate::i18n::{common as tc, explain as te, parts, shop as t};
use crate::visit::Visit;

use super::results::{self, SearchForm};

pub(super) const PER_PAGE: usize = 24;
/// Values of one facet that are shown.
const MOST_VALUES: usize = 12;

/// What the list shows. Prices are whole units of the currency, as people type them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    /// What is searched for; without it the page is a list.
    pub(super) q: String,
    pub(super) ranker: String,
    category: String,
    brand: String,
    from: String,
    to: String,
    /// `name:value`, several joined by `|`.
    attribute: String,
    sort: String,
    page: String,
    /// Parts of scores that are switched off, each with its name.
    pub(super) without: Vec<String>,
}

impl Params {
    pub(super) fn url(&self, catalogue: &str, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let mut url = with_query(
            &format!("/shop/{catalogue}"),
            &[
                ("q", &self.q),
                ("ranker", &self.ranker),
                ("category", &self.category),
                ("brand", &self.brand),
                ("from", &self.from),
                ("to", &self.to),
                ("attribute", &self.attribute),
                ("sort", &self.sort),
                ("page", &page),
            ],
        );
        for feature in &self.without {
            url.push_str(if url.contains('?') { "&" } else { "?" });
            url.push_str(&format!("without={}", percent_encoded(feature)));
        }
        url
    }

    /// How many of the filters at the side are in use; a range of prices is one.
    fn chosen(&self) -> usize {
        let filter = self.filter(1);
        let price = filter.price_min.or(filter.price_max);
        let single = [filter.category.is_some(), filter.brand.is_some(), price.is_some()];
        single.into_iter().filter(|used| *used).count() + filter.attributes.len()
    }

    /// The same with another query.
    pub(super) fn with_query(&self, q: &str) -> Params {
        Params { q: q.to_owned(), page: String::new(), ..self.clone() }
    }

    /// The same with nothing switched off.
    pub(super) fn all_on(&self) -> Params {
        Params { without: Vec::new(), ..self.clone() }
    }

    /// Which ranker; the learned one where it is not said.
    pub(super) fn ranker(&self) -> Ranker {
        self.ranker.parse().unwrap_or(Ranker::Learned)
    }

    /// The search that the address asks for.
    pub(super) fn query(&self, page: usize) -> ProductQuery {
        ProductQuery {
            query: self.q.clone(),
            ranker: self.ranker(),
            filter: self.filter(page),
            explain: true,
            without: self.without.iter().map(|part| parts::unlabelled(part).0.to_owned()).collect(),
        }
    }

    /// What a form has to send along so that filters stay.
    pub(super) fn kept(&self) -> [(&'static str, String); 5] {
        [
            ("category", self.category.clone()),
            ("brand", self.brand.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("attribute", self.attribute.clone()),
        ]
    }

    fn filter(&self, page: usize) -> ProductFilter {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        // What is no number is no limit: the field shows what was typed.
        let minor = |text: &str| fold::whole(text).and_then(|units| units.checked_mul(100));
        ProductFilter {
            category: some(&self.category),
            brand: some(&self.brand),
            price_min: minor(&self.from),
            price_max: minor(&self.to),
            attributes: attribute_pairs(&self.attribute).unwrap_or_default(),
            sort: self.sort.parse::<ProductSort>().ok(),
            limit: PER_PAGE,
            offset: (page - 1) * PER_PAGE,
        }
    }
}

/// `GET /shop/{catalogue}`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &slug, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, slug: &str, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let page = page_number(&params.page, 10_000);
    if !params.q.trim().is_empty() {
        return results::document(visit, slug, params, page).await;
    }
    let list = visit.services.product_list(&visit.actor, slug, params.filter(page)).await?;
    let title = list.catalogue.input.title.text(lang).to_owned();
    Ok(Document::new(title, Section::Shop, move || view! { <List list params page /> }).script(Script::Regions))
}

#[component]
fn List(list: ProductList, params: Params, page: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let ProductList { catalogue, products, total, facets } = list;
    let slug = catalogue.input.slug.to_string();
    let pages = total.div_ceil(PER_PAGE);
    let cards = products
        .into_iter()
        .map(|product| view! { <li><ProductCard catalogue=slug.clone() product /></li> })
        .collect_view();
    let heading = catalogue.input.title.text(lang).to_owned();
    let shopper = catalogue.input.simulated.then(|| {
        let href = shopper_url(&slug, "shopper-0001");
        view! { <a class="button page-head__action" href=href>{t::A_SHOPPER.of(lang)}</a> }
    });
    let recommend = format!("/shop/{slug}/recommend");
    let all = format!("/shop/{slug}");
    let (for_pages, pages_of) = (params.clone(), slug.clone());
    view! {
        <div class="wrap">
            <ShopCrumb />
            <div class="page-head">
                <h1>{heading}</h1>
                <p class="muted num">{t::products(total, lang)}</p>
                {shopper} <a class="button page-head__action" href=recommend>{te::TRY_IT.of(lang)}</a>
            </div>
            <SimulatedNotice catalogue=catalogue.clone() />
            <SearchForm slug=slug.clone() params=params.clone() />
            <div class="with-side">
                <Filters catalogue params facets />
                <div class="with-side__main" id="list" data-region="">
                    {if total == 0 {
                        view! {
                            <Empty title=t::NO_PRODUCTS.of(lang) hint=t::NO_PRODUCTS_HINT.of(lang)>
                                <a class="button" href=all>{t::ALL_PRODUCTS.of(lang)}</a>
                            </Empty>
                        }
                            .into_any()
                    } else {
                        view! { <ul class="products">{cards}</ul> }.into_any()
                    }}
                    <Pagination page pages url=move |page| for_pages.url(&pages_of, page) />
                </div>
            </div>
        </div>
    }
}

/// Sort, price, categories, brands and attributes, each a link that narrows the list or widens it again.
#[component]
pub(super) fn Filters(catalogue: Catalogue, params: Params, facets: ProductFacets) -> impl IntoView {
    let lang = crate::visit::lang();
    let slug = catalogue.input.slug.to_string();
    let sorts = [("", t::SORT_ADDED), ("price", t::SORT_PRICE), ("price-descending", t::SORT_PRICE_DESCENDING)]
        .map(|(code, label)| {
            let href = Params { sort: code.to_owned(), ..params.clone() }.url(&slug, 1);
            let here = params.sort == code;
            view! { <li><a class="facet" href=href aria-current=here.then_some("true")>{label.of(lang)}</a></li> }
        })
        .into_iter()
        .collect_view();
    let category = |value: &str| Params { category: value.to_owned(), ..params.clone() };
    let categories = values(&slug, &facets.categories, &params.category, category);
    let brand = |value: &str| Params { brand: value.to_owned(), ..params.clone() };
    let brands = values(&slug, &facets.brands, &params.brand, brand);
    let attributes = facets
        .attributes
        .iter()
        .map(|facet| {
            let name = catalogue.attribute_name(&facet.name, lang);
            let pairs = attribute_pairs(&params.attribute).unwrap_or_default();
            let chosen = pairs.iter().find(|(name, _)| *name == facet.name).map_or("", |(_, value)| value.as_str());
            let attribute = |value: &str| {
                let pair = if value.is_empty() { String::new() } else { attribute_pair_text(&facet.name, value) };
                Params { attribute: pair, ..params.clone() }
            };
            group(name, values(&slug, &facet.values, chosen, attribute), false)
        })
        .collect_view();
    let searched = !params.q.trim().is_empty();
    view! {
        <Side chosen=params.chosen()>
            {(!searched)
                .then(|| {
                    view! {
                        <h2 class="side__title">{t::SORT.of(lang)}</h2>
                        <ul class="facets">{sorts}</ul>
                    }
                })}
            <PriceForm params=params.clone() action=format!("/shop/{slug}") />
            {group(t::CATEGORY.of(lang).to_owned(), categories, true)}
            {group(t::BRAND.of(lang).to_owned(), brands, !params.brand.is_empty())}
            {attributes}
        </Side>
    }
}

/// Links for the values of one facet; the chosen one leads back to all.
fn values(slug: &str, facets: &[Facet], chosen: &str, with: impl Fn(&str) -> Params) -> Vec<AnyView> {
    let lang = crate::visit::lang();
    facets
        .iter()
        .take(MOST_VALUES)
        .map(|facet| {
            let here = !chosen.is_empty() && (facet.value.zh == chosen || facet.value.en == chosen);
            let name = facet.value.text(lang).to_owned();
            let href = with(if here { "" } else { &name }).url(slug, 1);
            view! {
                <li>
                    <a class="facet" href=href aria-current=here.then_some("true") rel="nofollow">
                        <span>{name}</span>
                        <span class="num facet__count">{facet.count}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect()
}

fn group(title: String, links: Vec<AnyView>, open: bool) -> Option<AnyView> {
    (!links.is_empty()).then(|| {
        view! {
            <details class="side__fold disclosure" open=open>
                <summary class="side__title">{title}</summary>
                <ul class="facets">{links}</ul>
            </details>
        }
        .into_any()
    })
}

/// Lowest and highest price; the other filters stay.
#[component]
fn PriceForm(params: Params, action: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let kept = [
        ("q", params.q),
        ("ranker", params.ranker),
        ("category", params.category),
        ("brand", params.brand),
        ("attribute", params.attribute),
        ("sort", params.sort),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
    .collect_view();
    let field = |name: &'static str, label: &'static str, value: String| {
        view! {
            <input
                class="input"
                type="text"
                name=name
                maxlength="20"
                inputmode="numeric"
                value=value
                placeholder=label
                aria-label=label
            />
        }
    };
    view! {
        <h2 class="side__title">{t::PRICE.of(lang)}</h2>
        <form class="price-form" method="get" action=action>
            {kept}
            {field("from", t::PRICE_FROM.of(lang), params.from)}
            {field("to", t::PRICE_TO.of(lang), params.to)}
            <button class="button button--small" type="submit">{tc::APPLY.of(lang)}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_filters_and_reads_back() {
        let params = Params { brand: "A & B".into(), attribute: "colour:红".into(), ..Params::default() };
        assert_eq!(params.url("demo", 2), "/shop/demo?brand=A%20%26%20B&attribute=colour%3A%E7%BA%A2&page=2");
        let full_width = Params { from: "１，０００".into(), ..params.clone() }.filter(1);
        assert_eq!(full_width.price_min, Some(100_000));
        let filter = Params { from: "10".into(), to: "x".into(), ..params }.filter(3);
        assert_eq!((filter.price_min, filter.price_max, filter.offset), (Some(1_000), None, 48));
        assert_eq!(filter.attributes, [("colour".to_owned(), "红".to_owned())]);
    }
}
