//! Files of versions: whole or a range.

use alluvium_domain::registry::ModelFile;
use alluvium_domain::{Actor, Problem};
use alluvium_services::Services;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::fault::Fault;
use super::read::{revision_and_path, version_of};
use crate::api::extract::{Path, Who};
use crate::api::file_body;

/// A file of a model whose name has one part.
pub(super) async fn resolve_plain(
    State(services): State<Services>,
    Who(actor): Who,
    Path((name, revision, path)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    file(&services, &actor, &name, &revision, &path, &headers).await
}

/// A file of a model whose name has two.
pub(super) async fn resolve(
    State(services): State<Services>,
    Who(actor): Who,
    Path((owner, name, revision, path)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    file(&services, &actor, &format!("{owner}/{name}"), &revision, &path, &headers).await
}

async fn file(
    services: &Services,
    actor: &Actor,
    name: &str,
    revision: &str,
    path: &str,
    headers: &HeaderMap,
) -> Result<Response, Fault> {
    let parts: Vec<&str> = std::iter::once(revision).chain(path.split('/')).collect();
    let (revision, path) = revision_and_path(&parts);
    let (_, version) = version_of(services, actor, name, &revision).await?;
    let version = version.ok_or_else(|| Fault::entry(Problem::not_found()))?;
    let (file, mut opened) = services.version_file(actor, &version, &path).await.map_err(Fault::entry)?;
    let size = u64::try_from(file.size).unwrap_or_default();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let mut response = match range.map(|range| part(range, size)) {
        // Asked for in a way that we do not know, it is sent whole (RFC 9110, 14.2).
        None | Some(Part::Whole) => {
            let mut response = file_body(opened).into_response();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            response
        }
        Some(Part::Bytes(from, to)) => {
            opened.seek(std::io::SeekFrom::Start(from)).await.map_err(|error| {
                tracing::error!(%error, "cannot read a file of a version");
                Problem::internal()
            })?;
            let length = to - from + 1;
            let mut response = file_body(opened.take(length)).into_response();
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let own = response.headers_mut();
            own.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            insert(own, header::CONTENT_RANGE, &format!("bytes {from}-{to}/{size}"));
            response
        }
        Some(Part::Outside) => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
            response
        }
    };
    described(response.headers_mut(), &file, &version.commit());
    Ok(response)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What a client knows a file by. It is sent as bytes whatever it is: nobody's browser shows it as a page of this site.
fn described(headers: &mut HeaderMap, file: &ModelFile, commit: &str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    insert(headers, header::ETAG, &format!("\"{}\"", file.sha256));
    insert(headers, HeaderName::from_static("x-repo-commit"), commit);
    insert(headers, HeaderName::from_static("x-linked-size"), &file.size.to_string());
    insert(headers, HeaderName::from_static("x-linked-etag"), &format!("\"{}\"", file.sha256));
}

/// What is asked for of a file.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// From, to, both inside.
    Bytes(u64, u64),
    Outside,
}

/// One range of bytes; several are sent whole.
fn part(range: &str, size: u64) -> Part {
    let Some((from, to)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    let last = size.saturating_sub(1);
    match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
        (Ok(from), _) if from >= size => Part::Outside,
        (Ok(from), Ok(to)) if to >= from => Part::Bytes(from, to.min(last)),
        (Ok(from), Err(_)) if to.trim().is_empty() => Part::Bytes(from, last),
        (Err(_), Ok(0)) if from.trim().is_empty() => Part::Outside,
        (Err(_), Ok(_)) if from.trim().is_empty() && size == 0 => Part::Outside,
        (Err(_), Ok(most)) if from.trim().is_empty() => Part::Bytes(size.saturating_sub(most), last),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn ranges_are_cut_to_the_file() {
        for (range, expected) in [
            ("bytes=0-", Part::Bytes(0, 9)),
            ("bytes=2-4", Part::Bytes(2, 4)),
            ("bytes=2-400", Part::Bytes(2, 9)),
            ("bytes=9-9", Part::Bytes(9, 9)),
            ("bytes=-3", Part::Bytes(7, 9)),
            ("bytes=-30", Part::Bytes(0, 9)),
            ("bytes=10-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=4-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=18446744073709551615-", Part::Outside),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Outside);
    }
}
