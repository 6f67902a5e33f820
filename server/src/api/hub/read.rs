//! Reading: who asks, models, their files, versions as commits.

use std::collections::HashSet;

use alluvium_app::Origin;
use alluvium_domain::registry::{Approval, ModelFile, ModelId, ModelVersion, RegisteredModel, is_hub_word};
use alluvium_domain::{Action, Actor, Problem, ProblemKind};
use alluvium_services::Services;
use alluvium_services::registry::{EMPTY_COMMIT, MAIN, draft_name, main_version};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, header};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fault::Fault;
use super::moment;
use super::query::{Parameters, refused};
use crate::api::extract::Who;

/// Models in a page, at most.
const PAGE: usize = 1_000;

/// A path below `/api/models/`: the model's name and what is asked of it.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) what: Vec<String>,
}

impl Asked {
    /// Reads the path of an address as it was sent: a `/` inside a part is `%2F` there.
    pub(super) fn parse(uri: &http::Uri) -> Asked {
        let rest = uri.path().strip_prefix("/api/models/").unwrap_or_default();
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts: Vec<String> = rest.split('/').map(decoded).collect();
        let length = match parts.get(1) {
            Some(second) if !parts[0].contains('/') && !is_hub_word(second) => 2,
            _ => 1,
        };
        Asked { name: parts[..length].join("/"), what: parts[length..].to_vec() }
    }
}

/// A revision and the path behind it. The revision is one part, or three that begin with `refs`, as git writes branches and tags.
pub(super) fn revision_and_path(parts: &[&str]) -> (String, String) {
    let length = if parts.first() == Some(&"refs") { parts.len().min(3) } else { parts.len().min(1) };
    (parts[..length].join("/"), parts[length..].join("/"))
}

/// Who asks.
pub(super) async fn who_am_i(Who(actor): Who) -> Result<Json<Value>, Fault> {
    let user = actor.user.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
    let role = if actor.may(Action::Write).is_ok() { "write" } else { "read" };
    Ok(Json(json!({
        "type": "user",
        "id": user.id.0.simple().to_string(),
        "name": user.name,
        "fullname": user.display_name,
        "orgs": [],
        "auth": { "type": "access_token", "accessToken": { "displayName": "alluvium", "role": role } },
    })))
}

