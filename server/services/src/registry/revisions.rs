//! Revisions as a model hub names them: `main` is the newest approved version, `draft-N` one that is not approved; others go by alias, number or commit.

use alluvium_domain::registry::{Approval, ModelVersion, RegisteredModel, version_of_commit};
use alluvium_domain::{Action, Actor, Problem};

use crate::Services;

/// The branch that every commit goes to.
pub const MAIN: &str = "main";
/// What the names of versions that are not approved begin with; the number follows.
const DRAFT: &str = "draft-";
/// The commit of a repository that has no version yet: clients ask for the files of one, and there are none.
pub const EMPTY_COMMIT: &str = "0000000000000000000000000000000000000000";

/// A branch or tag without what git writes before it.
fn short(revision: &str) -> &str {
    let git = revision.strip_prefix("refs/heads/").or_else(|| revision.strip_prefix("refs/tags/"));
    git.unwrap_or(revision)
}

/// The name of a version that is not approved.
pub fn draft_name(version: &ModelVersion) -> String {
    format!("{DRAFT}{}", version.number)
}

/// The version that `main` is to somebody: the newest approved one. As long as none is, those who sent drafts find their own newest one there, so that a
/// first upload can be looked at as any other; nobody else does.
pub fn main_version<'a>(
    actor: &Actor,
    versions: impl Iterator<Item = &'a ModelVersion> + Clone,
) -> Option<&'a ModelVersion> {
    let approved = versions.clone().filter(|version| version.approval == Approval::Approved);
    let own = versions.filter(|version| {
        let author = version.author_id.is_some() && version.author_id == actor.user_id();
        author && actor.sees_version(version.approval)
    });
    approved.max_by_key(|version| version.number).or_else(|| own.max_by_key(|version| version.number))
}

impl Services {
    /// The version that a revision of a model names, among those that the actor sees. None for `main` of a model that has no version at all, for those who
    /// may send one.
    pub async fn version_at(
        &self,
        actor: &Actor,
        model: &RegisteredModel,
        revision: &str,
    ) -> Result<Option<ModelVersion>, Problem> {
        let versions = self.version_list_of(actor, &[model.id]).await?;
        let revision = short(revision);
        // Authors see every version, so that none for them is none at all.
        let is_empty = versions.is_empty() && actor.may(Action::Write).is_ok();
        if revision == MAIN || (revision == EMPTY_COMMIT && is_empty) {
            return match main_version(actor, versions.iter()) {
                Some(version) => Ok(Some(version.clone())),
                None if is_empty => Ok(None),
                None => Err(Problem::not_found()),
            };
        }
        let commit = version_of_commit(revision);
        let draft = revision.strip_prefix(DRAFT).and_then(|number| number.parse().ok());
        let number = model
            .aliases
            .get(revision)
            .copied()
            .or_else(|| revision.strip_prefix('v').unwrap_or(revision).parse().ok().filter(|_| commit.is_none()));
        let named = |version: &ModelVersion| {
            Some(version.id) == commit
                || Some(version.number) == number
                || (Some(version.number) == draft && version.approval != Approval::Approved)
        };
        versions.into_iter().find(named).map(Some).ok_or_else(Problem::not_found)
    }
}
