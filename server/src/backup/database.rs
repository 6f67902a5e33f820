//! The database's part of a backup, by Postgres' own programs.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::AsyncRead;
use tokio::process::Command;

use super::copy_hashed;

/// Writes the whole database of a moment ([`alluvium_services::blobs::BlobSnapshot`]); answers with the SHA-256 of what was written. Blocks.
pub(super) fn dump(bin: &Path, url: &str, snapshot: &str, to: &mut impl Write) -> anyhow::Result<String> {
    let mut dump = std::process::Command::new(bin.join("pg_dump"));
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--snapshot", snapshot, "--dbname", url]);
    let mut dumping = dump.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start pg_dump")?;
    let (Some(mut from), Some(mut said)) = (dumping.stdout.take(), dumping.stderr.take()) else {
        bail!("pg_dump has no pipes");
    };
    let said = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = said.read_to_end(&mut text);
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    let copied = copy_hashed(&mut from, to);
    // Where it could not be written, pg_dump finds nobody who reads.
    drop(from);
    let status = dumping.wait()?;
    let sha256 = copied.context("cannot write the backup")?;
    if !status.success() {
        bail!("pg_dump failed: {}", said.join().unwrap_or_default());
    }
    Ok(sha256)
}

/// Since these a script of `pg_restore` cannot run programs as whoever runs `psql` (CVE-2025-8714, the release notes of August 2025).
const MENDED: [(u32, u32); 5] = [(13, 22), (14, 19), (15, 14), (16, 10), (17, 6)];

/// Refuses programs of Postgres that run what a dump says.
pub(super) async fn check_programs(bin: &Path) -> anyhow::Result<()> {
    for program in ["psql", "pg_restore"] {
        let output = Command::new(bin.join(program)).arg("--version").output().await?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version = said.split_whitespace().find_map(|word| {
            let mut numbers = word.split('.').map(str::parse::<u32>);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        });
        let good = version.is_some_and(|(major, minor)| {
            MENDED.iter().find(|(mended, _)| *mended == major).map_or(major > 17, |(_, since)| minor >= *since)
        });
        if !good {
            bail!("{said}: a dump can make this version run programs (CVE-2025-8714); install a newer one");
        }
    }
    Ok(())
}

/// Replaces the database by what a dump holds: all of it, or nothing where the dump is not good.
///
/// `pg_restore` makes a script of the dump and `psql` runs it, in one transaction with the script that clears the database.
pub(super) async fn load(bin: &Path, url: &str, mut dump: impl AsyncRead + Unpin) -> anyhow::Result<()> {
    let mut read = Command::new(bin.join("pg_restore"));
    read.args(["--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]);
    let mut run = Command::new(bin.join("psql"));
    run.args(["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]);
    run.arg("--dbname").arg(url).args(["--command", alluvium_services::CLEAR_DATABASE, "--file=-"]);
    read.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    run.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut reading = read.spawn().context("cannot start pg_restore")?;
    let mut running = run.spawn().context("cannot start psql")?;
    let (Some(mut into), Some(mut script), Some(mut to)) =
        (reading.stdin.take(), reading.stdout.take(), running.stdin.take())
    else {
        bail!("pg_restore and psql have no pipes");
    };
    // Each end is dropped as soon as it has come to its end, so that the other one does not wait; psql's is kept: its end makes psql commit.
    let feed = async move { tokio::io::copy(&mut dump, &mut into).await };
    let pass = async move { (tokio::io::copy(&mut script, &mut to).await, to) };
    let (fed, (passed, to)) = tokio::join!(feed, pass);
    if passed.is_err() {
        // psql ended early: its message says why.
        let done = running.wait_with_output().await?;
        bail!("psql failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    let done = reading.wait_with_output().await?;
    // pg_restore need not read to the very end.
    let fed = fed.map(drop).or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) });
    if fed.is_err() || !done.status.success() {
        running.kill().await?;
        fed.context("cannot read the backup")?;
        bail!("pg_restore failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    drop(to);
    let done = running.wait_with_output().await?;
    if !done.status.success() {
        bail!("psql failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
