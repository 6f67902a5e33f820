//! Configuration: one place, every variable documented, no value required.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use alluvium_app::Origin;
use alluvium_domain::Role;
use alluvium_domain::shop::TaskValues;
use alluvium_services::{OidcSecret, OidcSettings, WorkerSettings, oidc_issuer};
use anyhow::{Context, bail};
use clap::{ArgAction, Args};
use ipnet::IpNet;

/// The options of every command. README.md has the same table.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Where to listen.
    #[arg(long, global = true, env = "ALLUVIUM_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// Folder of the embedded Postgres, the search index and the models.
    #[arg(long, global = true, env = "ALLUVIUM_DATA_DIR", default_value = ".data")]
    pub data_dir: PathBuf,
    /// Connection string of a Postgres server to use instead of the embedded one.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Connection string of the role that owns the tables, for migrations, backup and restore, where `DATABASE_URL` has a role that only serves.
    #[arg(long, global = true, env = "ALLUVIUM_DATABASE_OWNER_URL", hide_env_values = true)]
    pub database_owner_url: Option<String>,
    /// Most database connections: two listen, and each use case needs one more.
    #[arg(long, global = true, env = "ALLUVIUM_DATABASE_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(4..=1000))]
    pub database_connections: u32,
    /// Folder with `initdb`, `postgres`, `pg_dump`, `pg_restore` and `psql` (default: the usual places).
    #[arg(long, global = true, env = "ALLUVIUM_PG_BIN")]
    pub pg_bin: Option<PathBuf>,
    /// Sentence encoder: a folder, a model hub id such as BAAI/bge-small-zh-v1.5, or `none` for lexical search only
    /// (default: `DATA_DIR/models/all-MiniLM-L6-v2` where it is there).
    #[arg(long, global = true, env = "ALLUVIUM_ENCODER")]
    pub encoder: Option<String>,
    /// CC-CEDICT file through which an encoder that reads English only reads Chinese
    /// (default: `DATA_DIR/models/cc-cedict.txt` where it is there).
    #[arg(long, global = true, env = "ALLUVIUM_DICTIONARY")]
    pub dictionary: Option<PathBuf>,
    /// Folder with the built front end.
    #[arg(long, global = true, env = "ALLUVIUM_SITE_DIR", default_value = "target/site")]
    pub site_dir: PathBuf,
    /// Folder with the starting content.
    #[arg(long, global = true, env = "ALLUVIUM_CONTENT_DIR", default_value = "content")]
    pub content_dir: PathBuf,
    /// Whether people who are not signed in may read.
    #[arg(long, global = true, env = "ALLUVIUM_ANONYMOUS_READING", default_value_t = true, action = ArgAction::Set)]
    pub anonymous_reading: bool,
    /// Whether people who are not signed in may have texts encoded (`/v1/embeddings`).
    #[arg(long, global = true, env = "ALLUVIUM_ANONYMOUS_EMBEDDINGS", default_value_t = false, action = ArgAction::Set)]
    pub anonymous_embeddings: bool,
    /// How much a view, a cart and a purchase weigh in the score of a recommendation, where a question does not say.
    #[arg(long, global = true, env = "ALLUVIUM_TASK_WEIGHTS", default_value = "1,4,10", value_parser = task_weights)]
    pub task_weights: TaskValues,
    /// Whether `serve` puts the training of the recommendation models that are missing into the queue of jobs.
    #[arg(long, global = true, env = "ALLUVIUM_BACKGROUND_TRAINING", default_value_t = true, action = ArgAction::Set)]
    pub background_training: bool,
    /// Whether `serve` does jobs itself, one at a time, on one thread of low priority. `alluvium worker` does them in another process.
    #[arg(long, global = true, env = "ALLUVIUM_WORKER", default_value_t = true, action = ArgAction::Set)]
    pub worker: bool,
    /// Every so many hours `serve` begins a round of learning for each catalogue with enough new events; 0 for never.
    #[arg(long, global = true, env = "ALLUVIUM_ROUND_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(0..=8784))]
    pub round_hours: u64,
    /// A worker that has not been heard of for so many seconds has lost its job, which another one takes up.
    #[arg(long, global = true, env = "ALLUVIUM_JOB_SILENCE", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub job_silence: u64,
    /// How often somebody may ask for what is dear, in multiples of the usual: 10 searches a second and 2 of the dearest, and some at once; 0 for no limit.
    #[arg(long, global = true, env = "ALLUVIUM_RATE_LIMIT", default_value_t = 1)]
    pub rate_limit: u32,
    /// Largest file that may be uploaded as an artifact or model, in MiB.
    #[arg(long, global = true, env = "ALLUVIUM_UPLOAD_LIMIT_MB", default_value_t = 4096)]
    pub upload_limit_mb: u64,
    /// Most events that one API token may send within a day (UTC).
    #[arg(long, global = true, env = "ALLUVIUM_EVENT_QUOTA", default_value_t = 100_000)]
    pub event_quota: u32,
    /// The address that people use, where a proxy stands in front (default: `http://ADDR`). Requests for other hosts are refused.
    #[arg(long, global = true, env = "ALLUVIUM_PUBLIC_URL", value_parser = crate::hosts::public_url)]
    pub public_url: Option<String>,
    /// Further hosts that are answered, with commas between.
    #[arg(long, global = true, env = "ALLUVIUM_HOSTS", value_delimiter = ',', value_parser = crate::hosts::host_name)]
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks with commas between.
    #[arg(long, global = true, env = "ALLUVIUM_TRUSTED_PROXIES", value_delimiter = ',', value_parser = crate::client::network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Provider of OpenID Connect by which people may sign in, as it names itself: `https://accounts.example`.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_ISSUER", value_parser = oidc_issuer)]
    pub oidc_issuer: Option<String>,
    /// What the provider knows this installation by.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,
    /// What proves to the provider that it is this installation.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_CLIENT_SECRET", hide_env_values = true, value_parser = secret)]
    pub oidc_client_secret: Option<OidcSecret>,
    /// File that holds the same.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_CLIENT_SECRET_FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// What people call the provider, for the button.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_LABEL")]
    pub oidc_label: Option<String>,
    /// Role of somebody who comes by the provider for the first time (reader, author or reviewer), or `none`: then only those come in who have linked their account in the settings.
    #[arg(long, global = true, env = "ALLUVIUM_OIDC_NEW_PEOPLE", default_value = "reader", value_parser = new_people)]
    pub oidc_new_people: NewPeople,
    /// Write the log as JSON lines.
    #[arg(long, global = true, env = "ALLUVIUM_LOG_JSON", default_value_t = false, action = ArgAction::Set)]
    pub log_json: bool,
}

