//! What an entry is, where it stands, and how it refers to others.

use serde::{Deserialize, Serialize};

// `$code` is a `tt`, not a `literal`: a derive macro (utoipa) does not see into the group that the latter becomes.
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name in the database, the API, URLs and front matter.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($code => Ok($name::$variant),)+ _ => Err(()) }
            }
        }
    };
}

pub(crate) use named_enum;

named_enum! {
    /// What an entry is.
    EntryKind {
        /// Text in Markdown.
        Article = "article",
        /// A question with a hypothesis, runs and a decision.
        Experiment = "experiment",
        /// A model card.
        Model = "model",
        /// A data set.
        Dataset = "dataset",
        /// A glossary term.
        Term = "term",
    }
}

named_enum! {
    /// Where an entry is on its way to readers.
    EntryState {
        /// Being written.
        Draft = "draft",
        /// Handed in.
        InReview = "in-review",
        /// Read by everybody.
        Published = "published",
        /// Kept, but out of lists and search.
        Archived = "archived",
    }
}

named_enum! {
    /// How one entry refers to another.
    LinkRelation {
        /// Its text links there.
        Mentions = "mentions",
        /// It replaces the other.
        Supersedes = "supersedes",
        /// It says the same in another language.
        TranslationOf = "translation-of",
        /// It measures the other.
        Evaluates = "evaluates",
        /// A model learned from a data set.
        TrainedOn = "trained-on",
        /// An experiment took its figures from a data set.
        MeasuredOn = "measured-on",
    }
}

impl EntryKind {
    /// The first segment of the kind's pages: `/articles/...`.
    pub fn path(self) -> &'static str {
        match self {
            EntryKind::Article => "articles",
            EntryKind::Experiment => "experiments",
            EntryKind::Model => "models",
            EntryKind::Dataset => "datasets",
            EntryKind::Term => "glossary",
        }
    }
}
