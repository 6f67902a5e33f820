//! What each command does.

mod encoder;

use std::io::{BufRead, Write};

use alluvium_domain::shop::EventKind;
use alluvium_domain::shop::{Bilingual, CheckKind, ExplanationMethod};
use alluvium_services::recommend::{Stop, Training};
use alluvium_services::shop::{CheckPlan, DemoPlan, ImportPlan};
use alluvium_services::{
    ContentReport, Erasure, NewUser, ProductEvaluation, RecommendModel, Services, ServicesConfig, resolve_encoder,
};
use anyhow::{Context, bail};

use crate::backup::{Key, Reading};
use crate::cli::{
    Audit, Check, Cli, Command, Content, Direction, Evaluate, Person, Recommender, Restore, Shop, ShopImport, Shopper,
    Train, User,
};
use crate::config::Config;
use crate::postgres::{self, Postgres};
use crate::{api, backup, telemetry, web};

/// Runs a command to its end.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let Cli { config, command } = cli;
    telemetry::init(config.log_json);
    if matches!(command, Command::Openapi) {
        return print(&api::openapi_json()?);
    }
    let say = &mut |words: &str| tracing::info!("{words}");
    match &command {
        Command::Evaluate(Evaluate::Recommend { file, model, epochs }) => {
            return evaluate_recommend(file, *model, *epochs);
        }
        Command::Evaluate(Evaluate::Tasks { seed, sequence_epochs }) => {
            let plan = DemoPlan { seed: *seed, ..DemoPlan::default() };
            return print(&alluvium_services::evaluate_tasks(&plan, *sequence_epochs, say)?.to_string());
        }
        Command::Evaluate(Evaluate::Behaviours { folder }) => {
            return print(&alluvium_services::evaluate_behaviours(folder, say)?.to_string());
        }
        _ => {}
    }
    if let Command::Train(Train::Encoder(train)) = command {
        return encoder::train(&config, train).await;
    }
    if let Command::Evaluate(Evaluate::Encoder { folder, lora, epochs, folds }) = command {
        return encoder::evaluate(&config, folder, lora, epochs, folds).await;
    }
    if let Command::Evaluate(Evaluate::Products { folder, folds, repeats, fit }) = command {
        return evaluate_products(&config, folder, folds, repeats, fit).await;
    }
    let database = Database::open(&config).await?;
    let done = with_database(&config, command, &database).await;
    // The cluster stops in order whatever the command did.
    let stopped = database.close().await;
    done.and(stopped)
}

/// Measures a recommender. The process has nothing else to do, so that blocking its thread is fine.
fn evaluate_recommend(file: &std::path::Path, model: Recommender, epochs: Option<usize>) -> anyhow::Result<()> {
    let model = match model {
        Recommender::Linear => RecommendModel::Linear,
        Recommender::Sequence => RecommendModel::Sequence,
        Recommender::Blend => RecommendModel::Blend,
    };
    let say = &mut |words: &str| tracing::info!("{words}");
    print(&alluvium_services::evaluate_recommend(file, model, epochs, say)?.to_string())
}

/// Measures product search. The process has nothing else to do, so that blocking its thread is fine.
async fn evaluate_products(
    config: &Config,
    folder: std::path::PathBuf,
    folds: u16,
    repeats: u16,
    fit: bool,
) -> anyhow::Result<()> {
    let plan = ProductEvaluation {
        folder,
        folds: usize::from(folds),
        repeats: usize::from(repeats),
        encoder_dir: resolve_encoder(config.encoder.as_deref(), &config.data_dir).await?,
        cache_dir: config.data_dir.join("product-vectors"),
        fit,
        stop: Stop::default(),
    };
    let say = &mut |words: &str| tracing::info!("{words}");
    print(&alluvium_services::evaluate_products(&plan, say)?.to_string())
}

/// The database of one command: a server that is there, or the embedded one.
struct Database {
    /// Of the role that serves.
    url: String,
    /// Of the role that owns the tables; may be the same.
    owner_url: Option<String>,
    embedded: Option<Postgres>,
}

impl Database {
    async fn open(config: &Config) -> anyhow::Result<Database> {
        postgres::private_folder(&config.data_dir)?;
        if let Some(url) = &config.database_url {
            return Ok(Database { url: url.clone(), owner_url: config.database_owner_url.clone(), embedded: None });
        }
        let postgres = Postgres::start(&config.data_dir, config.pg_bin.as_deref()).await?;
        Ok(Database { url: postgres.url(), owner_url: Some(postgres.owner_url()), embedded: Some(postgres) })
    }

