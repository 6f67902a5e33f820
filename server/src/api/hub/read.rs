//! Reading: who asks, models, their files, versions as commits.

use alluvium_app::Origin;
use alluvium_domain::registry::{ModelFile, ModelId, ModelVersion, RegisteredModel};
use alluvium_domain::{Actor, Problem, ProblemKind};
use alluvium_services::Services;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use super::fault::Fault;
use super::moment;
use crate::api::extract::{Path, Query, Who};

/// Models in a page, at most.
const PAGE: usize = 1_000;

/// A path below `/api/models/`: the model's name and what is asked of it.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) what: Vec<String>,
}

/// What can be asked of a model; none of these is the second part of a name.
const WORDS: [&str; 8] = ["revision", "tree", "refs", "commits", "paths-info", "preupload", "commit", "settings"];

impl Asked {
    pub(super) fn parse(rest: &str) -> Asked {
        let parts: Vec<String> = rest.split('/').map(str::to_owned).collect();
        let length = match parts.get(1) {
            Some(second) if !WORDS.contains(&second.as_str()) => 2,
            _ => 1,
        };
        Asked { name: parts[..length].join("/"), what: parts[length..].to_vec() }
    }
}

/// Who asks.
pub(super) async fn who_am_i(Who(actor): Who) -> Result<Json<Value>, Fault> {
    let user = actor.user.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
    let role = if actor.may(alluvium_domain::Action::Write).is_ok() { "write" } else { "read" };
    Ok(Json(json!({
        "type": "user",
        "id": user.id.0.simple().to_string(),
        "name": user.name,
        "fullname": user.display_name,
        "orgs": [],
        "auth": { "type": "access_token", "accessToken": { "displayName": "alluvium", "role": role } },
    })))
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ListParams {
    search: Option<String>,
    author: Option<String>,
    filter: Option<String>,
    limit: Option<usize>,
    cursor: Option<usize>,
}

/// Models, by name.
pub(super) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Query(params): Query<ListParams>,
    Extension(origin): Extension<Origin>,
    uri: http::Uri,
) -> Result<Response, Fault> {
    let search = params.search.unwrap_or_default().to_lowercase();
    let mut models = services.model_list(&actor).await?;
    models.retain(|model| {
        model.name.to_lowercase().contains(&search)
            && params
                .author
                .as_ref()
                .is_none_or(|author| model.name.split_once('/').is_some_and(|(own, _)| own == author))
            && params.filter.as_ref().is_none_or(|tag| model.tags.contains_key(tag))
    });
    let from = params.cursor.unwrap_or_default();
    let limit = params.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let next = (from.saturating_add(limit) < models.len()).then(|| from + limit);
    let page: Vec<&RegisteredModel> = models.iter().skip(from).take(limit).collect();
    let ids: Vec<ModelId> = page.iter().map(|model| model.id).collect();
    let versions = services.version_list_of(&actor, &ids).await?;
    let mut shown = Vec::new();
    for model in page {
        let version = newest(versions.iter().filter(|version| version.model == model.id));
        shown.push(model_json(&services, &actor, model, version, false).await?);
    }
    let mut response = Json(shown).into_response();
    if let Some(next) = next {
        let query =
            uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("cursor=") && !pair.is_empty());
        let query = query.map(str::to_owned).chain([format!("cursor={next}")]).collect::<Vec<_>>().join("&");
        let link = format!("<{}/api/models?{query}>; rel=\"next\"", origin);
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

async fn model_json(
    services: &Services,
    actor: &Actor,
    model: &RegisteredModel,
    version: Option<&ModelVersion>,
    sizes: bool,
) -> Result<Value, Fault> {
    let files = match version {
        Some(version) => services.version_files(actor, version).await?,
        None => Vec::new(),
    };
    let card = services.version_card(actor, model, &files).await?;
    let sibling = |file: &ModelFile| match sizes {
        true => json!({ "rfilename": file.path, "size": file.size, "blobId": oid(file), "lfs": lfs(file) }),
        false => json!({ "rfilename": file.path }),
    };
    let siblings: Vec<Value> = files.iter().map(sibling).collect();
    let text = |key: &str| card.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut tags: Vec<String> = model.tags.keys().cloned().collect();
    let own = card.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    tags.extend(own.iter().filter_map(|tag| tag.as_str().map(str::to_owned)));
    tags.extend(text("license").map(|license| format!("license:{license}")));
    let changed = version.map_or(model.updated_at, |version| version.created_at);
    Ok(json!({
        "_id": format!("{:024x}", model.id.0),
        "id": model.name,
        "modelId": model.name,
        "author": model.name.split_once('/').map(|(owner, _)| owner),
        "sha": version.map(ModelVersion::commit),
        "createdAt": moment(model.created_at),
        "lastModified": moment(changed),
        "private": false,
        "gated": false,
        "disabled": false,
        "downloads": 0,
        "likes": 0,
        "tags": tags,
        "pipeline_tag": text("pipeline_tag"),
        "library_name": text("library_name"),
        "cardData": if card.is_null() { json!({}) } else { card },
        "siblings": siblings,
    }))
}

/// A file as git would name it: hubs show 40 digits.
fn oid(file: &ModelFile) -> String {
    file.sha256.to_string().chars().take(40).collect()
}

/// What hubs say of a large file.
fn lfs(file: &ModelFile) -> Value {
    if super::large::is_large(u64::try_from(file.size).unwrap_or_default()) {
        json!({ "oid": file.sha256, "sha256": file.sha256, "size": file.size, "pointerSize": 134 })
    } else {
        Value::Null
    }
}

pub(super) fn file_json(file: &ModelFile) -> Value {
    let mut shown = json!({ "type": "file", "path": file.path, "size": file.size, "oid": oid(file) });
    let lfs = lfs(file);
    if !lfs.is_null() {
        shown["lfs"] = lfs;
    }
    shown
}

/// A model and the version that a revision of it names.
pub(super) async fn version_of(
    services: &Services,
    actor: &Actor,
    name: &str,
    revision: &str,
) -> Result<(RegisteredModel, Option<ModelVersion>), Fault> {
    let model = services.model_get(actor, name).await.map_err(Fault::repository)?;
    let version = services.version_at(actor, &model, revision).await.map_err(Fault::revision)?;
    Ok((model, version))
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct OneParams {
    blobs: bool,
    recursive: bool,
}

/// Everything that is asked of one model with GET.
pub(super) async fn one(
    State(services): State<Services>,
    Who(actor): Who,
    Path(rest): Path<String>,
    Query(params): Query<OneParams>,
) -> Result<Json<Value>, Fault> {
    let Asked { name, what } = Asked::parse(&rest);
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    match what.as_slice() {
        [] => info(&services, &actor, &name, "main", params.blobs).await,
        ["revision", revision @ ..] => info(&services, &actor, &name, &revision.join("/"), params.blobs).await,
        ["tree", revision, path @ ..] => {
            tree(&services, &actor, &name, revision, &path.join("/"), params.recursive).await
        }
        ["refs"] => refs(&services, &actor, &name).await,
        ["commits", revision @ ..] => commits(&services, &actor, &name, &revision.join("/")).await,
        _ => Err(Problem::not_found().into()),
    }
}

async fn info(
    services: &Services,
    actor: &Actor,
    name: &str,
    revision: &str,
    sizes: bool,
) -> Result<Json<Value>, Fault> {
    let (model, version) = version_of(services, actor, name, revision).await?;
    Ok(Json(model_json(services, actor, &model, version.as_ref(), sizes).await?))
}

async fn tree(
    services: &Services,
    actor: &Actor,
    name: &str,
    revision: &str,
    path: &str,
    recursive: bool,
) -> Result<Json<Value>, Fault> {
    let (_, version) = version_of(services, actor, name, revision).await?;
    let files = match &version {
        Some(version) => services.version_files(actor, version).await?,
        None => Vec::new(),
    };
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let (mut shown, mut folders) = (Vec::new(), std::collections::BTreeSet::new());
    for file in &files {
        let Some(below) = file.path.strip_prefix(&prefix) else { continue };
        let parents = below.match_indices('/').map(|(end, _)| format!("{prefix}{}", &below[..end]));
        if recursive {
            folders.extend(parents);
        } else if let Some(first) = parents.into_iter().next() {
            folders.insert(first);
            continue;
        }
        shown.push(file_json(file));
    }
    if shown.is_empty() && folders.is_empty() && !path.is_empty() {
        return Err(Fault::entry(Problem::not_found()));
    }
    let folders =
        folders.into_iter().map(|path| json!({ "type": "directory", "path": path, "size": 0, "oid": "0".repeat(40) }));
    Ok(Json(folders.chain(shown).collect()))
}

/// The version that `main` is.
fn newest<'a>(versions: impl Iterator<Item = &'a ModelVersion>) -> Option<&'a ModelVersion> {
    versions.max_by_key(|version| version.number)
}