/// Three weights with commas between.
fn task_weights(text: &str) -> Result<TaskValues, String> {
    let weights: Vec<f64> = text.split(',').filter_map(|weight| weight.trim().parse().ok()).collect();
    match weights[..] {
        [view, cart, purchase] if weights.iter().all(|weight| (0.0..=1_000.0).contains(weight)) => {
            Ok(TaskValues { view, cart, purchase })
        }
        _ => Err("three numbers from 0 to 1000: view,cart,purchase".to_owned()),
    }
}

/// Whether the provider of OpenID Connect may bring people who have no account, and what these may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPeople(pub Option<Role>);

fn new_people(code: &str) -> Result<NewPeople, String> {
    match (code.trim(), code.trim().parse()) {
        ("none", _) => Ok(NewPeople(None)),
        // Nobody is an administrator without one of ours.
        (_, Ok(role)) if role < Role::Administrator => Ok(NewPeople(Some(role))),
        _ => Err("reader, author, reviewer or none".to_owned()),
    }
}

fn secret(text: &str) -> Result<OidcSecret, Infallible> {
    Ok(OidcSecret(text.to_owned()))
}

impl Config {
    /// The provider of OpenID Connect, if there is one.
    pub fn oidc(&self) -> anyhow::Result<Option<OidcSettings>> {
        let Some(issuer) = &self.oidc_issuer else { return Ok(None) };
        let client_id = self.oidc_client_id.clone().context("ALLUVIUM_OIDC_ISSUER needs ALLUVIUM_OIDC_CLIENT_ID")?;
        let client_secret = match (&self.oidc_client_secret, &self.oidc_client_secret_file) {
            (Some(secret), None) => secret.clone(),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file);
                OidcSecret(text.with_context(|| format!("cannot read {}", file.display()))?.trim().to_owned())
            }
            _ => bail!(
                "ALLUVIUM_OIDC_ISSUER needs one of ALLUVIUM_OIDC_CLIENT_SECRET and ALLUVIUM_OIDC_CLIENT_SECRET_FILE"
            ),
        };
        Ok(Some(OidcSettings {
            issuer: issuer.clone(),
            client_id,
            client_secret,
            label: self.oidc_label.clone(),
            new_people: self.oidc_new_people.0,
        }))
    }

    /// How this process does jobs, if it does: by the name of the machine and the process.
    pub fn worker_settings(&self, serving: bool, quiet: bool) -> WorkerSettings {
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { "local" } else { host.trim() };
        WorkerSettings {
            serving,
            quiet,
            silence: Duration::from_secs(self.job_silence),
            ..WorkerSettings::new(format!("{host}/{}", std::process::id()))
        }
    }

    /// The dictionary to use.
    pub fn dictionary(&self) -> Option<PathBuf> {
        let installed = || Some(self.data_dir.join("models/cc-cedict.txt")).filter(|file| file.exists());
        self.dictionary.clone().or_else(installed)
    }

    /// The address of this installation.
    pub fn origin(&self) -> Origin {
        let mut addr = self.addr;
        if addr.ip().is_unspecified() {
            addr.set_ip(if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        match &self.public_url {
            Some(url) => Origin::new(url),
            None => Origin::new(&format!("http://{addr}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    fn parsed(options: &[&str]) -> Result<Config, clap::Error> {
        Ok(Flags::try_parse_from([&["alluvium"], options].concat())?.config)
    }

    const ISSUER: [&str; 2] = ["--oidc-issuer", "https://accounts.example"];
    const CLIENT: [&str; 2] = ["--oidc-client-id", "alluvium"];

    #[test]
    fn a_provider_is_off_until_it_is_whole() {
        assert!(parsed(&[]).unwrap().oidc().unwrap().is_none());
        assert!(parsed(&ISSUER).unwrap().oidc().is_err(), "no id");
        assert!(parsed(&[ISSUER, CLIENT].concat()).unwrap().oidc().is_err(), "no secret");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from a file\n").unwrap();
        let path = ["--oidc-client-secret-file", file.path().to_str().unwrap()];
        let settings = parsed(&[ISSUER, CLIENT, path].concat()).unwrap().oidc().unwrap().unwrap();
        assert_eq!(settings.client_secret.0, "from a file");
        assert_eq!(settings.new_people, Some(Role::Reader));
        let both = [ISSUER, CLIENT, path, ["--oidc-client-secret", "x"]].concat();
        assert!(parsed(&both).unwrap().oidc().is_err(), "which of them?");
        assert!(parsed(&["--oidc-issuer", "http://accounts.example"]).is_err());
    }

    #[test]
    fn the_secret_is_never_printed() {
        let config = parsed(&[ISSUER, CLIENT, ["--oidc-client-secret", "hush-hush"]].concat()).unwrap();
        assert!(!format!("{config:?} {:?}", config.oidc().unwrap()).contains("hush"));
    }

    #[test]
    fn a_provider_makes_no_administrators() {
        let role = |code| Ok::<_, clap::Error>(parsed(&["--oidc-new-people", code])?.oidc_new_people.0);
        assert_eq!(role("none").unwrap(), None);
        assert_eq!(role("author").unwrap(), Some(Role::Author));
        for wrong in ["administrator", "everybody", ""] {
            assert!(role(wrong).is_err(), "{wrong}");
        }
    }
}