    fn owner_url(&self) -> &str {
        self.owner_url.as_ref().unwrap_or(&self.url)
    }

    async fn close(self) -> anyhow::Result<()> {
        match self.embedded {
            Some(postgres) => postgres.stop().await,
            None => Ok(()),
        }
    }
}

async fn with_database(config: &Config, command: Command, database: &Database) -> anyhow::Result<()> {
    let url = database.owner_url();
    match command {
        Command::Backup { file, key } => {
            let bin = postgres::find_programs(config.pg_bin.as_deref())?;
            let (key, made) = Key::read_or_make(key.as_deref(), &config.data_dir)?;
            if let Some(made) = made {
                print(&format!("made the key {}: keep a copy elsewhere, a restore asks for it", made.display()))?;
            }
            let written = backup::write(bin, url.to_owned(), &config.data_dir, file.clone(), key).await?;
            print(&format!("wrote {}: the database and {} files", file.display(), written.files))?;
            for lost in &written.lost {
                print(&format!("not in it: {lost}"))?;
            }
            if !written.lost.is_empty() {
                bail!("{} files that the database refers to are lost or damaged", written.lost.len());
            }
            return Ok(());
        }
        Command::Restore(asked) => return restore(config, database, asked).await,
        Command::Migrate => {
            alluvium_services::migrate(url).await?;
            return print("the database is up to date");
        }
        _ => {}
    }
    let services = open_services(config, database).await?;
    if !matches!(command, Command::Serve) {
        // `serve` answers meanwhile.
        services.encode_missing().await?;
    }
    match command {
        Command::Serve => web::serve(config, services).await,
        Command::Worker { quiet } => worker(config, &services, quiet).await,
        Command::Content(Content::Sync { folder, direction }) => {
            let folder = folder.unwrap_or_else(|| config.content_dir.clone());
            let report = match direction {
                Direction::In => services.content_import(&folder).await?,
                Direction::Out => services.content_export(&folder).await?,
            };
            print_report(&report)
        }
        Command::Reindex => print(&format!("indexed {} entries", services.reindex().await?)),
        Command::User(User::Add(add)) => {
            let password = if add.password_stdin {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line)?;
                Some(line.trim_end_matches(['\r', '\n']).to_owned())
            } else {
                None
            };
            let linked = password.is_none();
            let new = NewUser { name: add.name, display_name: add.display_name, role: add.role, password };
            let (user, link) = services.user_add_by_command(new, linked).await?;
            print(&format!("added {} ({})", user.name, user.role))?;
            match link {
                Some(secret) => {
                    print(&format!("sign in once within 24 hours: {}/sign-in/link?token={secret}", config.origin()))
                }
                None => Ok(()),
            }
        }
        Command::Shop(Shop::Demo { catalogue, seed }) => {
            let started = std::time::Instant::now();
            let plan = DemoPlan { slug: catalogue, seed, ..DemoPlan::default() };
            let (catalogue, added) = services.shop_demo(plan).await?;
            let what =
                if added { format!("added in {:.1?}", started.elapsed()) } else { "is there already".to_owned() };
            print(&format!(
                "{} {what}: {} products, {} shoppers, {} events, all simulated",
                catalogue.input.slug, catalogue.products, catalogue.shoppers, catalogue.events
            ))
        }
        Command::Audit(Audit::Verify { holds }) => audit_verify(&services, holds.as_deref()).await,
        Command::Person(Person::Export { name }) => {
            print(&serde_json::to_string_pretty(&services.person_export_by_command(&name).await?)?)
        }
        Command::Person(Person::Erase { name, .. }) => print_erasure(&services.person_erase_by_command(&name).await?),
        Command::Shopper(Shopper::Export { catalogue, id }) => {
            print(&serde_json::to_string_pretty(&services.shopper_export_by_command(&catalogue, &id).await?)?)
        }
        Command::Shopper(Shopper::Erase { catalogue, id, .. }) => {
            print_erasure(&services.shopper_erase_by_command(&catalogue, &id).await?)
        }
        Command::Shop(Shop::Import(import)) => shop_import(&services, import).await,
        Command::Train(Train::Recommend { catalogue }) => train_recommend(&services, &catalogue).await,
        Command::Evaluate(Evaluate::Search { judgements }) => {
            print(&services.evaluate_search(&judgements).await?.to_string())
        }
        Command::Check(Check::Explanations { catalogue, recommendations }) => {
            check_explanations(&services, CheckPlan { catalogue, recommendations }).await
        }
        Command::Backup { .. }
        | Command::Restore(_)
        | Command::Migrate
        | Command::Openapi
        | Command::Train(Train::Encoder(_))
        | Command::Evaluate(
            Evaluate::Recommend { .. }
            | Evaluate::Tasks { .. }
            | Evaluate::Behaviours { .. }
            | Evaluate::Encoder { .. }
            | Evaluate::Products { .. },
        ) => Ok(()),
    }
}

