//! Retrieval models kept in files while a training goes on, so that one that was interrupted need not make them again.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::examples::Deeds;
use super::goods::Goods;
use super::training::{Known, ShopSettings};
use crate::recommend::{LinearModel, RecommendError, Recommender, SequenceModel};

const DESCRIPTION: &str = "known.json";
const LINEAR: &str = "linear.safetensors";
const SEQUENCE: &str = "sequence.safetensors";

/// A folder for the parts of one training. What another training left there, on other events or with other settings, does not count.
#[derive(Debug, Clone)]
pub struct Kept {
    folder: PathBuf,
    of: String,
    /// How many products the catalogue has.
    goods: usize,
}

#[derive(Serialize, Deserialize)]
struct Described {
    /// What it was trained on.
    of: String,
    items: Vec<u32>,
    sequence: bool,
}

impl Kept {
    /// The parts in a folder that belong to a training on these.
    pub fn new(folder: &Path, goods: &Goods, deeds: &Deeds, settings: &ShopSettings) -> Kept {
        let mut hash = Sha256::new();
        for id in goods.ids() {
            hash.update(id);
            hash.update([0]);
        }
        hash.update(format!("{} {} {settings:?}", deeds.len(), deeds.time_at(1.0)));
        let of = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Kept { folder: folder.to_owned(), of, goods: goods.len() }
    }

    /// A part that is there whole. One that cannot be read counts as not there: it is made again.
    pub(super) fn load(&self, part: &str) -> Option<Known> {
        let folder = self.folder.join(part);
        let described: Described = serde_json::from_slice(&fs::read(folder.join(DESCRIPTION)).ok()?).ok()?;
        let linear = LinearModel::from_bytes(&fs::read(folder.join(LINEAR)).ok()?).ok()?;
        let sequence = match described.sequence {
            true => Some(SequenceModel::from_bytes(&fs::read(folder.join(SEQUENCE)).ok()?).ok()?),
            false => None,
        };
        let known = described.items.iter().all(|item| (*item as usize) < self.goods);
        let fits = described.of == self.of && known && linear.item_count() == described.items.len();
        fits.then(|| Known::new(linear, sequence, described.items, self.goods))
    }

    /// Keeps a part: it is there whole or not at all.
    pub(super) fn save(&self, part: &str, known: &Known) -> Result<(), RecommendError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| RecommendError::File { path, source }
        };
        let (folder, fresh) = (self.folder.join(part), self.folder.join(format!("{part}.new")));
        for path in [&folder, &fresh] {
            if path.exists() {
                fs::remove_dir_all(path).map_err(at(path))?;
            }
        }
        fs::create_dir_all(&fresh).map_err(at(&fresh))?;
        let write = |name: &str, bytes: Vec<u8>| {
            let path = fresh.join(name);
            fs::write(&path, bytes).map_err(at(&path))
        };
        write(LINEAR, known.linear.to_bytes()?)?;
        if let Some(sequence) = &known.sequence {
            write(SEQUENCE, sequence.to_bytes()?)?;
        }
        let described =
            Described { of: self.of.clone(), items: known.items.clone(), sequence: known.sequence.is_some() };
        let text =
            serde_json::to_vec(&described).map_err(|error| RecommendError::Model { reason: error.to_string() })?;
        write(DESCRIPTION, text)?;
        fs::rename(&fresh, &folder).map_err(at(&folder))
    }
}
