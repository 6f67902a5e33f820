//! Administration.

pub(crate) mod audit;
pub(crate) mod erasure;
pub(crate) mod job;
pub(crate) mod job_new;
pub(crate) mod jobs;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod registry;
pub(crate) mod rounds;
pub(crate) mod senders;
pub(crate) mod status;
