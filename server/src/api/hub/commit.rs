//! Commits: read line by line as they come, each file kept before the next is read, so that a commit takes the memory of its longest line.

use std::borrow::Cow;

use alluvium_app::Origin;
use alluvium_domain::{Actor, Problem};
use alluvium_services::Services;
use alluvium_services::registry::{Commit, CommitFile};
use axum::Json;
use axum::body::Body as RequestBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::fault::Fault;
use super::{COMMIT_LIMIT, MAX_LINE};

#[derive(Deserialize)]
#[serde(tag = "key", content = "value", rename_all = "camelCase")]
enum Line<'a> {
    #[serde(rename_all = "camelCase")]
    Header {
        #[serde(default)]
        summary: String,
        #[serde(default)]
        description: String,
        #[serde(default)]
        parent_commit: Option<String>,
    },
    File {
        path: String,
        #[serde(borrow)]
        content: Cow<'a, str>,
        #[serde(default)]
        encoding: Option<String>,
    },
    LfsFile {
        path: String,
        oid: String,
        size: i64,
    },
    DeletedFile {
        path: String,
    },
    DeletedFolder {
        path: String,
    },
}

/// Reads a commit to its end; files that come with it are kept on the way.
async fn read(services: &Services, actor: &Actor, mut body: impl AsyncBufRead + Unpin) -> Result<Commit, Fault> {
    let mut commit = Commit::default();
    let (mut line, mut number, mut together) = (Vec::new(), 0_usize, 0_usize);
    loop {
        line.clear();
        number += 1;
        let wrong = |error: String| Fault::malformed(format!("line {number}: {error}"));
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        let read = (&mut body).take(limit).read_until(b'\n', &mut line).await;
        together += read.map_err(|error| wrong(format!("it broke off: {error}")))?;
        if line.is_empty() {
            return Ok(commit);
        }
        if (line.len() == MAX_LINE && !line.ends_with(b"\n")) || together > COMMIT_LIMIT {
            return Err(wrong(format!(
                "a commit has at most {COMMIT_LIMIT} bytes, a line {MAX_LINE}: upload large files before"
            )));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))? {
            Line::Header { summary, description, parent_commit } => {
                commit.summary = summary;
                commit.description = description;
                commit.parent = parent_commit;
            }
            Line::File { path, content, encoding } => {
                let bytes = match encoding.as_deref() {
                    Some("base64") => {
                        Cow::Owned(STANDARD.decode(content.as_bytes()).map_err(|error| wrong(error.to_string()))?)
                    }
                    None | Some("utf-8") => Cow::Borrowed(content.as_bytes()),
                    Some(other) => return Err(wrong(format!("unknown encoding {other}"))),
                };
                let (sha256, size) = services.file_keep(actor, &bytes[..]).await?;
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                commit.files.push((path, CommitFile::Kept { sha256, size }));
            }
            Line::LfsFile { path, oid, size } => {
                let sha256 = oid.parse().map_err(|()| wrong("oid is no SHA-256".to_owned()))?;
                commit.files.push((path, CommitFile::Kept { sha256, size }));
            }
            Line::DeletedFile { path } => commit.deleted.push(path),
            Line::DeletedFolder { path } => commit.deleted.push(format!("{}/", path.trim_end_matches('/'))),
        }
    }
}

/// Makes the next version.
pub(super) async fn make(
    services: &Services,
    actor: &Actor,
    name: &str,
    origin: &Origin,
    body: RequestBody,
) -> Result<Json<Value>, Fault> {
    services.model_get(actor, name).await.map_err(Fault::repository)?;
    let stream = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    // Silent senders are given up by the limit on uploads' silence below, this one by the same time.
    let commit = tokio::time::timeout(super::COMMIT_TIME, read(services, actor, stream)).await;
    let commit = commit.map_err(|_| Problem::new(alluvium_domain::ProblemKind::Overloaded))??;
    let version = services.commit(actor, name, commit).await?;
    let oid = version.commit();
    let url = format!("{origin}/{name}/commit/{oid}");
    Ok(Json(json!({ "success": true, "commitOid": oid, "commitUrl": url, "hookOutput": "" })))
}
