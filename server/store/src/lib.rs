#![doc = include_str!("../README.md")]

mod artifact;
mod audit;
mod buyers;
mod catalogue;
mod condition;
mod entry;
mod erasure;
mod error;
mod event;
mod event_sender;
mod experiment;
mod explained;
mod identity;
mod import;
mod job;
mod judgement;
mod link;
mod logged_model;
mod metric;
mod model;
mod model_alias;
mod model_decision;
mod model_search;
mod model_version;
mod passage;
mod person;
mod product;
mod proposal;
mod revision;
mod run;
mod second_factor;
mod session;
mod setting;
mod shopper;
mod term;

use std::time::Duration;

use alluvium_domain::JobId;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions};

pub use artifact::{ArtifactFile, BlobHash, Snapshot, blob_add_in_txn, blob_unused_delete_in_txn};
pub use audit::{AuditLine, audit_add_in_txn};
pub use buyers::Neighbour;
pub use catalogue::{CatalogueGrowth, catalogue_grow_in_txn, catalogue_insert_in_txn, catalogue_lock_in_txn};
pub use entry::{EntryColumns, EntryQuery, EntryRow, entry_insert_in_txn, entry_lock_in_txn, entry_touch_in_txn};
pub use erasure::{ShopperErased, person_erase_in_txn, shopper_erase_in_txn};
pub use error::StoreError;
pub use event::{
    EventCounts, EventOrigin, EventRow, EventSource, Interaction, event_insert_in_txn, event_known_on_conn,
};
pub use event_sender::{
    EventState, SenderPortion, SenderSubject, sender_ensure_in_txn, sender_state_set_in_txn, sender_trust_set_in_txn,
    sender_used_in_txn,
};
pub use experiment::{
    ExperimentQuery, experiment_deleted_set_in_txn, experiment_ensure_in_txn, experiment_insert_in_txn,
    experiment_lock_in_txn, experiment_name_set_in_txn, experiment_tag_remove_in_txn, experiment_tag_set_in_txn,
};
pub use explained::VoteBy;
pub use identity::{
    Identity, identity_end_in_txn, identity_insert_in_txn, identity_person_in_txn, identity_used_in_txn,
    person_lock_in_txn, person_name_taken_in_txn,
};
pub use import::{ImportRow, ImportStep, import_step_in_txn};
pub use job::{
    JobClaim, JobEnd, JobQuery, JobSaid, job_again_in_txn, job_cancel_in_txn, job_claim_in_txn, job_insert_in_txn,
    job_open_count_in_txn, job_run_set_in_txn, job_say_in_txn,
};
pub use judgement::judgement_add_in_txn;
pub use link::link_replace_in_txn;
pub use logged_model::{
    LoggedModelQuery, logged_model_insert_in_txn, logged_model_metric_record_in_txn, run_model_upsert_in_txn,
};
pub use metric::{MetricSeries, metric_record_in_txn, metric_rewind_in_txn};
pub use model::{
    ModelQuery, model_by_id_on_conn, model_card_set_in_txn, model_delete_in_txn, model_insert_in_txn,
    model_lock_in_txn, model_update_in_txn,
};
pub use model_alias::{ServingRow, alias_delete_all_in_txn, alias_delete_in_txn, alias_set_in_txn};
pub use model_decision::{decision_add_in_txn, decision_list_on_conn};
pub use model_search::{ModelSearchQuery, VersionSearchQuery};
pub use model_version::{
    VersionDraft, VersionQuery, version_approval_set_in_txn, version_delete_in_txn, version_insert_in_txn,
    version_list_on_conn, version_lock_in_txn, version_stage_archive_in_txn, version_update_in_txn,
};
pub use passage::{Passage, passage_replace_in_txn};
pub use person::{PersonSecret, person_administrators_in_txn, person_insert_in_txn, person_update_in_txn};
pub use product::{ProductWritten, product_ids_on_conn, product_upsert_in_txn};
pub use proposal::{
    ProposalDecision, ProposalDraft, ProposalQuery, proposal_decide_in_txn, proposal_insert_in_txn,
    proposal_lock_in_txn, proposal_waiting_on_conn,
};
pub use revision::{RevisionDraft, revision_get_on_conn, revision_insert_in_txn};
pub use run::{
    RunKeys, RunMaker, RunQuery, RunRow, run_change_in_txn, run_dataset_upsert_in_txn, run_deleted_set_in_txn,
    run_insert_in_txn, run_lock_in_txn, run_param_record_in_txn, run_tag_remove_in_txn, run_tag_upsert_in_txn,
};
pub use second_factor::{
    SecondFactorRow, recovery_code_use_in_txn, second_factor_role_set_in_txn, totp_begin_in_txn, totp_confirm_in_txn,
    totp_end_in_txn, totp_step_use_in_txn,
};
pub use session::{
    SecretHash, SessionRow, secrets_end_all_in_txn, session_end_all_in_txn, session_end_in_txn, session_insert_in_txn,
    sign_in_link_end_all_in_txn, sign_in_link_insert_in_txn, sign_in_link_use_in_txn, token_insert_in_txn,
    token_revoke_all_in_txn, token_revoke_in_txn,
};
pub use shopper::{
    shopper_count_in_txn, shopper_ids_on_conn, shopper_insert_in_txn, shopper_insert_uncounted_in_txn,
    shopper_own_on_conn, shopper_update_in_txn,
};
pub use term::term_names_replace_in_txn;

