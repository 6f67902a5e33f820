//! What readers say of explanations, and what is known of the model that serves.

use alluvium_domain::shop::{
    Catalogue, ExplanationReport, ExplanationVote, RecommendationQuery, VoteCounts, VoteRecord, limits,
};
use alluvium_domain::{Action, Actor, FieldError, Issue, Problem, ProblemKind};
use time::{Duration, OffsetDateTime};

use super::Trial;
use crate::Services;
use crate::error::internal;

/// Votes in words that the model's page shows.
const WORDS: i64 = 20;

/// What is known of the model that serves a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPage {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The model.
    pub model: String,
    /// What the newest run of the checks found out.
    pub report: Option<ExplanationReport>,
    /// What readers said.
    pub votes: VoteCounts,
    /// The newest votes that say something in words.
    pub words: Vec<VoteRecord>,
}

impl Services {
    /// The model that serves a catalogue: checks, importance, votes.
    pub async fn model_page(&self, actor: &Actor, catalogue: &str) -> Result<ModelPage, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        let question =
            RecommendationQuery { catalogue: catalogue.input.slug.to_string(), k: 1, ..RecommendationQuery::default() };
        let model = self.recommend(actor, question).await?.model;
        let store = &self.inner.store;
        Ok(ModelPage {
            report: store.explanation_check_newest(catalogue.id, &model).await.map_err(internal)?,
            votes: store.explanation_vote_counts(catalogue.id, &model).await.map_err(internal)?,
            words: store.explanation_vote_words(catalogue.id, &model, WORDS).await.map_err(internal)?,
            catalogue,
            model,
        })
    }

    /// Keeps a reader's vote on one product of a trial's list. The explanation that is kept is made here once more: nobody can vote on one that the model
    /// did not give.
    pub async fn explanation_vote(&self, actor: &Actor, trial: &Trial, vote: &ExplanationVote) -> Result<(), Problem> {
        actor.may(Action::Read)?;
        self.explanation_vote_limit(actor).await?;
        let page = self.trial(actor, &Trial { explain: true, ..trial.clone() }).await?;
        let unknown = || Problem::field("product", Issue::Unknown { value: vote.product.clone() });
        let item = page.items.into_iter().find(|item| item.product.input.id == vote.product).ok_or_else(unknown)?;
        let explanation = item.recommendation.explanation.ok_or_else(unknown)?;
        let (catalogue, person) = (page.catalogue.id, actor.user_id());
        self.inner
            .store
            .explanation_vote_insert(catalogue, &page.model, item.product.number, vote, person, &explanation)
            .await
            .map_err(internal)
    }

    /// One person may give so many votes within an hour, all readers who are not signed in so many together.
    async fn explanation_vote_limit(&self, actor: &Actor) -> Result<(), Problem> {
        let person = actor.user_id();
        let limit = if person.is_some() { limits::VOTES } else { limits::VOTES_ANONYMOUS };
        let since = OffsetDateTime::now_utc() - Duration::hours(1);
        let given = self.inner.store.explanation_vote_count_since(person, since).await.map_err(internal)?;
        let given = usize::try_from(given).unwrap_or(usize::MAX);
        if given < limit {
            return Ok(());
        }
        let issue = Issue::TooMany { limit, actual: given.saturating_add(1) };
        Err(Problem { kind: ProblemKind::Overloaded, errors: vec![FieldError { field: "votes".into(), issue }] })
    }
}
