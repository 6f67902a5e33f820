//! The embedded Postgres: a private cluster in the data folder, reached over a Unix socket, that starts and stops with the server.
//!
//! Postgres refuses to run as root; started as root, it runs as the user `postgres` or `nobody`.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use alluvium_domain::percent_encoded;
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use tokio::process::{Child, Command};

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const DATABASE: &str = "alluvium";
/// Owns the tables: migrates, writes backups and reads them in. No superuser, so that a backup that was tampered with runs no programs.
const OWNER: &str = "alluvium_owner";
/// Serves: reads and writes rows.
const SERVING: &str = "alluvium_serving";
/// Makes the two roles, and gives the first one what an earlier version made as the superuser.
const ROLES: &str = include_str!("postgres/roles.sql");

/// A cluster that answers, started by this process or found running.
pub(crate) struct Postgres {
    /// None where another process of ours runs it.
    child: Option<Child>,
    socket_dir: PathBuf,
}

/// User and group ids of a process.
#[derive(Clone, Copy)]
struct Ids {
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// Starts the cluster in `data_dir/postgres`, creating it the first time. Must be called on a thread that lives as long as the process:
    /// the kernel stops the child when that thread ends.
    pub(crate) async fn start(data_dir: &Path, bin: Option<&Path>) -> anyhow::Result<Postgres> {
        let bin = find_programs(bin)?;
        let data_dir = data_dir.canonicalize()?;
        let run_as = run_as()?;
        let cluster = cluster_dir(&data_dir, run_as)?;
        let socket_dir = socket_dir(&cluster, run_as)?;
        let fresh = !cluster.join("PG_VERSION").exists();
        if fresh {
            initialise(&bin, &cluster, run_as).await?;
        }
        check_version(&bin, &cluster).await?;
        let child = if belongs_to_running_server(&cluster).await? {
            None
        } else {
            Some(launch(&bin, &cluster, &socket_dir, run_as)?)
        };
        let mut postgres = Postgres { child, socket_dir };
        postgres.wait_until_ready(&cluster).await?;
        postgres.create_database(&bin, run_as).await?;
        postgres.create_roles(&bin, run_as).await?;
        Ok(postgres)
    }

    /// The connection string of the role that serves.
    pub(crate) fn url(&self) -> String {
        self.url_of(SERVING)
    }

    /// That of the role that owns the tables.
    pub(crate) fn owner_url(&self) -> String {
        self.url_of(OWNER)
    }

    fn url_of(&self, role: &str) -> String {
        let socket = percent_encoded(&self.socket_dir.to_string_lossy());
        format!("postgres://{role}@{socket}/{DATABASE}")
    }

    /// Stops the cluster, if this process started it: connections are closed, everything committed is on disk.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let Some(pid) = child.id() else { return Ok(()) };
        // SIGINT is a fast shutdown.
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).context("process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
        if tokio::time::timeout(STOP_LIMIT, child.wait()).await.is_err() {
            tracing::warn!("Postgres did not stop within {STOP_LIMIT:?}; ending it");
            child.kill().await?;
        }
        Ok(())
    }

    async fn wait_until_ready(&mut self, cluster: &Path) -> anyhow::Result<()> {
        let since = Instant::now();
        while since.elapsed() < START_LIMIT {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!("Postgres ended with {status}; its log is {}", cluster.join("server.log").display());
            }
            if pid_file(cluster).is_some_and(|file| file.ready) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        bail!("Postgres was not ready within {START_LIMIT:?}; its log is {}", cluster.join("server.log").display())
    }

    async fn create_database(&self, bin: &Path, run_as: Option<Ids>) -> anyhow::Result<()> {
        let output = command(&bin.join("psql"), run_as)
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "alluvium", "-d", "postgres", "-h"])
            .arg(&self.socket_dir)
            .args(["-t", "-A", "-c"])
            .arg(format!("select count(*) from pg_database where datname = '{DATABASE}'"))
            .output()
            .await?;
        if String::from_utf8_lossy(&output.stdout).trim() == "1" {
            return Ok(());
        }
        let mut create = command(&bin.join("createdb"), run_as);
        create.args(["-U", "alluvium", "-h"]).arg(&self.socket_dir).arg(DATABASE);
        succeed(create, "createdb").await
    }

    async fn create_roles(&self, bin: &Path, run_as: Option<Ids>) -> anyhow::Result<()> {
        let mut roles = command(&bin.join("psql"), run_as);
        roles.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "alluvium", "-d", DATABASE, "-h"]).arg(&self.socket_dir);
        roles
            .arg("-c")
            .arg(ROLES.replace("{owner}", OWNER).replace("{serving}", SERVING).replace("{database}", DATABASE));
        succeed(roles, "making the roles of the database").await
    }
}

