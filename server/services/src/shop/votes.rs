//! What readers say of explanations, and what is known of the model that serves.

use alluvium_domain::shop::{
    Catalogue, ExplanationReport, ExplanationVote, RecommendationQuery, VoteCounts, VoteRecord, limits,
};
use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind};
use alluvium_store::VoteBy;
use sha2::{Digest, Sha256};
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
    /// What people who were signed in said: each has one vote on a product.
    pub votes: VoteCounts,
    /// What visitors said: anybody can be many of them.
    pub stranger_votes: VoteCounts,
    /// The newest votes of people that say something in words.
    pub words: Vec<VoteRecord>,
    /// The newest words of visitors; only for reviewers.
    pub stranger_words: Vec<VoteRecord>,
}

impl Services {
    /// The model that serves a catalogue: checks, importance, votes.
    pub async fn model_page(&self, actor: &Actor, catalogue: &str) -> Result<ModelPage, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        let question =
            RecommendationQuery { catalogue: catalogue.input.slug.to_string(), k: 1, ..RecommendationQuery::default() };
        let model = self.recommend(actor, question).await?.model;
        let store = &self.inner.store;
        let reviews = actor.may(Action::Publish).is_ok();
        let stranger_words = if reviews {
            store.explanation_vote_words(catalogue.id, &model, false, WORDS).await.map_err(internal)?
        } else {
            Vec::new()
        };
        Ok(ModelPage {
            report: store.explanation_check_newest(catalogue.id, &model).await.map_err(internal)?,
            votes: store.explanation_vote_counts(catalogue.id, &model, true).await.map_err(internal)?,
            stranger_votes: store.explanation_vote_counts(catalogue.id, &model, false).await.map_err(internal)?,
            words: store.explanation_vote_words(catalogue.id, &model, true, WORDS).await.map_err(internal)?,
            stranger_words,
            catalogue,
            model,
        })
    }

    /// Keeps a reader's vote on one product of a trial's list, in the place of the one that they gave on it before. The explanation that is kept is made
    /// here once more: nobody can vote on one that the model did not give.
    pub async fn explanation_vote(&self, actor: &Actor, trial: &Trial, vote: &ExplanationVote) -> Result<(), Problem> {
        actor.may(Action::Read)?;
        let by = match (actor.user_id(), actor.visitor) {
            (Some(person), _) => VoteBy::Person(person),
            (None, Some(visitor)) => VoteBy::Visitor(Sha256::digest(visitor.as_bytes()).into()),
            (None, None) => return Err(Problem::new(ProblemKind::Unauthenticated)),
        };
        self.explanation_vote_limit(by).await?;
        let page = self.trial(actor, &Trial { explain: true, ..trial.clone() }).await?;
        let unknown = || Problem::field("product", Issue::Unknown { value: vote.product.clone() });
        let item = page.items.into_iter().find(|item| item.product.input.id == vote.product).ok_or_else(unknown)?;
        let explanation = item.recommendation.explanation.ok_or_else(unknown)?;
        self.inner
            .store
            .explanation_vote_upsert(page.catalogue.id, &page.model, item.product.number, vote, by, &explanation)
            .await
            .map_err(internal)
    }

    /// Somebody may give so many votes within an hour; all visitors together so many within a day, which bounds what strangers can make the program
    /// keep.
    async fn explanation_vote_limit(&self, by: VoteBy) -> Result<(), Problem> {
        let now = OffsetDateTime::now_utc();
        let store = &self.inner.store;
        let (hour, day) = (now - Duration::hours(1), now - Duration::days(1));
        let own = store.explanation_vote_count_since(by, hour).await.map_err(internal)?;
        if own >= limits::VOTES {
            let issue = Issue::TooMany { limit: limits::VOTES as usize, actual: limits::VOTES as usize + 1 };
            return Err(Problem { kind: ProblemKind::Overloaded, ..Problem::field("votes", issue) });
        }
        if matches!(by, VoteBy::Visitor(_))
            && store.explanation_vote_visitors_since(day).await.map_err(internal)? >= limits::VOTES_VISITORS
        {
            let issue = Issue::Quota { limit: limits::VOTES_VISITORS.unsigned_abs(), retry_after: 3_600 };
            return Err(Problem { kind: ProblemKind::Overloaded, ..Problem::field("votes", issue) });
        }
        Ok(())
    }
}
