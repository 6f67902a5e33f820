//! A text after rendering.

use serde::{Deserialize, Serialize};

use super::EntryKind;

/// One heading of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heading {
    /// 2 to 6 (1 is the title).
    pub level: u8,
    /// Anchor.
    pub id: String,
    /// Plain text.
    pub text: String,
}

/// A working component inside a text: a fenced block `alluvium <name>` with `key: value` lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveBlock {
    /// Which component, e.g. `search`.
    pub name: String,
    /// Its parameters, in order.
    pub params: Vec<(String, String)>,
    /// What is wrong with it, shown in its place.
    pub error: Option<String>,
}

impl LiveBlock {
    /// One parameter.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A rendered text is a sequence of safe HTML and live blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Sanitised HTML.
    Html(String),
    /// A component that the page fills in.
    Live(LiveBlock),
}

/// A text after rendering.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rendered {
    /// HTML and live blocks in reading order.
    pub parts: Vec<Part>,
    /// Table of contents.
    pub headings: Vec<Heading>,
    /// Minutes to read, at least 1.
    pub reading_minutes: u32,
    /// Whether the page needs the diagram library.
    pub has_diagram: bool,
    /// Targets of wiki links: `[[slug]]` is an article, `[[term/slug]]` a term.
    pub wiki_links: Vec<(EntryKind, String)>,
}
