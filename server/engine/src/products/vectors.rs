//! Vectors of product texts on disk, so that a start does not encode again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::EngineError;

/// Bytes of a text's hash.
const HASH: usize = 16;

/// The hash under which the vector of a text is kept.
pub fn text_hash(text: &str) -> [u8; HASH] {
    let digest = Sha256::digest(text);
    let mut hash = [0; HASH];
    hash.copy_from_slice(&digest[..HASH]);
    hash
}

/// A file of records `hash, vector` for one encoder, which only grows.
#[derive(Debug)]
pub struct VectorCache {
    file: File,
    dimension: usize,
    /// `[dimension]` each.
    vectors: HashMap<[u8; HASH], Vec<f32>>,
}

impl VectorCache {
    /// Opens the file of an encoder in a folder. A record that was cut short or is no unit vector is left out.
    pub fn open(folder: &Path, encoder: &str, dimension: usize) -> Result<VectorCache, EngineError> {
        std::fs::create_dir_all(folder)?;
        let name: String = encoder.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let path = folder.join(format!("{name}.vectors"));
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let length = HASH + 4 * dimension;
        if !bytes.len().is_multiple_of(length) {
            // Written up to the middle when the machine stopped.
            file.set_len((bytes.len() - bytes.len() % length) as u64)?;
        }
        let mut vectors = HashMap::new();
        for record in bytes.chunks_exact(length) {
            let (hash, floats) = record.split_at(HASH);
            let vector: Vec<f32> = floats
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect();
            let norm: f32 = vector.iter().map(|x| x * x).sum();
            if let Ok(hash) = hash.try_into()
                && (norm - 1.0).abs() < 0.01
            {
                vectors.insert(hash, vector);
            }
        }
        Ok(VectorCache { file, dimension, vectors })
    }

    /// The vector of a text that was encoded before.
    pub fn get(&self, hash: &[u8; HASH]) -> Option<&[f32]> {
        self.vectors.get(hash).map(Vec::as_slice)
    }

    /// Keeps vectors, on disk too.
    pub fn put(&mut self, new: Vec<([u8; HASH], Vec<f32>)>) -> Result<(), EngineError> {
        let mut bytes = Vec::with_capacity(new.len() * (HASH + 4 * self.dimension));
        for (hash, vector) in new {
            if vector.len() == self.dimension && !self.vectors.contains_key(&hash) {
                bytes.extend_from_slice(&hash);
                vector.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
                self.vectors.insert(hash, vector);
            }
        }
        // One write, so that two processes do not mix their records.
        self.file.write_all(&bytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_there_again_and_a_cut_record_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (text_hash("a"), text_hash("b"));
        let mut cache = VectorCache::open(folder.path(), "all/mini:1", 2).unwrap();
        cache.put(vec![(a, vec![1.0, 0.0]), (b, vec![0.6, 0.8])]).unwrap();
        drop(cache);
        let file = folder.path().join("allmini1.vectors");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
        let mut cache = VectorCache::open(folder.path(), "all/mini:1", 2).unwrap();
        assert_eq!(cache.get(&a), Some(&[1.0, 0.0][..]));
        assert_eq!(cache.get(&b), None);
        cache.put(vec![(b, vec![0.6, 0.8])]).unwrap();
        drop(cache);
        assert!(VectorCache::open(folder.path(), "all/mini:1", 2).unwrap().get(&b).is_some());
        assert!(VectorCache::open(folder.path(), "other", 2).unwrap().get(&b).is_none(), "another encoder");
    }
}
