//! What the product search finds for the query of a question.

use alluvium_domain::Problem;
use alluvium_domain::shop::Catalogue;
use alluvium_engine::recommend::shop::Searched;

use super::shelf::Shelf;
use crate::Services;

/// Products that a query brings, at most.
const MOST: usize = 300;
/// Products that answer less than half as well as the best are not ranked: a shopper's taste would carry them past those that were meant.
const ENOUGH: f64 = 0.5;

/// A query and what it finds, in the numbers of a shelf.
#[derive(Debug)]
pub(crate) struct Found {
    text: String,
    products: Vec<(u32, f32)>,
}

impl Found {
    /// As a question has it.
    pub(crate) fn searched(&self) -> Searched<'_> {
        Searched { text: &self.text, found: &self.products }
    }
}

impl Services {
    /// Asks the product search of the catalogue, where something is searched.
    pub(crate) async fn recommend_found(
        &self,
        catalogue: &Catalogue,
        shelf: &Shelf,
        query: Option<&str>,
    ) -> Result<Option<Found>, Problem> {
        let Some(text) = query.filter(|query| !query.trim().is_empty()) else { return Ok(None) };
        let found = self.product_search_ids(catalogue, text, MOST).await?;
        let goods = shelf.recommender.goods();
        #[expect(clippy::cast_possible_truncation, reason = "features are f32")]
        let number = |(id, share): &(String, f64)| Some((goods.number(id)?, *share as f32));
        let products = found.iter().filter(|(_, share)| *share >= ENOUGH).filter_map(number).collect();
        Ok(Some(Found { text: text.to_owned(), products }))
    }
}
