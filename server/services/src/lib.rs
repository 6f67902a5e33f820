#![doc = include_str!("../README.md")]

mod background;
pub mod blobs;
mod content;
mod diff;
mod digest;
mod encoders;
mod entries;
mod erasure;
mod error;
mod evaluate;
mod evaluate_behaviours;
mod evaluate_encoder;
mod evaluate_products;
mod evaluate_recommend;
mod evaluate_tasks;
mod glossary;
mod hub;
mod jobs;
mod listen;
mod people;
mod processor;
pub mod recommend;
pub mod registry;
pub mod render;
mod search;
pub mod shop;
pub mod statistics;
pub mod tracking;
mod train_encoder;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use alluvium_domain::Problem;
use alluvium_domain::shop::TaskValues;
use alluvium_store::Store;

pub use alluvium_store::CLEAR as CLEAR_DATABASE;

pub use alluvium_engine::encoder::training::EncoderStep;
pub use content::{ContentReport, EntryFile};
pub use encoders::ENCODER;
pub use entries::{
    EntryFilter, EntryList, FilledEntry, ProposalFilter, ProposalReview, RevisionDiff, SaveEntry, SaveOutcome,
};
pub use erasure::Erasure;
pub use error::ServiceError;
pub use evaluate::{JudgedQuery, Quality, SearchReport};
pub use evaluate_behaviours::{BehavioursReport, evaluate_behaviours};
pub use evaluate_encoder::{EncoderEvaluation, EncoderReport, evaluate_encoder};
pub use evaluate_products::{ProductEvaluation, ProductQuality, ProductReport, evaluate_products};
pub use evaluate_recommend::{RecommendModel, RecommendReport, evaluate_recommend};
pub use evaluate_tasks::{TasksReport, evaluate_tasks, training_words};
pub use glossary::{Glossary, TermHint};
pub use hub::resolve_encoder;
pub use jobs::{JobFilter, JobNewsFeed, WorkerSettings};
pub use people::{
    Caller, ClientAddress, Enrolment, NewUser, OidcAnswer, OidcEnd, OidcIdentity, OidcRefusal, OidcSecret,
    OidcSettings, OidcStart, PasswordRequest, SecondFactor, SessionSecret, SignIn, SignInStep, TOKEN_PREFIX,
    TokenCreated, oidc_issuer,
};
pub use search::{Embeddings, MOST_READ, SearchStatus};
pub use train_encoder::{EncoderPlan, TrainedEncoder, pretrain_encoder_on_folder, train_encoder_on_folder};

/// What the services need to open.
#[derive(Debug, Clone)]
pub struct ServicesConfig {
    /// Connection string of the database.
    pub database_url: String,
    /// Connection string of the role that owns the tables, where that is another: it migrates, and lets the first one serve.
    pub database_owner_url: Option<String>,
    /// Most connections.
    pub database_connections: u32,
    /// Where indexes live.
    pub data_dir: PathBuf,
    /// Folder of the sentence encoder; none means lexical search only.
    pub encoder_dir: Option<PathBuf>,
    /// CC-CEDICT file, through which an encoder that reads English only reads Chinese; none leaves Chinese to the glossary.
    pub dictionary: Option<PathBuf>,
    /// Whether people who are not signed in may read.
    pub anonymous_reading: bool,
    /// Whether they may have texts of their own encoded (`/v1/embeddings`), which is dear.
    pub anonymous_embeddings: bool,
    /// The weight of each task in the score of a recommendation, where a question does not say.
    pub task_weights: TaskValues,
    /// Most events that one API token may send within a day.
    pub event_quota: u32,
    /// Largest file that may be uploaded, in bytes.
    pub upload_limit: u64,
    /// The provider of OpenID Connect by which people may sign in, if there is one.
    pub oidc: Option<OidcSettings>,
}

/// Room that a disk has before it counts as full, in bytes: Postgres alone writes its log ahead in segments of 16 MiB.
const MIN_ROOM: u64 = 32 * 1024 * 1024;

/// All use cases. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    data_dir: PathBuf,
    blobs: blobs::Blobs,
    glossary: glossary::GlossaryCache,
    /// Replaced as a whole where another encoder begins to serve.
    search: RwLock<Arc<search::Search>>,
    encoders: encoders::Encoders,
    shelves: shop::search::Shelves,
    recommenders: recommend::Recommenders,
    jobs: jobs::Jobs,
    rendered: render::Cache,
    anonymous_reading: bool,
    anonymous_embeddings: bool,
    task_weights: TaskValues,
    event_quota: u32,
    pseudonyms: shop::Pseudonyms,
    attempts: people::Attempts,
    browsers: people::Browsers,
    oidc: Option<people::Oidc>,
    verified: people::Verified,
}

