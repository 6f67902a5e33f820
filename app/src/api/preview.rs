//! The preview of the editor.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::Failure;

/// A text as readers will see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previewed {
    pub(crate) html: String,
    pub(crate) minutes: u32,
}

/// Renders a text that is being written.
#[server(prefix = "/api/fn", endpoint = "preview", input = Json, output = Json)]
pub(crate) async fn preview(markdown: String) -> Result<Previewed, Failure> {
    let visit = super::visit()?;
    let rendered = visit.services.preview(&visit.actor, &markdown, visit.lang).await?;
    let minutes = if markdown.trim().is_empty() { 0 } else { rendered.reading_minutes };
    Ok(Previewed { minutes, html: crate::components::text::static_html(rendered.parts) })
}
