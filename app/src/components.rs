//! What several pages share.

pub(crate) mod answers;
pub(crate) mod callout;
pub(crate) mod chart;
pub(crate) mod checks;
pub(crate) mod diff;
pub(crate) mod entry;
pub(crate) mod explanation;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod interval;
pub(crate) mod manage;
pub(crate) mod pagination;
pub(crate) mod passage;
pub(crate) mod product;
pub(crate) mod recommended;
pub(crate) mod record;
pub(crate) mod related;
pub(crate) mod search_field;
pub(crate) mod segments;
pub(crate) mod strata;
pub(crate) mod tags;
pub(crate) mod tasks;
pub(crate) mod text;
pub(crate) mod timeline;
pub(crate) mod waterfall;
pub(crate) mod what_if;