/// The folder with Postgres' programs: the one given, the usual ones, or what `pg_config` says.
pub(crate) fn find_programs(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let mut candidates: Vec<PathBuf> = given.map(Path::to_path_buf).into_iter().collect();
    if given.is_none() {
        candidates.extend(std::env::var_os("PG_BIN").map(PathBuf::from));
        if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
            let mut found: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
            found.sort();
            candidates.extend(found.into_iter().rev());
        }
        for prefix in ["/opt/homebrew/opt", "/usr/local/opt"] {
            for version in ["postgresql@18", "postgresql@17", "postgresql@16", "postgresql@15", "postgresql"] {
                candidates.push(Path::new(prefix).join(version).join("bin"));
            }
        }
        if let Ok(output) = std::process::Command::new("pg_config").arg("--bindir").output() {
            candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
    }
    candidates.into_iter().find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists()).context(
        "Postgres' programs were not found: install them (Debian: apt-get install postgresql), name their folder with \
         ALLUVIUM_PG_BIN, or use a server with DATABASE_URL",
    )
}

/// Makes the data folder, which is nobody else's to look into: it holds uploads, vectors, keys and the database.
pub(crate) fn private_folder(data_dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(data_dir).with_context(|| format!("cannot create {}", data_dir.display()))?;
    // A group that may pass through stays: see `cluster_dir`.
    if std::fs::metadata(data_dir)?.mode() & 0o067 != 0
        && let Err(error) = std::fs::set_permissions(data_dir, Permissions::from_mode(0o700))
    {
        tracing::warn!("others may be able to read {}: {error}", data_dir.display());
    }
    Ok(())
}

/// Whom Postgres runs as, where that is not who we are.
fn run_as() -> anyhow::Result<Option<Ids>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    for name in ["postgres", "nobody"] {
        for line in users.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if fields.first() == Some(&name)
                && let (Some(uid), Some(gid)) =
                    (fields.get(2).and_then(|id| id.parse().ok()), fields.get(3).and_then(|id| id.parse().ok()))
            {
                return Ok(Some(Ids { uid, gid }));
            }
        }
    }
    bail!("Postgres does not run as root, and neither the user postgres nor nobody is there")
}

/// `data_dir/postgres`; below /var/lib where the other user cannot reach that (a home folder of root).
fn cluster_dir(data_dir: &Path, run_as: Option<Ids>) -> anyhow::Result<PathBuf> {
    let Some(ids) = run_as else { return Ok(data_dir.join("postgres")) };
    if data_dir.ancestors().skip(1).all(|folder| passable(folder, ids)) {
        // That user's group may pass through, nobody else.
        chown(data_dir, None, Some(ids.gid))?;
        std::fs::set_permissions(data_dir, Permissions::from_mode(0o710))?;
        return Ok(data_dir.join("postgres"));
    }
    let elsewhere = Path::new("/var/lib/alluvium").join(short_hash(data_dir));
    std::fs::create_dir_all(&elsewhere)?;
    tracing::warn!(
        "{} cannot be reached by the user that runs Postgres; its data is in {}",
        data_dir.display(),
        elsewhere.display()
    );
    Ok(elsewhere.join("postgres"))
}

fn passable(folder: &Path, ids: Ids) -> bool {
    std::fs::metadata(folder).is_ok_and(|meta| {
        let mode = meta.mode();
        if meta.uid() == ids.uid {
            mode & 0o100 != 0
        } else if meta.gid() == ids.gid {
            mode & 0o010 != 0
        } else {
            mode & 0o001 != 0
        }
    })
}

