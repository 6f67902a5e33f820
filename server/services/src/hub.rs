//! Where the encoder's files come from: a folder, a model hub, or what `./run` installed.

use std::path::{Path, PathBuf};

use alluvium_domain::entry::{CardMetadata, Model};
use hf_hub::api::sync::ApiBuilder;

use crate::ServiceError;
use crate::registry::CARD;

/// The encoder that `./run` installs, below the data folder.
const DEFAULT: &str = "models/all-MiniLM-L6-v2";

/// Licence of the default encoder.
const DEFAULT_LICENSE: &str = "apache-2.0";

/// The licence of an encoder: what its card says, what is known of the default one, else `other`.
pub(crate) fn encoder_license(dir: &Path) -> String {
    let readme = std::fs::read_to_string(dir.join(CARD)).unwrap_or_default();
    let license = CardMetadata::parse(&Model::from_readme(&readme).0.card).map(|card| card.license);
    match license {
        Ok(license) if !license.is_empty() => license,
        _ if Path::new(DEFAULT).file_name() == dir.file_name() => DEFAULT_LICENSE.to_owned(),
        _ => "other".to_owned(),
    }
}

/// Files that an encoder has, and whether it must.
const FILES: [(&str, bool); 6] = [
    ("config.json", true),
    ("tokenizer.json", true),
    ("model.safetensors", true),
    ("modules.json", false),
    ("1_Pooling/config.json", false),
    ("sentence_bert_config.json", false),
];

/// The folder of the encoder that `spec` names: a folder, a hub id (`owner/name`, fetched from `HF_ENDPOINT` once and kept), or `none`.
/// Without a spec, the default encoder where it is installed.
pub async fn resolve_encoder(spec: Option<&str>, data_dir: &Path) -> Result<Option<PathBuf>, ServiceError> {
    match spec {
        Some("none") => Ok(None),
        None => Ok(Some(data_dir.join(DEFAULT)).filter(|dir| dir.join("config.json").exists())),
        Some(spec) if Path::new(spec).is_dir() => Ok(Some(PathBuf::from(spec))),
        Some(spec) if is_hub_id(spec) => {
            let (id, cache) = (spec.to_owned(), data_dir.join("models/hub"));
            let fetched = tokio::task::spawn_blocking(move || fetch(&id, cache)).await;
            let fetched = fetched.unwrap_or_else(|error| Err(error.to_string()));
            fetched.map(Some).map_err(|reason| ServiceError::Encoder { spec: spec.to_owned(), reason })
        }
        Some(spec) => Err(ServiceError::Encoder {
            spec: spec.to_owned(),
            reason: "it is neither a folder nor a hub id such as BAAI/bge-small-zh-v1.5".to_owned(),
        }),
    }
}

fn is_hub_id(spec: &str) -> bool {
    let parts: Vec<&str> = spec.split('/').collect();
    parts.len() == 2
        && parts.iter().all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        })
}

fn fetch(id: &str, cache: PathBuf) -> Result<PathBuf, String> {
    let api =
        ApiBuilder::from_env().with_cache_dir(cache).with_progress(false).build().map_err(|error| error.to_string())?;
    let repo = api.model(id.to_owned());
    let mut folder = None;
    for (file, required) in FILES {
        tracing::info!("fetching {id}/{file}");
        match repo.get(file) {
            Ok(path) if file == "config.json" => folder = path.parent().map(Path::to_path_buf),
            Ok(_) => {}
            Err(error) if required => return Err(format!("{file}: {error}")),
            Err(_) => {}
        }
    }
    folder.ok_or_else(|| "the hub gave no folder".to_owned())
}
