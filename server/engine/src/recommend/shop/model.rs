//! A trained model of one catalogue, and its files.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::features::{FEATURE_COUNT, FEATURES};
use super::ranker::{Body, Experts, Ranker, TASKS};
use super::training::ShopReport;
use crate::recommend::{LinearModel, RecommendError, Recommender, SequenceModel};
use alluvium_domain::shop::RANK_GROUPS;

/// Everything that was learnt from the events of a catalogue.
#[derive(Debug, Clone)]
pub struct ShopModel {
    /// What answers call it: the kind of network and the beginning of the hash of its weights.
    pub name: String,
    /// The shop's own ids of the products that it knows, by its own numbers.
    pub items: Vec<String>,
    /// Item-item weights.
    pub linear: LinearModel,
    /// Self-attention over the order of the history.
    pub sequence: Option<SequenceModel>,
    /// The ranking model.
    pub ranker: Ranker,
    /// What was measured when it was made.
    pub report: ShopReport,
}

/// What `model.json` says; the weights are in safetensors beside it.
#[derive(Serialize, Deserialize)]
struct Described {
    name: String,
    items: Vec<String>,
    /// Names of the features in the order of the network's inputs, with their groups; how they are standardised stands with the weights.
    features: Vec<(String, String)>,
    experts: usize,
    hidden: usize,
    tower: usize,
    sequence: bool,
    report: ShopReport,
}

const DESCRIPTION: &str = "model.json";
const LINEAR: &str = "linear.safetensors";
const SEQUENCE: &str = "sequence.safetensors";
const RANKER: &str = "ranker.safetensors";

fn wrong(reason: impl Into<String>) -> RecommendError {
    RecommendError::Model { reason: reason.into() }
}

fn features() -> Vec<(String, String)> {
    FEATURES.iter().map(|(name, group)| ((*name).to_owned(), RANK_GROUPS[*group].name.to_owned())).collect()
}

impl ShopModel {
    /// Joins trained parts. The ranking model must be a network.
    ///
    /// # Errors
    /// A model set by hand.
    pub fn new(
        items: Vec<String>,
        linear: LinearModel,
        sequence: Option<SequenceModel>,
        ranker: Ranker,
        report: ShopReport,
    ) -> Result<ShopModel, RecommendError> {
        let network = network(&ranker)?;
        let kind = if network.experts == 1 { "shared-bottom".to_owned() } else { format!("mmoe{}", network.experts) };
        let mut hash = Sha256::new();
        for (_, values, _) in tensors(network) {
            for value in values {
                hash.update(value.to_le_bytes());
            }
        }
        let hash: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(ShopModel { name: format!("{kind}-{hash}"), items, linear, sequence, ranker, report })
    }

