//! Products: cards, pictures, addresses.

use alluvium_domain::percent_encoded;
use alluvium_domain::shop::{Catalogue, Product, ProductInput};
use leptos::prelude::*;

use super::callout::{Notice, Tone};
use crate::i18n::shop as t;
use crate::visit::lang;

/// The address of a product's page.
pub fn product_url(catalogue: &str, id: &str) -> String {
    format!("/shop/{catalogue}/products/{}", percent_encoded(id))
}

/// The address of a shopper's page.
pub(crate) fn shopper_url(catalogue: &str, id: &str) -> String {
    format!("/shop/{catalogue}/shoppers/{}", percent_encoded(id))
}

/// The address of a product's picture: its own, or the one that is drawn of it.
pub fn picture_url(catalogue: &str, product: &ProductInput) -> String {
    product.picture.clone().unwrap_or_else(|| drawn_url(catalogue, product))
}

fn drawn_url(catalogue: &str, product: &ProductInput) -> String {
    format!("/api/v1/catalogues/{catalogue}/products/{}/picture", percent_encoded(&product.id))
}

/// The picture that the product has, or the one that is drawn of it.
#[component]
pub(crate) fn Picture(catalogue: String, product: Product, #[prop(optional)] large: bool) -> impl IntoView {
    // Pages load no pictures of other hosts, which would learn who looks at what (see their Content-Security-Policy): the drawing stands in for those.
    let own = product.input.picture.clone().filter(|address| !is_foreign(address));
    let address = own.unwrap_or_else(|| drawn_url(&catalogue, &product.input));
    let side = if large { 320 } else { 160 };
    // The title stands beside it.
    view! { <img class="product__picture" src=address alt="" width=side height=side loading="lazy" decoding="async" /> }
}

/// Whether the picture at this address lies on another host.
pub(crate) fn is_foreign(address: &str) -> bool {
    !address.starts_with('/') || address.starts_with("//") || address.starts_with("/\\")
}

/// A product in a grid.
#[component]
pub(crate) fn ProductCard(catalogue: String, product: Product) -> impl IntoView {
    let lang = lang();
    let href = product_url(&catalogue, &product.input.id);
    let title = product.input.title.text(lang).to_owned();
    let price = t::price(&product, lang);
    let brand = product.input.brand.clone();
    view! {
        <article class="product">
            <Picture catalogue product />
            <h2 class="product__title">
                <a href=href>{title}</a>
            </h2>
            <p class="product__facts">
                <span class="muted">{brand}</span>
                <span class="product__price num">{price}</span>
            </p>
        </article>
    }
}

/// Says that a catalogue is simulated, where it is.
#[component]
pub(crate) fn SimulatedNotice(catalogue: Catalogue) -> impl IntoView {
    let lang = lang();
    catalogue.input.simulated.then(|| {
        view! {
            <Notice tone=Tone::Info>
                <p><strong>{t::SIMULATED.of(lang)}</strong></p>
                <p>{t::SIMULATED_NOTICE.of(lang)}</p>
            </Notice>
        }
    })
}

/// Where a page of the shop stands: shop, catalogue.
#[component]
pub(crate) fn ShopCrumb(#[prop(optional)] catalogue: Option<Catalogue>) -> impl IntoView {
    let lang = lang();
    let inner = catalogue.map(|catalogue| {
        let href = format!("/shop/{}", catalogue.input.slug);
        view! {
            " / "
            <a href=href>{catalogue.input.title.text(lang).to_owned()}</a>
        }
    });
    view! {
        <p class="crumb">
            <a href="/shop">{t::SHOP.of(lang)}</a>
            {inner}
        </p>
    }
}
