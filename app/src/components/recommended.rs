//! Recommendations as they stand on other pages: cards with the reason.

use alluvium_services::shop::RecommendedProduct;
use leptos::prelude::*;

use super::product::{Picture, product_url};
use crate::i18n::shop as tp;
use crate::visit::lang;

/// Products in a grid, each with its reason in a sentence.
#[component]
pub(crate) fn RecommendedCards(catalogue: String, items: Vec<RecommendedProduct>) -> impl IntoView {
    let lang = lang();
    let cards = items
        .into_iter()
        .map(|one| {
            let RecommendedProduct { product, reason } = one;
            let href = product_url(&catalogue, &product.input.id);
            let title = product.input.title.text(lang).to_owned();
            let price = tp::price(&product, lang);
            view! {
                <li>
                    <article class="product">
                        <Picture catalogue=catalogue.clone() product />
                        <h3 class="product__title">
                            <a href=href>{title}</a>
                        </h3>
                        <p class="product__facts">
                            <span class="product__price num">{price}</span>
                        </p>
                        <p class="product__reason">{reason.text(lang).to_owned()}</p>
                    </article>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="products">{cards}</ul> }
}