    /// Writes the model into a folder, which is made anew: a reader sees the old one or this one whole.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), RecommendError> {
        let fresh = folder.with_extension("new");
        let old = folder.with_extension("old");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| RecommendError::File { path, source }
        };
        for path in [&fresh, &old] {
            if path.exists() {
                fs::remove_dir_all(path).map_err(at(path))?;
            }
        }
        fs::create_dir_all(&fresh).map_err(at(&fresh))?;
        self.linear.save(fresh.join(LINEAR))?;
        if let Some(sequence) = &self.sequence {
            sequence.save(fresh.join(SEQUENCE))?;
        }
        let network = network(&self.ranker)?;
        let mut weights = HashMap::new();
        for (name, values, dims) in tensors(network) {
            weights.insert(name, Tensor::from_slice(values, dims, &Device::Cpu)?);
        }
        for (name, values) in [("mean", &self.ranker.mean), ("scale", &self.ranker.scale)] {
            weights.insert(name.to_owned(), Tensor::from_slice(values, values.len(), &Device::Cpu)?);
        }
        candle_core::safetensors::save(&weights, fresh.join(RANKER))?;
        let described = Described {
            name: self.name.clone(),
            items: self.items.clone(),
            features: features(),
            experts: network.experts,
            hidden: network.hidden,
            tower: network.tower,
            sequence: self.sequence.is_some(),
            report: self.report.clone(),
        };
        let text = serde_json::to_vec(&described).map_err(|error| wrong(error.to_string()))?;
        let description = fresh.join(DESCRIPTION);
        fs::write(&description, text).map_err(at(&description))?;
        if folder.exists() {
            fs::rename(folder, &old).map_err(at(folder))?;
        }
        fs::rename(&fresh, folder).map_err(at(folder))?;
        if old.exists() {
            fs::remove_dir_all(&old).map_err(at(&old))?;
        }
        Ok(())
    }

    /// Reads what [`ShopModel::save`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read, parts that do not fit each other, or a model with other features than these.
    pub fn load(folder: &Path) -> Result<ShopModel, RecommendError> {
        let path = folder.join(DESCRIPTION);
        let text = fs::read(&path).map_err(|source| RecommendError::File { path, source })?;
        let described: Described = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if described.features != features() {
            return Err(wrong("it was trained with other features; train it again"));
        }
        let linear = LinearModel::load(folder.join(LINEAR))?;
        let sequence = described.sequence.then(|| SequenceModel::load(folder.join(SEQUENCE))).transpose()?;
        let items = described.items.len();
        let fits = linear.item_count() == items && sequence.as_ref().is_none_or(|model| model.item_count() == items);
        if !fits {
            return Err(wrong("its parts do not fit each other"));
        }
        let mut weights = candle_core::safetensors::load(folder.join(RANKER), &Device::Cpu)?;
        let (experts, hidden, tower) = (described.experts, described.hidden, described.tower);
        if experts == 0 || hidden == 0 || tower == 0 {
            return Err(wrong("a size of the network is 0"));
        }
        let mut take = |name: String, len: usize| -> Result<Vec<f32>, RecommendError> {
            let tensor = weights.remove(&name).ok_or_else(|| wrong(format!("no tensor {name}")))?;
            let values = tensor.flatten_all()?.to_vec1::<f32>()?;
            if values.len() == len { Ok(values) } else { Err(wrong(format!("{name} has another shape"))) }
        };
        let (mean, scale) = (take("mean".to_owned(), FEATURE_COUNT)?, take("scale".to_owned(), FEATURE_COUNT)?);
        let mut pair = |name: &str, inputs: usize, outputs: usize| {
            Ok((take(format!("{name}.weight"), inputs * outputs)?, take(format!("{name}.bias"), outputs)?))
        };
        let bottom = pair("bottom", FEATURE_COUNT, experts * hidden)?;
        let gates = pair("gates", FEATURE_COUNT, TASKS * experts)?;
        let towers = (0..TASKS)
            .map(|task| pair(&format!("{task}.tower"), hidden, tower))
            .collect::<Result<_, RecommendError>>()?;
        let heads = (0..TASKS)
            .map(|task| {
                let (weight, bias) = pair(&format!("{task}.head"), tower, 1)?;
                Ok((weight, bias[0]))
            })
            .collect::<Result<_, RecommendError>>()?;
        let network = Experts { experts, hidden, tower, tasks: TASKS, bottom, gates, towers, heads };
        let ranker = Ranker { mean, scale, body: Body::Experts(network) };
        Ok(ShopModel {
            name: described.name,
            items: described.items,
            linear,
            sequence,
            ranker,
            report: described.report,
        })
    }
}

fn network(ranker: &Ranker) -> Result<&Experts, RecommendError> {
    match &ranker.body {
        Body::Experts(network) if network.tasks == TASKS => Ok(network),
        _ => Err(wrong("the ranking model is no network of three tasks")),
    }
}

/// Name, values and dimensions of each weight.
fn tensors(network: &Experts) -> Vec<(String, &[f32], Vec<usize>)> {
    let mut all: Vec<(String, &[f32], Vec<usize>)> = Vec::new();
    let mut pairs: Vec<(String, &[f32], &[f32])> = vec![
        ("bottom".to_owned(), &network.bottom.0, &network.bottom.1),
        ("gates".to_owned(), &network.gates.0, &network.gates.1),
    ];
    for (task, (tower, head)) in network.towers.iter().zip(&network.heads).enumerate() {
        pairs.push((format!("{task}.tower"), &tower.0, &tower.1));
        pairs.push((format!("{task}.head"), &head.0, std::slice::from_ref(&head.1)));
    }
    for (name, weight, bias) in pairs {
        let outputs = bias.len().max(1);
        all.push((format!("{name}.weight"), weight, vec![weight.len() / outputs, outputs]));
        all.push((format!("{name}.bias"), bias, vec![bias.len()]));
    }
    all
}