impl Inner {
    /// Search with the encoder that serves now.
    fn search(&self) -> Arc<search::Search> {
        // A poisoned lock holds a search that is whole: it is put in as one.
        self.search.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Services {
    /// Connects, migrates, loads the encoder and opens the indexes, bringing them up to date with the database.
    pub async fn open(config: ServicesConfig) -> Result<Services, ServiceError> {
        let store = Store::connect(&config.database_url, config.database_connections).await?;
        match &config.database_owner_url {
            Some(owner) => {
                let owner = Store::connect(owner, 1).await?;
                owner.migrate().await?;
                owner.grant_serving(&store.role().await?).await?;
            }
            None => store.migrate().await?,
        }
        let browser_key = store.secret_key("browser-key", rand::random()).await?;
        let blobs = blobs::Blobs::new(store.clone(), &config.data_dir, config.upload_limit);
        let (encoders, encoder) = encoders::Encoders::open(&config, &store, &blobs).await?;
        let search = search::Search::open(&config, encoder).await?;
        blobs::clear_incoming(&config.data_dir).await.map_err(|source| ServiceError::File {
            path: config.data_dir.join("blobs/incoming").display().to_string(),
            source,
        })?;
        let pseudonyms = shop::Pseudonyms::open(&store).await?;
        let services = Services {
            inner: Arc::new(Inner {
                blobs,
                data_dir: config.data_dir.clone(),
                encoders,
                store,
                glossary: glossary::GlossaryCache::default(),
                search: RwLock::new(Arc::new(search)),
                shelves: shop::search::Shelves::new(config.data_dir.join("product-vectors")),
                recommenders: recommend::Recommenders::default(),
                jobs: jobs::Jobs::new(&config),
                rendered: render::Cache::default(),
                anonymous_reading: config.anonymous_reading,
                anonymous_embeddings: config.anonymous_embeddings,
                task_weights: config.task_weights,
                event_quota: config.event_quota,
                pseudonyms,
                attempts: people::Attempts::default(),
                browsers: people::Browsers::new(browser_key),
                oidc: config.oidc.map(people::Oidc::new),
                verified: people::Verified::default(),
            }),
        };
        services.glossary_refresh().await?;
        services.search_start().await?;
        Ok(services)
    }

    /// Whether requests can be answered: the database answers, the disk of the data folder has room, and no request met an outage a moment ago.
    pub async fn ready(&self) -> bool {
        let room =
            rustix::fs::statvfs(&self.inner.data_dir).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        room >= MIN_ROOM && !error::outage::is_recent() && self.inner.store.ping().await.is_ok()
    }

    /// Whether the role that serves could change the audit log: where it owns the tables.
    pub async fn may_change_audit(&self) -> Result<bool, Problem> {
        self.inner.store.may_change_audit().await.map_err(error::internal)
    }

    /// Whether there is no entry at all: a new installation.
    pub async fn is_empty(&self) -> Result<bool, ServiceError> {
        Ok(self.inner.store.entry_changes().await?.is_empty())
    }
}

/// Applies the migrations that are missing.
pub async fn migrate(database_url: &str) -> Result<(), ServiceError> {
    Ok(Store::connect(database_url, 1).await?.migrate().await?)
}

/// The newest migration of a database; 0 for one without any.
pub async fn migration_of(database_url: &str) -> Result<i64, ServiceError> {
    Ok(Store::connect(database_url, 1).await?.migration().await?)
}

/// The newest migration that this program knows.
pub fn newest_migration() -> i64 {
    alluvium_store::newest_migration()
}

/// Whether another process of ours has a database open.
pub async fn is_open_elsewhere(database_url: &str) -> Result<bool, ServiceError> {
    Ok(Store::connect(database_url, 1).await?.is_open_elsewhere().await?)
}

/// Whether a database, which may be empty or from another version, holds entries.
pub async fn holds_entries(database_url: &str) -> Result<bool, ServiceError> {
    let store = Store::connect(database_url, 1).await?;
    Ok(store.entry_table_exists().await? && !store.entry_changes().await?.is_empty())
}