/// Models, by name, or the last changed or made first.
pub(super) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Extension(origin): Extension<Origin>,
    uri: http::Uri,
) -> Result<Response, Fault> {
    let known = [
        "search",
        "author",
        "filter",
        "pipeline_tag",
        "gated",
        "sort",
        "direction",
        "limit",
        "cursor",
        "full",
        "cardData",
        "expand",
    ];
    let asked = Parameters::of(&uri, &known)?;
    asked.expand_checked()?;
    let search = asked.text("search").unwrap_or_default().to_lowercase();
    let mut models = services.model_list(&actor).await?;
    let all: Vec<ModelId> = models.iter().map(|model| model.id).collect();
    let versions = services.version_list_of(&actor, &all).await?;
    if actor.may(Action::Write).is_err() {
        let seen: HashSet<ModelId> = versions.iter().map(|version| version.model).collect();
        models.retain(|model| seen.contains(&model.id));
    }
    let is_by =
        |model: &RegisteredModel, author: &str| model.name.split_once('/').is_some_and(|(own, _)| own == author);
    models.retain(|model| {
        model.name.to_lowercase().contains(&search) && asked.text("author").is_none_or(|author| is_by(model, author))
    });
    if asked.flag("gated")? {
        models.clear();
    }
    match asked.text("sort") {
        None => {}
        Some("lastModified") => {
            models.sort_by_key(|model| std::cmp::Reverse(changed_at(model, main_of(&actor, model, &versions))))
        }
        Some("createdAt") => models.sort_by_key(|model| std::cmp::Reverse(model.created_at)),
        Some(other) => return Err(refused("sort", &format!("lastModified or createdAt is expected, not {other}"))),
    }
    if asked.text("direction").is_some_and(|direction| direction != "-1") {
        models.reverse();
    }
    // What a filter names may stand in the card, so that each description is made before it is counted.
    let filters: Vec<&str> = asked.all("filter").chain(asked.text("pipeline_tag")).collect();
    if !filters.is_empty() {
        let mut kept = Vec::new();
        for model in models {
            let shown = model_json(&services, &actor, &model, main_of(&actor, &model, &versions), false).await?;
            let has = |filter: &&str| {
                shown["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == filter))
                    || shown["pipeline_tag"] == **filter
                    || shown["library_name"] == **filter
            };
            if filters.iter().all(has) {
                kept.push(model);
            }
        }
        models = kept;
    }
    let from = asked.number("cursor")?.unwrap_or_default();
    let limit = asked.number("limit")?.unwrap_or(PAGE).clamp(1, PAGE);
    let next = (from.saturating_add(limit) < models.len()).then(|| from + limit);
    let page: Vec<&RegisteredModel> = models.iter().skip(from).take(limit).collect();
    let mut shown = Vec::new();
    for model in page {
        shown.push(model_json(&services, &actor, model, main_of(&actor, model, &versions), false).await?);
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

/// The version that `main` of a model is, out of the versions of several.
fn main_of<'a>(actor: &Actor, model: &RegisteredModel, versions: &'a [ModelVersion]) -> Option<&'a ModelVersion> {
    main_version(actor, versions.iter().filter(|version| version.model == model.id))
}

fn changed_at(model: &RegisteredModel, version: Option<&ModelVersion>) -> OffsetDateTime {
    version.map_or(model.updated_at, |version| version.created_at)
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
    Ok(json!({
        "_id": format!("{:024x}", model.id.0),
        "id": model.name,
        "modelId": model.name,
        "author": model.name.split_once('/').map(|(owner, _)| owner),
        "sha": version.map_or_else(|| EMPTY_COMMIT.to_owned(), ModelVersion::commit),
        "createdAt": moment(model.created_at),
        "lastModified": moment(changed_at(model, version)),
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
    let model = model_of(services, actor, name).await?;
    let version = services.version_at(actor, &model, revision).await.map_err(Fault::revision)?;
    Ok((model, version))
}

/// A model. One without a version that the actor sees is none, except for those who may send one.
pub(super) async fn model_of(services: &Services, actor: &Actor, name: &str) -> Result<RegisteredModel, Fault> {
    let model = services.model_get(actor, name).await.map_err(Fault::repository)?;
    if actor.may(Action::Write).is_err() && services.version_list_of(actor, &[model.id]).await?.is_empty() {
        return Err(Fault::repository(Problem::unknown("registered_model", name)));
    }
    Ok(model)
}

/// Everything that is asked of one model with GET.
pub(super) async fn one(
    State(services): State<Services>,
    Who(actor): Who,
    uri: http::Uri,
) -> Result<Json<Value>, Fault> {
    let Asked { name, what } = Asked::parse(&uri);
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    let known = match what.first() {
        None | Some(&"revision") => &["blobs", "expand"][..],
        Some(&"tree") => &["recursive", "limit", "cursor"],
        Some(&"commits") => &["p", "limit"],
        Some(&"refs") => &["include_prs"],
        _ => &[],
    };
    let asked = Parameters::of(&uri, known)?;
    asked.expand_checked()?;
    match what.as_slice() {
        [] => info(&services, &actor, &name, MAIN, asked.flag("blobs")?).await,
        ["revision", revision @ ..] => info(&services, &actor, &name, &revision.join("/"), asked.flag("blobs")?).await,
        ["tree", rest @ ..] => {
            let (revision, path) = revision_and_path(rest);
            tree(&services, &actor, &name, &revision, &path, asked.flag("recursive")?).await
        }
        ["refs"] => refs(&services, &actor, &name).await,
        ["commits", revision @ ..] => commits(&services, &actor, &name, &revision.join("/")).await,
        ["auth-check"] => model_of(&services, &actor, &name).await.map(|_| Json(json!({}))),
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

async fn refs(services: &Services, actor: &Actor, name: &str) -> Result<Json<Value>, Fault> {
    let model = model_of(services, actor, name).await?;
    let versions = services.version_list_of(actor, &[model.id]).await?;
    let mut tags = Vec::new();
    for version in &versions {
        let draft = (version.approval != Approval::Approved).then(|| draft_name(version));
        for tag in version.aliases.iter().cloned().chain([format!("v{}", version.number)]).chain(draft) {
            tags.push(json!({ "name": tag, "ref": format!("refs/tags/{tag}"), "targetCommit": version.commit() }));
        }
    }
    let branches: Vec<Value> = main_version(actor, versions.iter())
        .into_iter()
        .map(|version| json!({ "name": MAIN, "ref": "refs/heads/main", "targetCommit": version.commit() }))
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
    use super::{Asked, revision_and_path};

    #[test]
    fn names_and_revisions_are_read_from_the_address() {
        let parsed = |rest: &str| {
            let asked = Asked::parse(&format!("/api/models/{rest}").parse().unwrap());
            (asked.name, asked.what.join(" "))
        };
        assert_eq!(parsed("gpt"), ("gpt".to_owned(), String::new()));
        assert_eq!(parsed("team/gpt"), ("team/gpt".to_owned(), String::new()));
        assert_eq!(parsed("team%2Fgpt/refs"), ("team/gpt".to_owned(), "refs".to_owned()));
        assert_eq!(parsed("gpt/tree/main/a/b"), ("gpt".to_owned(), "tree main a b".to_owned()));
        assert_eq!(parsed("team/gpt/refs"), ("team/gpt".to_owned(), "refs".to_owned()));
        assert_eq!(parsed("team/gpt/tree/refs%2Fheads%2Fmain").1, "tree refs/heads/main");
        let split = |parts: &[&str]| revision_and_path(parts);
        assert_eq!(split(&["main", "a", "b"]), ("main".to_owned(), "a/b".to_owned()));
        assert_eq!(split(&["refs/heads/main", "a"]), ("refs/heads/main".to_owned(), "a".to_owned()));
        assert_eq!(split(&["refs", "heads", "main", "a"]), ("refs/heads/main".to_owned(), "a".to_owned()));
        assert_eq!(split(&["refs"]), ("refs".to_owned(), String::new()));
        assert_eq!(split(&[]), (String::new(), String::new()));
    }
}
