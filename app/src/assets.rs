//! The files of the front end: where they are, and the version in their addresses that lets browsers keep them for good.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, header};

use crate::origin::Origin;

/// What the app needs to know about its surroundings.
#[derive(Debug, Clone)]
pub struct Options {
    site_dir: PathBuf,
    version: Arc<str>,
    origin: Origin,
}

impl Options {
    /// Takes the folder with the built front end (`target/site`) and the address of the installation.
    pub fn new(site_dir: &Path, origin: Origin) -> Self {
        let mut hasher = DefaultHasher::new();
        for dir in ["pkg", "js"] {
            hash_files(&site_dir.join(dir), &mut hasher);
        }
        Options { site_dir: site_dir.to_owned(), version: format!("{:016x}", hasher.finish()).into(), origin }
    }

    pub(crate) fn site_dir(&self) -> &Path {
        &self.site_dir
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The address of a file, with the version of this build.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{path}?v={}", self.version)
    }
}

fn hash_files(dir: &Path, hasher: &mut DefaultHasher) {
    let Ok(files) = std::fs::read_dir(dir) else { return };
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    paths.sort();
    for path in paths {
        hasher.write(path.as_os_str().as_encoded_bytes());
        hasher.write(&std::fs::read(&path).unwrap_or_default());
    }
}

/// Files asked for by version never change; all others are checked each time.
pub(crate) async fn cache_headers(request: Request, next: Next) -> Response {
    let versioned = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let mut response = next.run(request).await;
    if response.status().is_success() {
        let value = if versioned { "public, max-age=31536000, immutable" } else { "no-cache" };
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(value));
    }
    response
}
