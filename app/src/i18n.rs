//! Every word of the interface in both languages. A message is a constant with two texts: leaving one out does not compile.

use alluvium_domain::Lang;

#[cfg(feature = "ssr")]
pub(crate) mod account;
pub(crate) mod common;
pub(crate) mod editing;
#[cfg(feature = "ssr")]
pub(crate) mod entry;
#[cfg(feature = "ssr")]
pub(crate) mod erasure;
#[cfg(feature = "ssr")]
pub(crate) mod explain;
#[cfg(feature = "ssr")]
pub(crate) mod fields;
#[cfg(feature = "ssr")]
pub(crate) mod format;
pub(crate) mod jobs;
pub(crate) mod judging;
#[cfg(feature = "ssr")]
pub(crate) mod names;
#[cfg(feature = "ssr")]
pub(crate) mod parts;
#[cfg(feature = "ssr")]
pub(crate) mod product_search;
#[cfg(feature = "ssr")]
pub(crate) mod proposals;
#[cfg(feature = "ssr")]
pub(crate) mod registry;
#[cfg(feature = "ssr")]
pub(crate) mod research;
#[cfg(feature = "ssr")]
pub(crate) mod rounds;
#[cfg(feature = "ssr")]
pub(crate) mod runs;
pub(crate) mod search;
#[cfg(feature = "ssr")]
pub(crate) mod second_factor;
#[cfg(feature = "ssr")]
pub(crate) mod senders;
#[cfg(feature = "ssr")]
pub(crate) mod shop;
#[cfg(feature = "ssr")]
pub(crate) mod tags;

/// A message in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    zh: &'static str,
    en: &'static str,
}

impl Text {
    /// A message.
    pub(crate) const fn new(zh: &'static str, en: &'static str) -> Self {
        Text { zh, en }
    }

    /// The text in a language.
    pub(crate) fn of(self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

/// Defines messages: `NAME: "中文", "English";`.
macro_rules! texts {
    ($($name:ident: $zh:literal, $en:literal;)+) => {
        $(pub(crate) const $name: $crate::i18n::Text = $crate::i18n::Text::new($zh, $en);)+
    };
}
pub(crate) use texts;