fn short_hash(path: &Path) -> String {
    Sha256::digest(path.as_os_str().as_encoded_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// A private folder with a short path: a socket's path has 107 bytes at most.
fn socket_dir(cluster: &Path, run_as: Option<Ids>) -> anyhow::Result<PathBuf> {
    let uid = run_as.map_or_else(|| rustix::process::geteuid().as_raw(), |ids| ids.uid);
    let dir = std::env::temp_dir().join(format!("alluvium-{uid}-{}", short_hash(cluster)));
    if let Err(error) = std::fs::DirBuilder::new().mode(0o700).create(&dir)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot create {}", dir.display()));
    }
    let meta = std::fs::symlink_metadata(&dir)?;
    if !meta.is_dir() || (meta.uid() != uid && meta.uid() != rustix::process::geteuid().as_raw()) {
        bail!("{} belongs to somebody else", dir.display());
    }
    if let Some(ids) = run_as {
        chown(&dir, Some(ids.uid), Some(ids.gid))?;
    }
    Ok(dir)
}

fn command(program: &Path, run_as: Option<Ids>) -> Command {
    let mut command = std::process::Command::new(program);
    command.stdin(Stdio::null()).current_dir("/");
    command.env_remove("DATABASE_URL");
    if let Some(ids) = run_as {
        command.uid(ids.uid).gid(ids.gid);
    }
    Command::from(command)
}

async fn succeed(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command.output().await.with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

async fn initialise(bin: &Path, cluster: &Path, run_as: Option<Ids>) -> anyhow::Result<()> {
    tracing::info!("creating the database cluster in {}", cluster.display());
    // An initdb that was interrupted leaves a folder without PG_VERSION at its end: begin again beside it.
    let partial = cluster.with_extension("partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::DirBuilder::new().mode(0o700).create(&partial)?;
    if let Some(ids) = run_as {
        chown(&partial, Some(ids.uid), Some(ids.gid))?;
    }
    let mut initdb = command(&bin.join("initdb"), run_as);
    initdb.arg("-D").arg(&partial).args(["-U", "alluvium", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]);
    succeed(initdb, "initdb").await?;
    std::fs::rename(&partial, cluster).context("cannot move the new cluster into place")
}

async fn check_version(bin: &Path, cluster: &Path) -> anyhow::Result<()> {
    let data = std::fs::read_to_string(cluster.join("PG_VERSION"))?;
    let output = Command::new(bin.join("postgres")).arg("--version").output().await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let program = text.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    if program != data.trim().parse().ok() {
        bail!(
            "the data in {} was made by Postgres {}, and {} is {}: install that version, or restore a backup",
            cluster.display(),
            data.trim(),
            bin.display(),
            text.trim()
        );
    }
    Ok(())
}

/// What `postmaster.pid` says (Postgres source, `miscadmin.h`: line 1 the process, line 8 the state).
struct PidFile {
    pid: i32,
    alive: bool,
    ready: bool,
}

fn pid_file(cluster: &Path) -> Option<PidFile> {
    let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let pid: i32 = lines.first()?.trim().parse().ok()?;
    let alive = std::fs::read_link(format!("/proc/{pid}/exe"))
        .is_ok_and(|exe| exe.file_name().is_some_and(|name| name.to_string_lossy().starts_with("postgres")))
        || (!Path::new("/proc/self").exists()
            && rustix::process::Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()));
    Some(PidFile { pid, alive, ready: alive && lines.get(7).is_some_and(|line| line.trim() == "ready") })
}

/// Whether another process of ours runs the cluster. One whose server was killed is stopped and waited for.
async fn belongs_to_running_server(cluster: &Path) -> anyhow::Result<bool> {
    let since = Instant::now();
    while since.elapsed() < STOP_LIMIT {
        let Some(file) = pid_file(cluster).filter(|file| file.alive) else { return Ok(false) };
        if owner_lives(cluster) {
            if file.ready {
                return Ok(true);
            }
        } else if let Some(pid) = rustix::process::Pid::from_raw(file.pid) {
            // The kernel has asked it already, where it can; asking again does no harm.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("a Postgres on {} is neither ready nor gone", cluster.display())
}

/// The process that launched the cluster: its id is in a file beside the data.
fn owner_file(cluster: &Path) -> PathBuf {
    cluster.with_extension("owner")
}

fn owner_lives(cluster: &Path) -> bool {
    let Ok(pid) = std::fs::read_to_string(owner_file(cluster)) else { return false };
    let name = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    match name(pid.trim()) {
        // Another program may have got the number since.
        Some(comm) => Some(comm) == name("self"),
        None => !Path::new("/proc/self").exists(),
    }
}

fn launch(bin: &Path, cluster: &Path, socket_dir: &Path, run_as: Option<Ids>) -> anyhow::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(cluster.join("server.log"))?;
    if let Some(ids) = run_as {
        chown(cluster.join("server.log"), Some(ids.uid), Some(ids.gid))?;
    }
    let mut command = command(&bin.join("postgres"), run_as);
    command.arg("-D").arg(cluster).arg("-k").arg(socket_dir);
    command.args(["-c", "listen_addresses=", "-c", "max_connections=50", "-c", "shared_buffers=64MB"]);
    command.args(["-c", "log_min_messages=warning"].map(OsStr::new));
    command.stdout(log.try_clone()?).stderr(log);
    // Its own group: Ctrl-C in the terminal reaches the server only, which then stops it in order.
    command.process_group(0);
    die_with_parent(&mut command);
    std::fs::write(owner_file(cluster), std::process::id().to_string())?;
    command.spawn().context("cannot start postgres")
}

/// Asks the kernel to stop the child when we end, however that happens.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "pre_exec is unsafe by contract; the closure makes one async-signal-safe system call")]
fn die_with_parent(command: &mut Command) {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // SAFETY: prctl is async-signal-safe, and the closure neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(|| set_parent_process_death_signal(Some(Signal::INT)).map_err(std::io::Error::from));
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}
