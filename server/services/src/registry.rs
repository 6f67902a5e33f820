//! The registry of models: versions that never change, approval that blocks, and an alias that serving follows.

mod approval;
mod card;
mod chain;
mod checks;
mod encoder_beside;
mod encoder_card;
mod encoder_checks;
mod files;
mod models;
mod revisions;
mod rounds;
mod search;
mod serving;
mod trained;
mod upload;
mod versions;

pub(crate) use card::{CARD, of_shop_model};
pub(crate) use checks::HELD_OUT;
pub(crate) use encoder_card::{EncoderFacts, of_encoder};
pub(crate) use encoder_checks::HELD_OUT_QUERIES;
pub(crate) use files::version_files_read;
pub(crate) use serving::{GOLDEN, catalogue_of, place};
pub(crate) use trained::{EVENTS_TAG, EXAMPLES_TAG, Purpose};

pub use chain::{AuditChain, AuditEntry};
pub use encoder_beside::{EncoderAnswer, EncodersBeside, NearProduct};
pub use models::{ModelChange, NewModel};
pub use revisions::{EMPTY_COMMIT, MAIN, draft_name, main_version};
pub use rounds::{ENOUGH, Learner, Measured, Round, RoundChange, Rounds};
pub use search::RegistrySearch;
pub use serving::ServingPlace;
pub use upload::{Commit, CommitFile};
pub use versions::{NewVersion, VersionChange};

use alluvium_domain::registry::{Act, ModelVersion, RegisteredModel};
use alluvium_domain::{Actor, Problem, UserId};

/// Who does something with a version.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    /// Somebody.
    Person(&'a Actor),
    /// The program itself, in the cases that it knows.
    Program,
}

impl By<'_> {
    fn person(self) -> Option<UserId> {
        match self {
            By::Person(actor) => actor.user_id(),
            By::Program => None,
        }
    }

    fn may(self, act: Act, author: Option<UserId>) -> Result<(), Problem> {
        match self {
            By::Person(actor) => actor.may_act_confirmed(act, author),
            By::Program => Ok(()),
        }
    }
}

/// How the audit log names a model.
fn subject(model: &RegisteredModel) -> String {
    format!("model/{}", model.name)
}

/// How the audit log names a version.
fn version_subject(version: &ModelVersion) -> String {
    format!("model/{}/{}", version.name, version.number)
}
