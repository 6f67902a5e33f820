//! A trained model of one catalogue, and its files.

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::features::{FEATURE_COUNT, FEATURES};
use super::ranker::{Body, Experts, Ranker, TASKS};
use super::training::ShopReport;
use crate::recommend::{LinearModel, RecommendError, Recommender, SequenceModel};
use crate::weights::{packed, unpacked};
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
/// Largest number of experts, and largest width of a layer.
const LARGEST: usize = 8_192;

/// Files of a model by name.
pub type Files = BTreeMap<String, Vec<u8>>;

fn wrong(reason: impl Into<String>) -> RecommendError {
    RecommendError::Model { reason: reason.into() }
}

fn features() -> Vec<(String, String)> {
    FEATURES.iter().map(|(name, group)| ((*name).to_owned(), RANK_GROUPS[*group].name.to_owned())).collect()
}

impl ShopModel {
    /// Joins trained parts. The ranking model must be a network. The name tells models with other weights apart.
    ///
    /// # Errors
    /// A model set by hand, and those of tensors.
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
        hash.update(linear.to_bytes()?);
        if let Some(sequence) = &sequence {
            hash.update(sequence.to_bytes()?);
        }
        let hash: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(ShopModel { name: format!("{kind}-{hash}"), items, linear, sequence, ranker, report })
    }

    /// The files of the model by name.
    ///
    /// # Errors
    /// Those of tensors.
    pub fn to_files(&self) -> Result<Files, RecommendError> {
        let mut files = Files::new();
        files.insert(LINEAR.to_owned(), self.linear.to_bytes()?);
        if let Some(sequence) = &self.sequence {
            files.insert(SEQUENCE.to_owned(), sequence.to_bytes()?);
        }
        let network = network(&self.ranker)?;
        let mut weights = HashMap::new();
        for (name, values, dims) in tensors(network) {
            weights.insert(name, Tensor::from_slice(values, dims, &Device::Cpu)?);
        }
        for (name, values) in [("mean", &self.ranker.mean), ("scale", &self.ranker.scale)] {
            weights.insert(name.to_owned(), Tensor::from_slice(values, values.len(), &Device::Cpu)?);
        }
        files.insert(RANKER.to_owned(), packed(&weights)?);
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
        files.insert(DESCRIPTION.to_owned(), text);
        Ok(files)
    }

    /// The files that [`ShopModel::to_files`] gives.
    pub const FILES: [&str; 4] = [DESCRIPTION, LINEAR, SEQUENCE, RANKER];

    /// Reads what [`ShopModel::to_files`] gave; other files are left alone.
    ///
    /// # Errors
    /// A file that is missing or malformed, parts that do not fit each other, or a model with other features than these.
    pub fn from_files(files: &Files) -> Result<ShopModel, RecommendError> {
        let file = |name: &str| files.get(name).ok_or_else(|| wrong(format!("no file {name}")));
        let described: Described =
            serde_json::from_slice(file(DESCRIPTION)?).map_err(|error| wrong(error.to_string()))?;
        if described.features != features() {
            return Err(wrong("it was trained with other features; train it again"));
        }
        let linear = LinearModel::from_bytes(file(LINEAR)?)?;
        let sequence = match described.sequence {
            true => Some(SequenceModel::from_bytes(file(SEQUENCE)?)?),
            false => None,
        };
        let items = described.items.len();
        let fits = linear.item_count() == items && sequence.as_ref().is_none_or(|model| model.item_count() == items);
        if !fits {
            return Err(wrong("its parts do not fit each other"));
        }
        let mut weights = unpacked(file(RANKER)?)?;
        let (experts, hidden, tower) = (described.experts, described.hidden, described.tower);
        if [experts, hidden, tower].iter().any(|size| !(1..=LARGEST).contains(size)) {
            return Err(wrong(format!("a size of the network is not between 1 and {LARGEST}")));
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