async fn refs(services: &Services, actor: &Actor, name: &str) -> Result<Json<Value>, Fault> {
    let model = services.model_get(actor, name).await.map_err(Fault::repository)?;
    let versions = services.version_list_of(actor, &[model.id]).await?;
    let mut tags = Vec::new();
    for version in &versions {
        for tag in version.aliases.iter().cloned().chain([format!("v{}", version.number)]) {
            tags.push(json!({ "name": tag, "ref": format!("refs/tags/{tag}"), "targetCommit": version.commit() }));
        }
    }
    let branches: Vec<Value> = newest(versions.iter())
        .into_iter()
        .map(|version| json!({ "name": "main", "ref": "refs/heads/main", "targetCommit": version.commit() }))
        .collect();
    Ok(Json(json!({ "branches": branches, "converts": [], "tags": tags })))
}

async fn commits(services: &Services, actor: &Actor, name: &str, revision: &str) -> Result<Json<Value>, Fault> {
    let (model, from) = version_of(services, actor, name, revision).await?;
    let mut versions = services.version_list_of(actor, &[model.id]).await?;
    let newest = from.map_or(0, |version| version.number);
    versions.retain(|version| version.number <= newest);
    versions.sort_by_key(|version| std::cmp::Reverse(version.number));
    let shown = versions.iter().map(|version| {
        let title = version.description.lines().next().unwrap_or_default();
        json!({
            "id": version.commit(),
            "title": if title.is_empty() { format!("Version {}", version.number) } else { title.to_owned() },
            "message": version.description.lines().skip(2).collect::<Vec<_>>().join("\n"),
            "date": moment(version.created_at),
            "authors": version.author.iter().map(|author| json!({ "user": author })).collect::<Vec<_>>(),
        })
    });
    Ok(Json(shown.collect()))
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn names_of_one_part_and_of_two_are_told_apart() {
        let parsed = |rest: &str| {
            let asked = Asked::parse(rest);
            (asked.name, asked.what.join(" "))
        };
        assert_eq!(parsed("gpt"), ("gpt".to_owned(), String::new()));
        assert_eq!(parsed("team/gpt"), ("team/gpt".to_owned(), String::new()));
        assert_eq!(parsed("gpt/tree/main/a/b"), ("gpt".to_owned(), "tree main a b".to_owned()));
        assert_eq!(parsed("team/gpt/refs"), ("team/gpt".to_owned(), "refs".to_owned()));
    }
}
