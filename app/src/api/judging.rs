//! Grades from the keyboard.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::Failure;

/// A grade of a product for a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub(crate) catalogue: String,
    pub(crate) query: String,
    pub(crate) product: String,
    pub(crate) grade: u8,
}

/// Keeps a grade.
#[server(prefix = "/api/fn", endpoint = "judge", input = Json, output = Json)]
pub(crate) async fn judge(ask: Judged) -> Result<(), Failure> {
    use alluvium_domain::shop::Grade;
    use alluvium_domain::{Issue, Problem};
    let visit = super::visit()?;
    let grade = Grade::new(i64::from(ask.grade))
        .ok_or_else(|| Problem::field("grade", Issue::OutOfRange { min: 0, max: 3 }))?;
    visit.services.judge(&visit.actor, &ask.catalogue, &ask.query, &ask.product, grade).await?;
    Ok(())
}