/// Says what an erasure came to.
fn print_erasure(erasure: &Erasure) -> anyhow::Result<()> {
    print(&format!("erased, with {} events", erasure.events))?;
    for one in &erasure.learned {
        print(&format!("{} {} learned from events of the same senders and days", one.model, one.version))?;
    }
    Ok(())
}

/// Does jobs until interrupted.
async fn worker(config: &Config, services: &Services, quiet: bool) -> anyhow::Result<()> {
    let settings = config.worker_settings(false, quiet);
    print(&format!("worker {} takes jobs", settings.name))?;
    let closing = services.clone();
    let interrupted = tokio::spawn(async move {
        web::interrupted().await;
        closing.jobs_close();
    });
    services.jobs_work(settings).await;
    interrupted.abort();
    Ok(())
}

/// Opens the services: encoder, database, indexes.
async fn open_services(config: &Config, database: &Database) -> anyhow::Result<Services> {
    let encoder_dir = resolve_encoder(config.encoder.as_deref(), &config.data_dir).await?;
    match &encoder_dir {
        Some(dir) => tracing::info!("sentence encoder: {}", dir.display()),
        None => tracing::warn!("no sentence encoder: search is lexical only (see ALLUVIUM_ENCODER)"),
    }
    Ok(Services::open(ServicesConfig {
        database_url: database.url.clone(),
        database_owner_url: database.owner_url.clone(),
        database_connections: config.database_connections,
        data_dir: config.data_dir.clone(),
        encoder_dir,
        dictionary: config.dictionary(),
        anonymous_reading: config.anonymous_reading,
        anonymous_embeddings: config.anonymous_embeddings,
        task_weights: config.task_weights,
        event_quota: config.event_quota,
        upload_limit: config.upload_limit_mb.saturating_mul(1024 * 1024),
        oidc: config.oidc()?,
    })
    .await?)
}

async fn restore(config: &Config, database: &Database, asked: Restore) -> anyhow::Result<()> {
    let file = &asked.file;
    if !file.exists() {
        bail!("{} is not there", file.display());
    }
    let url = database.owner_url();
    if !asked.while_serving && alluvium_services::is_open_elsewhere(url).await? {
        bail!("a server or worker has the database open: stop it, or say --while-serving");
    }
    if !asked.replace && alluvium_services::holds_entries(url).await? {
        bail!("the database holds entries, which a restore replaces: say --replace to lose them");
    }
    let bin = postgres::find_programs(config.pg_bin.as_deref())?;
    let key = if asked.unsigned { None } else { Some(Key::read(asked.key.as_deref(), &config.data_dir)?) };
    let reading = Reading { key, migration: alluvium_services::newest_migration() };
    let files = backup::restore(&bin, url, &config.data_dir, file, reading).await?;
    // The backup may be from an older version.
    alluvium_services::migrate(url).await.context("the backup is in place, but a migration failed")?;
    let services = open_services(config, database).await?;
    services.restored(asked.revoke_tokens).await?;
    match files {
        Some(files) => print(&format!("restored the database and {files} files"))?,
        None => print(
            "restored the database; this backup is of an earlier version and holds no files of runs and model versions",
        )?,
    }
    print(&format!("indexed {} entries", services.reindex().await?))
}

