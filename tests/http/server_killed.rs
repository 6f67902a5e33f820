//! `alluvium serve` is killed in the middle of uploads and of moves of the champion: what was acknowledged is there, and nothing half-done is.

mod champion;
mod uploads;

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};

use crate::harness::App;
use crate::program::Program;

/// How often the server is killed, each time later in what it does.
const ROUNDS: u32 = 6;

/// A server in a process of its own, which does nothing but answer.
pub(crate) fn serve(app: &App) -> Program {
    Program::start_as(app.data_dir(), |command| {
        command
            .env("DATABASE_URL", app.database_url())
            .env("ALLUVIUM_WORKER", "false")
            .env("ALLUVIUM_BACKGROUND_TRAINING", "false")
            .env("ALLUVIUM_ROUND_HOURS", "0");
    })
}

/// Sends a request; answers with the status and the body. An error where the server went away before it had answered.
pub(crate) fn send(port: u16, token: &str, head: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    // Where the server goes away after the status, that was the acknowledgement.
    let read = stream.read_to_end(&mut answer);
    let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let status = status.ok_or_else(|| read.err().unwrap_or_else(gone))?;
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    Ok((status, answer.split_off(start)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows of a statement.
async fn rows<T>(app: &App, statement: &'static str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    let mut conn = PgConnection::connect(&app.database_url()).await.unwrap();
    sqlx::query_as(statement).fetch_all(&mut conn).await.unwrap()
}

/// Every file has the bytes that its name says, and every row has its file. Files that were looked at before are not read again.
async fn files_are_whole(app: &App, known: &mut HashSet<PathBuf>) {
    let blobs = app.data_dir().join("blobs");
    for folder in std::fs::read_dir(&blobs).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        if name == "incoming" {
            continue;
        }
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            if known.insert(file.path()) {
                let digest = hex(&Sha256::digest(std::fs::read(file.path()).unwrap()));
                assert_eq!(format!("{name}{}", file.file_name().to_str().unwrap()), digest);
            }
        }
    }
    for (sha256, size) in rows::<(Vec<u8>, i64)>(app, "select sha256, size from blob").await {
        let name = hex(&sha256);
        let file = blobs.join(&name[..2]).join(&name[2..]);
        assert_eq!(std::fs::metadata(file).unwrap().len(), u64::try_from(size).unwrap(), "{name}");
    }
}

async fn audit_is_whole(app: &App) {
    let chain = app.services.audit_verify(None).await.unwrap();
    assert_eq!(chain.broken, None);
}
