//! Revisions as a model hub names them: `main` is the newest version, others go by alias, number or commit.

use alluvium_domain::registry::{ModelVersion, RegisteredModel, version_of_commit};
use alluvium_domain::{Actor, Problem};

use crate::Services;

/// The branch that every commit goes to.
const MAIN: &str = "main";

impl Services {
    /// The version that a revision of a model names, among those that the actor sees; none for `main` of a model without any.
    pub async fn version_at(
        &self,
        actor: &Actor,
        model: &RegisteredModel,
        revision: &str,
    ) -> Result<Option<ModelVersion>, Problem> {
        let versions = self.version_list_of(actor, &[model.id]).await?;
        if revision == MAIN || revision == "refs/heads/main" {
            return Ok(versions.into_iter().max_by_key(|version| version.number));
        }
        let commit = version_of_commit(revision);
        let number = model
            .aliases
            .get(revision)
            .copied()
            .or_else(|| revision.strip_prefix('v').unwrap_or(revision).parse().ok().filter(|_| commit.is_none()));
        let named = |version: &ModelVersion| Some(version.id) == commit || Some(version.number) == number;
        versions.into_iter().find(named).map(Some).ok_or_else(Problem::not_found)
    }
}
