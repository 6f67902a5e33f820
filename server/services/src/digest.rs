//! Short hashes by which data are known again.

use sha2::{Digest, Sha256};

/// 16 hexadecimal digits of the SHA-256 of some parts in order; where one ends counts.
pub(crate) fn digest(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_parts_and_order() {
        let all = [digest(["ab", "c"]), digest(["a", "bc"]), digest(["c", "ab"]), digest(["abc"])];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), 4, "{all:?}");
        assert!(all.iter().all(|digest| digest.len() == 16));
        assert_eq!(digest(["ab", "c"]), all[0]);
    }
}
