//! Product search, and grades of its results.

use alluvium_domain::search::WordMatches;
use alluvium_domain::shop::{
    Catalogue, Correction, Grade, Judgement, ProductFacets, ProductFilter, ProductHit, ProductInput, ProductQuery,
    Ranker, UnderstoodPhrase,
};
use alluvium_domain::{Explanation, Issue, Problem};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Path, Query, Who};
use super::product_filter::ProductFilterParams;
use super::shop::with_picture;
use crate::problem::{ApiError, ProblemBody};

/// A search for products.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductSearchParams {
    /// What a shopper typed, in Chinese or English: words, measures (`17"`, `4 GB`), model numbers (`dv7-1211ea`).
    #[serde(default)]
    #[param(max_length = 500)]
    q: String,
    /// The order: by words, by words and meaning, or learned from graded results (default).
    #[param(inline)]
    ranker: Option<Ranker>,
    /// Whether each hit says why.
    #[serde(default)]
    explain: bool,
    /// Features to switch off, as `contributions[].feature` names them, separated by commas.
    #[serde(default)]
    without: String,
}

impl ProductSearchParams {
    fn query(self, filter: ProductFilter) -> ProductQuery {
        ProductQuery {
            query: self.q,
            ranker: self.ranker.unwrap_or(Ranker::Learned),
            filter,
            explain: self.explain,
            without: self.without.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        }
    }
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductSearchBody {
    /// The catalogue.
    catalogue: Catalogue,
    /// The query as it was asked.
    query: String,
    /// Words that were looked for in place of others: mistyped, written apart or together, or Chinese.
    corrections: Vec<Correction>,
    /// What of the query became a filter: limits on the price (`500元以内`, `under 500`), for whom a product is (`男`, `women`).
    understood: Vec<UnderstoodPhrase>,
    /// How much of the words the hits have: those after the place `every` have only part of them.
    matches: WordMatches,
    /// Server time in milliseconds.
    took_ms: f64,
    /// Whether meaning could not be compared (no encoder, or it has not read all products yet).
    degraded: bool,
    /// Number of hits over all pages; about a thousand products at most are put in order.
    total: usize,
    /// Best first.
    hits: Vec<ProductHitBody>,
    /// Counts over all hits.
    facets: ProductFacets,
}

/// One product found.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductHitBody {
    /// The shop's own id.
    id: String,
    /// Place in the whole list, from 1.
    rank: usize,
    /// Path of its page.
    url: String,
    /// The product; it has a picture.
    product: ProductInput,
    /// Score.
    score: f64,
    /// Share of the words of the query that the product has, 0 to 1.
    coverage: f64,
    /// Why; present if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

impl ProductHitBody {
    fn new(catalogue: &str, hit: ProductHit) -> ProductHitBody {
        let product = with_picture(catalogue, hit.product.input);
        ProductHitBody {
            id: product.id.clone(),
            rank: hit.rank,
            url: alluvium_app::product_url(catalogue, &product.id),
            product,
            score: hit.score,
            coverage: hit.coverage,
            explanation: hit.explanation,
        }
    }
}

/// Finds products. With `explain=true` each hit says why: `baseline + sum of amounts + gap = score`.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/search", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"), ProductSearchParams, ProductFilterParams,
), responses(
    (status = 200, body = ProductSearchBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn search(
    State(services): State<Services>,
    Who(actor): Who,
    Path(slug): Path<String>,
    Query(params): Query<ProductSearchParams>,
    Query(filter): Query<ProductFilterParams>,
) -> Result<Json<ProductSearchBody>, ApiError> {
    let query = params.q.clone();
    let answer = services.product_search(&actor, &slug, params.query(filter.filter()?)).await?;
    Ok(Json(ProductSearchBody {
        catalogue: answer.catalogue,
        query,
        corrections: answer.corrections,
        understood: answer.understood,
        matches: answer.matches,
        took_ms: answer.took_ms,
        degraded: answer.degraded,
        total: answer.total,
        hits: answer.hits.into_iter().map(|hit| ProductHitBody::new(&slug, hit)).collect(),
        facets: answer.facets,
    }))
}

/// A grade of a product for a query.
#[derive(Deserialize, ToSchema)]
pub(crate) struct JudgementBody {
    /// The query.
    #[schema(min_length = 1, max_length = 500)]
    query: String,
    /// The shop's own id of the product.
    #[schema(min_length = 1, max_length = 200)]
    product: String,
    /// 0: no answer at all; 3: just what was asked for.
    #[schema(minimum = 0, maximum = 3)]
    grade: i64,
}

/// Keeps a grade; the last word on a product for a query counts. Needs an author.
#[utoipa::path(post, path = "/api/v1/catalogues/{slug}/judgements", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
), request_body = JudgementBody, security(("token" = [])), responses(
    (status = 200, body = JudgementsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn judge(
    State(services): State<Services>,
    Who(actor): Who,
    Path(slug): Path<String>,
    Body(body): Body<JudgementBody>,
) -> Result<Json<JudgementsBody>, ApiError> {
    let grade = Grade::new(body.grade).ok_or_else(|| Problem::field("grade", Issue::OutOfRange { min: 0, max: 3 }));
    // Who may not grade is told so before what is wrong with the grade.
    actor.may(alluvium_domain::Action::Judge)?;
    services.judge(&actor, &slug, &body.query, &body.product, grade?).await?;
    let judgements = services.judgements(&actor, &slug, &body.query).await?;
    Ok(Json(JudgementsBody { judgements }))
}

/// Which query.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JudgementsParams {
    /// The query; upper case and spaces do not matter.
    #[param(min_length = 1, max_length = 500)]
    q: String,
}

/// The last words on one query.
#[derive(Serialize, ToSchema)]
pub(crate) struct JudgementsBody {
    /// By product.
    judgements: Vec<Judgement>,
}

/// The grades of a query: the last word on each product.
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/judgements", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"), JudgementsParams,
), responses(
    (status = 200, body = JudgementsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn judgements(
    State(services): State<Services>,
    Who(actor): Who,
    Path(slug): Path<String>,
    Query(params): Query<JudgementsParams>,
) -> Result<Json<JudgementsBody>, ApiError> {
    Ok(Json(JudgementsBody { judgements: services.judgements(&actor, &slug, &params.q).await? }))
}
