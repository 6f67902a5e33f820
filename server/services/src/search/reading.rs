//! What to read next, from what was read: an item-item score like the shop's, with nearness of texts in the place of learned weights.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alluvium_domain::search::Related;
use alluvium_domain::{Action, Actor, Contribution, EntryId, EntryKind, Explanation, FeatureGroup, Lang, Problem};
use uuid::Uuid;

use super::index::{Known, read};
use crate::Services;

/// Entries read that count: older ones would weigh less than a tenth.
pub const MOST_READ: usize = 8;
/// Weight of an entry that was read relative to the one read after it.
const DECAY: f64 = 0.75;

impl Services {
    /// What to read next in a language after `history` (newest first; what is not known is passed over), each with the reason.
    ///
    /// `score(j) = sum over what was read of DECAY^age x nearness(i, j)`, where [`Services::related`] explains a nearness and one below the mean of
    /// all entries counts nothing. Each entry read is one part, so the explanation is exact. What was read is not recommended, nor its translation.
    pub async fn read_next(
        &self,
        actor: &Actor,
        history: &[EntryId],
        lang: Lang,
        limit: usize,
    ) -> Result<Vec<Related>, Problem> {
        actor.may(Action::Read)?;
        let mut seen: HashSet<Uuid> = HashSet::new();
        // With the title in the language that is asked for, where there is a translation.
        let mut read_before: Vec<(Arc<Known>, String)> = Vec::new();
        {
            let search = self.inner.search();
            let (entries, translations) = (read(&search.entries), read(&search.translations));
            for id in history {
                let Some(known) = entries.get(&id.0) else { continue };
                let new = seen.insert(id.0);
                let twin = translations.get(&id.0);
                seen.extend(twin);
                if new && read_before.len() < MOST_READ {
                    let twin = twin.and_then(|twin| entries.get(twin)).filter(|twin| twin.summary.lang == lang);
                    let title = twin.unwrap_or(known).summary.title.clone();
                    read_before.push((known.clone(), title));
                }
            }
        }
        let mut scored: HashMap<Uuid, (Arc<Known>, Vec<Contribution>)> = HashMap::new();
        let mut weight = 1.0;
        for (source, title) in &read_before {
            for other in self.relatedness(actor, source.summary.id).await?.others {
                let summary = &other.known.summary;
                let fits = summary.kind == EntryKind::Article && summary.lang == lang && !seen.contains(&summary.id.0);
                if !fits || other.score <= 0.0 {
                    continue;
                }
                let (_, parts) = scored.entry(summary.id.0).or_insert_with(|| (other.known.clone(), Vec::new()));
                parts.push(Contribution {
                    feature: format!("read:{}", source.summary.slug),
                    group: FeatureGroup::History,
                    value: title.clone(),
                    amount: weight * other.score,
                });
            }
            weight *= DECAY;
        }
        let mut next: Vec<Related> = scored
            .into_values()
            .map(|(known, parts)| {
                let score = parts.iter().map(|part| part.amount).sum();
                let explanation = Explanation::new("item-item over what was read (exact)", 0.0, score, parts);
                Related { entry: known.summary.clone(), score, explanation }
            })
            .collect();
        next.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.entry.id.cmp(&b.entry.id)));
        next.truncate(limit);
        Ok(next)
    }
}
