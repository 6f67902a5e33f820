//! Administration.

pub(crate) mod audit;
pub(crate) mod people;
pub(crate) mod registry;
pub(crate) mod status;