/// Trains and says what was measured.
async fn train_recommend(services: &Services, catalogue: &str) -> anyhow::Result<()> {
    let say = |step: &_| tracing::info!("{}", alluvium_services::training_words(step));
    let trained = services.recommend_train(catalogue, Training::default(), say).await?;
    print(&format!(
        "{} {} ({}): {}, trained on {} events, {} examples; on what came later:",
        trained.version.name,
        trained.version.number,
        trained.version.approval.code(),
        trained.model,
        trained.report.events,
        trained.report.trained
    ))?;
    for (kind, head) in EventKind::ALL.iter().zip(&trained.report.heads) {
        print(&format!(
            "  {:<9} AUC {:.4}  log loss {:.5}  calibration error {:.5}  ({} of {} examples)",
            kind.code(),
            head.auc,
            head.log_loss,
            head.calibration.error,
            head.positives,
            head.examples
        ))?;
    }
    Ok(())
}

/// Says whether the chain of the audit log is whole.
async fn audit_verify(services: &Services, holds: Option<&str>) -> anyhow::Result<()> {
    let chain = services.audit_verify(holds).await?;
    if let Some((line, what)) = chain.broken {
        bail!("the audit log is not whole: line {line}: {what}");
    }
    print(&format!("{} lines, whole; last {}", chain.lines, chain.last))?;
    if chain.holds == Some(false) {
        bail!("no line has the hash that was asked for: lines were removed at the end, or it is of another log");
    }
    Ok(())
}

/// Imports with a line of progress a second and the wrong lines at the end.
async fn shop_import(services: &Services, import: ShopImport) -> anyhow::Result<()> {
    let plan = ImportPlan {
        format: import.format,
        path: import.path,
        catalogue: import.catalogue,
        title: Bilingual::new(import.title_zh, import.title_en),
        source: import.source,
        currency: import.currency,
    };
    let started = std::time::Instant::now();
    let mut said = started;
    let report = services
        .shop_import(plan, |now| {
            if said.elapsed() >= std::time::Duration::from_secs(1) {
                said = std::time::Instant::now();
                tracing::info!("{}: line {}, {} events, {} wrong", now.file, now.lines, now.events, now.wrong);
            }
        })
        .await?;
    for row in &report.wrong_rows {
        print(&format!("{}:{}: {}", row.file, row.line, row.problem))?;
    }
    if report.resumed_at > 0 {
        print(&format!("{} lines had been read before", report.resumed_at))?;
    }
    print(&format!(
        "{} lines in {:.1?}: {} products, {} shoppers, {} events, {} repeated, {} wrong",
        report.lines,
        started.elapsed(),
        report.products,
        report.shoppers,
        report.events,
        report.repeated,
        report.wrong
    ))?;
    if report.wrong == 0 { Ok(()) } else { bail!("{} lines were not taken", report.wrong) }
}

/// Checks explanations and prints what was found, a line for each check.
async fn check_explanations(services: &Services, plan: CheckPlan) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let report = services.explanation_check(&plan).await?;
    print(&format!(
        "{}: {} recommendations explained in {:.1?}, largest gap {:.1e}",
        report.model,
        report.recommendations,
        started.elapsed(),
        report.largest_gap
    ))?;
    for check in &report.checks {
        let verdict = if check.passed { "passed" } else { "FAILED" };
        let figure =
            |value: f64| if check.kind == CheckKind::Gap { format!("{value:.1e}") } else { format!("{value:.4}") };
        print(&format!(
            "{verdict}  {:<20}  {:<13}  {} [{}, {}]  limit {}  n {}",
            check.method.code(),
            check.kind.code(),
            figure(check.value),
            figure(check.low),
            figure(check.high),
            check.limit,
            check.points
        ))?;
    }
    let deletion = report.checks.iter().any(|check| {
        (check.method, check.kind, check.passed) == (ExplanationMethod::Shapley, CheckKind::Deletion, true)
    });
    if report.adds_up() && deletion {
        return Ok(());
    }
    bail!("explanations do not add up, or do not beat random order")
}

fn print_report(report: &ContentReport) -> anyhow::Result<()> {
    for (file, problem) in &report.errors {
        print(&format!("{file}: {problem}"))?;
    }
    print(&format!(
        "{} created, {} updated, {} unchanged, {} wrong",
        report.created,
        report.updated,
        report.unchanged,
        report.errors.len()
    ))?;
    if report.errors.is_empty() { Ok(()) } else { bail!("{} files were not read", report.errors.len()) }
}

/// Writes to standard output. That nobody reads it any more is no reason to stop serving.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
