//! The shop: catalogues, products, shoppers, events.

use alluvium_domain::shop::{
    Catalogue, Event, EventBatch, EventReceipt, ProductFacets, ProductFilter, ProductInput, ProductSort, Shopper, Taste,
};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Path, Query, Who};
use super::product_filter::ProductFilterParams;
use crate::problem::{ApiError, ProblemBody};

/// All catalogues.
#[derive(Serialize, ToSchema)]
pub(crate) struct CataloguesBody {
    /// Oldest first.
    catalogues: Vec<Catalogue>,
}

/// Lists the catalogues. `simulated` says whether one is made up.
#[utoipa::path(get, path = "/api/v1/catalogues", tag = "shop", responses(
    (status = 200, body = CataloguesBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn catalogues(
    State(services): State<Services>,
    Who(actor): Who,
) -> Result<Json<CataloguesBody>, ApiError> {
    Ok(Json(CataloguesBody { catalogues: services.catalogue_list(&actor).await? }))
}

/// In which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SortParams {
    /// Order.
    #[param(inline)]
    sort: Option<ProductSort>,
}

/// A page of products.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductsBody {
    /// The catalogue.
    catalogue: Catalogue,
    /// How many there are in all.
    total: usize,
    /// The page; each has a picture.
    products: Vec<ProductInput>,
    /// Counts over all of them.
    facets: ProductFacets,
}

/// Lists products, with counts over the whole list.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/products", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"), ProductFilterParams, SortParams,
), responses(
    (status = 200, body = ProductsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn products(
    State(services): State<Services>,
    Who(actor): Who,
    Path(slug): Path<String>,
    Query(filter): Query<ProductFilterParams>,
    Query(SortParams { sort }): Query<SortParams>,
) -> Result<Json<ProductsBody>, ApiError> {
    let filter = ProductFilter { sort, ..filter.filter()? };
    let list = services.product_list(&actor, &slug, filter).await?;
    let products = list.products.into_iter().map(|product| with_picture(&slug, product.input)).collect();
    Ok(Json(ProductsBody { catalogue: list.catalogue, total: list.total, products, facets: list.facets }))
}

/// The product with the address of its drawing, where it has no picture of its own.
pub(super) fn with_picture(catalogue: &str, product: ProductInput) -> ProductInput {
    let picture = alluvium_app::picture_url(catalogue, &product);
    ProductInput { picture: Some(picture), ..product }
}

/// A product with what was done with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductBody {
    /// The catalogue.
    catalogue: Catalogue,
    /// The product; it has a picture.
    product: ProductInput,
    /// How often it was opened.
    views: i64,
    /// How often it was put into a cart.
    carts: i64,
    /// How often it was bought.
    purchases: i64,
}

/// One product.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/products/{id}", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
    ("id" = String, Path, description = "The shop's own id of the product", example = "running-shoes-0001"),
), responses(
    (status = 200, body = ProductBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn product(
    State(services): State<Services>,
    Who(actor): Who,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Json<ProductBody>, ApiError> {
    let page = services.product_page(&actor, &slug, &id).await?;
    Ok(Json(ProductBody {
        product: with_picture(&slug, page.product.input),
        catalogue: page.catalogue,
        views: page.views,
        carts: page.carts,
        purchases: page.purchases,
    }))
}

/// The drawing of a product: by its category and colour, the same each time.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/products/{id}/picture", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
    ("id" = String, Path, description = "The shop's own id of the product", example = "running-shoes-0001"),
), responses(
    (status = 200, body = String, content_type = "image/svg+xml"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn picture(
    State(services): State<Services>,
    Who(actor): Who,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let svg = services.product_picture(&actor, &slug, &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
        // Opened by itself it is a document, which may do nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    Ok((headers, svg).into_response())
}

/// Which events of a shopper.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShopperParams {
    /// Most events, 1 to 100 (default 20).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Events to pass over.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: usize,
}

/// A shopper with what they did.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopperBody {
    /// The catalogue.
    catalogue: Catalogue,
    /// The shopper; in a simulated shop with their true tastes.
    shopper: Shopper,
    /// How many events there are in all.
    total: usize,
    /// A page of them, newest first.
    events: Vec<Event>,
    /// Categories by what was done in them.
    categories: Vec<Taste>,
    /// Brands by what was done with them.
    brands: Vec<Taste>,
}

/// One shopper with their events, newest first. Only in a simulated shop for everybody.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/shoppers/{id}", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
    ("id" = String, Path, description = "The shop's own id of the shopper", example = "shopper-0001"), ShopperParams,
), security(("token" = [])), responses(
    (status = 200, body = ShopperBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn shopper(
    State(services): State<Services>,
    Who(actor): Who,
    Path((slug, id)): Path<(String, String)>,
    Query(params): Query<ShopperParams>,
) -> Result<Json<ShopperBody>, ApiError> {
    let page = services.shopper_page(&actor, &slug, &id, params.limit.unwrap_or(20), params.offset).await?;
    Ok(Json(ShopperBody {
        catalogue: page.catalogue,
        shopper: page.shopper,
        total: page.total,
        events: page.events,
        categories: page.categories,
        brands: page.brands,
    }))
}

/// Takes in a batch of events, all of it or nothing. The same event id again changes nothing: without an answer, send the batch again.
///
/// Events of any shopper need a token with the scope `events`; without it a person sends events of their own shopper only. Events of a sender that no
/// administrator trusts wait (`waiting`), and count for nothing until they are taken in. A sender has a quota a day.
#[utoipa::path(post, path = "/api/v1/events", tag = "shop", request_body = EventBatch, security(("token" = [])), responses(
    (status = 200, body = EventReceipt),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn events(
    State(services): State<Services>,
    Who(actor): Who,
    Body(batch): Body<EventBatch>,
) -> Result<Json<EventReceipt>, ApiError> {
    Ok(Json(services.events_accept(&actor, batch).await?))
}
