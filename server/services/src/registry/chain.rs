//! The chain of the audit log: whether it is whole, and the log for others to keep.

use alluvium_domain::{Action, Actor, Problem};
use alluvium_store::AuditLine;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::internal;
use crate::{ServiceError, Services};

/// Lines that are read at once.
const PORTION: i64 = 2_000;

/// What a walk along the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    /// Lines.
    pub lines: u64,
    /// Hash of the last line, in hexadecimal digits. Kept elsewhere, it shows later whether lines at the end were removed.
    pub last: String,
    /// Number of the first line that does not follow from the one before it or does not say what it said, with what is wrong.
    pub broken: Option<(i64, String)>,
    /// Whether the hash that was asked for is that of a line.
    pub holds: Option<bool>,
}

/// A line of the log for others to keep.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEntry {
    /// Number.
    pub id: i64,
    /// JSON: number, time, person, action, subject, detail. Hashed as these bytes.
    pub content: String,
    /// Hash of the line before.
    pub previous: String,
    /// SHA-256 of the bytes of `previous` followed by `content`.
    pub hash: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is wrong with a line after one with this hash; nothing where it follows.
fn wrong(line: &AuditLine, before: &[u8]) -> Option<String> {
    if line.previous != before {
        return Some("the line before it is another one, or is gone".to_owned());
    }
    let own = Sha256::new().chain_update(&line.previous).chain_update(&line.content).finalize();
    (line.hash != own.as_slice()).then(|| "what it says was changed".to_owned())
}

impl Services {
    /// Walks along the whole chain, and says whether a line with the hash `known` is in it.
    pub async fn audit_verify(&self, known: Option<&str>) -> Result<AuditChain, ServiceError> {
        let mut chain = AuditChain { lines: 0, last: hex(&[0; 32]), broken: None, holds: known.map(|_| false) };
        let (mut after, mut before) = (i64::MIN, vec![0; 32]);
        loop {
            let lines = self.inner.store.audit_lines(after, PORTION).await?;
            let Some(last) = lines.last() else { break };
            after = last.id;
            for line in lines {
                chain.lines += 1;
                if chain.broken.is_none() {
                    chain.broken = wrong(&line, &before).map(|what| (line.id, what));
                }
                let own = hex(&line.hash);
                if known.is_some_and(|known| known.eq_ignore_ascii_case(&own)) {
                    chain.holds = Some(true);
                }
                before = line.hash;
            }
        }
        chain.last = hex(&before);
        Ok(chain)
    }

    /// Lines of the log after number `after`, oldest first, with their hashes (administrators only).
    pub async fn audit_export(&self, actor: &Actor, after: i64) -> Result<Vec<AuditEntry>, Problem> {
        actor.may(Action::Administer)?;
        let lines = self.inner.store.audit_lines(after, PORTION).await.map_err(internal)?;
        let entry = |line: AuditLine| AuditEntry {
            id: line.id,
            content: line.content,
            previous: hex(&line.previous),
            hash: hex(&line.hash),
        };
        Ok(lines.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i64, content: &str, before: &[u8]) -> AuditLine {
        let hash = Sha256::new().chain_update(before).chain_update(content).finalize().to_vec();
        AuditLine { id, content: content.to_owned(), previous: before.to_vec(), hash }
    }

    #[test]
    fn a_line_follows_only_the_line_it_followed() {
        let first = line(1, "[1]", &[0; 32]);
        let second = line(2, "[2]", &first.hash);
        assert_eq!(wrong(&first, &[0; 32]), None);
        assert_eq!(wrong(&second, &first.hash), None);
        assert!(wrong(&second, &[0; 32]).unwrap().contains("gone"));
        let changed = AuditLine { content: "[2, \"other\"]".to_owned(), ..second };
        assert!(wrong(&changed, &first.hash).unwrap().contains("changed"));
    }
}