/// A script that drops everything of the product, to run in the transaction of a restore.
pub const CLEAR: &str = include_str!("clear.sql");

/// A connection inside a transaction.
pub type Connection = PgConnection;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

/// No statement takes longer (milliseconds), and no transaction waits longer for its program: a defect, or a question that is dearer than it looks, must
/// not hold a connection or a lock for good.
const TIMEOUTS: [(&str, &str); 2] = [("statement_timeout", "60000"), ("idle_in_transaction_session_timeout", "600000")];

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// The newest migration that this program knows.
pub fn newest_migration() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// How connections are opened.
fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    Ok(url.parse::<PgConnectOptions>()?.application_name("alluvium").options(TIMEOUTS))
}

impl Store {
    /// Opens a pool of at most `connections`.
    pub async fn connect(url: &str, connections: u32) -> Result<Store, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options(url)?)
            .await?;
        Ok(Store { pool })
    }

    /// Applies the migrations that are missing.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut conn = self.pool.acquire().await?;
        // Filling a new index of a large table takes its time.
        sqlx::query("set statement_timeout = 0").execute(&mut *conn).await?;
        MIGRATOR.run(&mut *conn).await?;
        sqlx::query("reset statement_timeout").execute(&mut *conn).await?;
        Ok(())
    }

    /// The newest migration that was applied; 0 without any.
    pub async fn migration(&self) -> Result<i64, StoreError> {
        let version = sqlx::query_scalar::<_, i64>("select coalesce(max(version), 0) from _sqlx_migrations");
        Ok(version.fetch_one(&self.pool).await?)
    }

    /// Whether another process of ours has the database open.
    pub async fn is_open_elsewhere(&self) -> Result<bool, StoreError> {
        let open = sqlx::query_scalar!(
            r#"select exists (select from pg_stat_activity
                 where datname = current_database() and application_name = 'alluvium' and pid <> pg_backend_pid()) as "open!""#
        );
        Ok(open.fetch_one(&self.pool).await?)
    }

    /// The role that the connections have.
    pub async fn role(&self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar!(r#"select current_user::text as "role!""#).fetch_one(&self.pool).await?)
    }

    /// Lets another role serve: it may read and write rows, and neither owns a table nor changes the audit log. To be done after each migration.
    pub async fn grant_serving(&self, role: &str) -> Result<(), StoreError> {
        let mut txn = self.begin().await?;
        sqlx::query!("select set_config('alluvium.role', $1, true)", role).fetch_one(&mut *txn).await?;
        sqlx::raw_sql(include_str!("role.sql")).execute(&mut *txn).await?;
        Ok(txn.commit().await?)
    }

    /// Whether the role of the connections could change the audit log: it owns it, is a superuser, or was given the right.
    pub async fn may_change_audit(&self) -> Result<bool, StoreError> {
        let may = sqlx::query_scalar!(
            r#"select (has_table_privilege('audit', 'update') or has_table_privilege('audit', 'delete')
                 or pg_has_role((select relowner from pg_class where oid = 'audit'::regclass), 'member')) as "may!""#
        );
        Ok(may.fetch_one(&self.pool).await?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Begins a transaction; dropped without a commit it rolls back.
    pub async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, StoreError> {
        Ok(self.pool.begin().await?)
    }

    /// Hears of a topic, whoever causes the news.
    pub async fn listener(&self, topic: Topic) -> Result<Listener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        let channels = match topic {
            Topic::Changes => [ENTRY_CHANGED, CHAMPION_MOVED],
            Topic::Jobs => [JOB_EVENT, JOB_QUEUED],
        };
        listener.listen_all(channels).await?;
        Ok(Listener(listener))
    }
}

const ENTRY_CHANGED: &str = "entry_changed";
const CHAMPION_MOVED: &str = "champion_moved";
const JOB_EVENT: &str = "job_event";
const JOB_QUEUED: &str = "job_queued";

/// What one can listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Entries that change and champions that move.
    Changes,
    /// Jobs that are put into the queue, and what jobs say.
    Jobs,
}

/// What other servers, or this one, did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An entry changed.
    Entry(uuid::Uuid),
    /// The champion of a place moved.
    Champion(String),
    /// A job said something.
    Job(JobId),
    /// A job was put into the queue.
    Queued,
}

/// News as they come.
pub struct Listener(PgListener);

impl Listener {
    /// The next one; reconnects by itself, in which case news meanwhile are lost.
    pub async fn recv(&mut self) -> Result<Heard, StoreError> {
        loop {
            let heard = self.0.recv().await?;
            match (heard.channel(), heard.payload().parse()) {
                (ENTRY_CHANGED, Ok(id)) => return Ok(Heard::Entry(id)),
                (CHAMPION_MOVED, _) => return Ok(Heard::Champion(heard.payload().to_owned())),
                (JOB_EVENT, Ok(id)) => return Ok(Heard::Job(JobId(id))),
                (JOB_QUEUED, _) => return Ok(Heard::Queued),
                _ => {}
            }
        }
    }
}
