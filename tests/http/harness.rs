//! The application under test: services on a database of its own, and requests without a network.

use std::path::PathBuf;

use alluvium::config::Config;
use alluvium::connections::serve_connections;
use alluvium_domain::{Role, Scope, percent_encoded};
use alluvium_services::{Caller, NewUser, OidcSettings, PasswordRequest, Services, ServicesConfig};
use axum::Router;
use axum::body::Body;
use clap::Parser;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// A running application with a database of its own, which goes with it.
pub(crate) struct App {
    pub(crate) services: Services,
    router: Router,
    database: String,
    /// Removed with the application.
    data_dir: tempfile::TempDir,
    /// The token of [`App::events`].
    sender: OnceCell<String>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Fails with the text where the status is another.
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{}", &self.text.chars().take(2000).collect::<String>());
        self
    }
}

fn server_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names the Postgres for tests; ./test http starts one")
}

fn database_url(name: &str) -> String {
    let url = server_url();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// A statement on the server, outside any test's database.
pub(crate) async fn on_server(statement: &str) {
    let mut conn = PgConnection::connect(&server_url()).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
    conn.close().await.unwrap();
}

/// The folder of the encoder that `./test` installs.
pub(crate) fn encoder_dir() -> PathBuf {
    let dir = std::env::var("ALLUVIUM_TEST_ENCODER").expect("ALLUVIUM_TEST_ENCODER names the encoder; ./test sets it");
    PathBuf::from(dir)
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A file of the real data sets (README, "Configuration"); none where they are not there, which is printed.
pub(crate) fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var("ALLUVIUM_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let path = root().join(folder).join(file);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there (ALLUVIUM_DATA)", path.display());
    None
}

impl App {
    /// Without an encoder: what most tests need.
    pub(crate) async fn start() -> App {
        App::start_with(None, true).await
    }

    /// With the real encoder.
    pub(crate) async fn start_with_encoder() -> App {
        App::start_with(Some(encoder_dir()), true).await
    }

    /// With a provider of OpenID Connect.
    pub(crate) async fn start_with_provider(oidc: OidcSettings) -> App {
        App::start_as(None, true, Some(oidc)).await
    }

    pub(crate) async fn start_with(encoder_dir: Option<PathBuf>, anonymous_reading: bool) -> App {
        App::start_as(encoder_dir, anonymous_reading, None).await
    }

    async fn start_as(encoder_dir: Option<PathBuf>, anonymous_reading: bool, oidc: Option<OidcSettings>) -> App {
        let database = format!("test_{}", uuid::Uuid::now_v7().simple());
        on_server(&format!("create database {database}")).await;
        let data_dir = tempfile::tempdir().unwrap();
        let (services, router) = open(&database, &data_dir, encoder_dir, anonymous_reading, oidc).await;
        App { services, router, database, data_dir, sender: OnceCell::new() }
    }

    /// A second server on the same database, with an index of its own.
    pub(crate) async fn second(&self) -> App {
        let data_dir = tempfile::tempdir().unwrap();
        let (services, router) = open(&self.database, &data_dir, None, true, None).await;
        App { services, router, database: self.database.clone(), data_dir, sender: OnceCell::new() }
    }

    /// The same with an encoder and the first one's files of versions and runs.
    pub(crate) async fn second_with_encoder(&self) -> App {
        let data_dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(self.data_dir().join("blobs"), data_dir.path().join("blobs")).unwrap();
        let (services, router) = open(&self.database, &data_dir, Some(encoder_dir()), true, None).await;
        App { services, router, database: self.database.clone(), data_dir, sender: OnceCell::new() }
    }

    /// Where its indexes and vectors are.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.data_dir.path()
    }

    /// The same application with other options of `alluvium serve`.
    pub(crate) fn with_options(self, options: &[&str]) -> App {
        let router = alluvium::web::router(self.services.clone(), &flags(options)).unwrap();
        App { router, ..self }
    }

    /// What the router says of itself: its routes with their methods.
    pub(crate) fn routes(&self) -> String {
        format!("{:?}", self.router)
    }

    /// Drops the database. (A test that fails leaves it to the server, which goes at the end of `./test`.)
    pub(crate) async fn stop(self) {
        let App { services, router, database, .. } = self;
        drop(router);
        drop(services);
        on_server(&format!("drop database if exists {database} with (force)")).await;
    }

    /// The database's name.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The database's connection string.
    pub(crate) fn database_url(&self) -> String {
        database_url(&self.database)
    }

    /// An answer that is not read yet.
    pub(crate) async fn open(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The body of an answer that is no text.
    pub(crate) async fn send_bytes(&self, request: Request<Body>) -> Vec<u8> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    /// A statement on the application's database, as somebody with `psql` would send it.
    pub(crate) async fn execute(&self, statement: &str) -> Result<(), sqlx::Error> {
        let mut conn = PgConnection::connect(&database_url(&self.database)).await?;
        conn.execute(sqlx::AssertSqlSafe(statement.to_owned())).await?;
        conn.close().await
    }

    /// The same application on a port of this machine, for programs; it ends with the test.
    pub(crate) async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let config = flags(&["--addr", &listener.local_addr().unwrap().to_string()]);
        let router = alluvium::web::router(self.services.clone(), &config).unwrap();
        let (running, stop) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            serve_connections(listener, router, stop).await;
            drop(running);
        });
        address
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Events of any shopper, by a program that an administrator trusts: they count at once.
    pub(crate) async fn events(&self, catalogue: &str, events: &[Value]) -> Answer {
        let token = self.sender.get_or_init(async || {
            let person = self.person("event-sender", Role::Administrator).await;
            let token = person.event_token().await;
            let actor = self.services.actor_by_session(Some(&person.session)).await.unwrap();
            let senders = self.services.sender_list(&actor).await.unwrap();
            let own = senders.iter().find(|sender| sender.person == "event-sender").unwrap();
            self.services.sender_trust(&actor, own.id, true).await.unwrap();
            token
        });
        self.events_by(token.await, catalogue, events).await
    }

    /// Events with a token.
    pub(crate) async fn events_by(&self, token: &str, catalogue: &str, events: &[Value]) -> Answer {
        let body = json!({ "catalogue": catalogue, "events": events }).to_string();
        let request = Request::post("/api/v1/events")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A person with a role, and a token of theirs.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Person<'_> {
        let new =
            NewUser { name: name.to_owned(), display_name: name.to_owned(), role, password: Some(PASSWORD.to_owned()) };
        self.services.user_add_by_command(new, false).await.unwrap();
        let signed_in = self.services.sign_in(&Caller::default(), name, PASSWORD).await.unwrap().done().unwrap();
        let actor = self.services.actor_by_session(Some(&signed_in.secret.0)).await.unwrap();
        let token = self.services.token_create(&actor, "test", None, &[]).await.unwrap().secret;
        Person { app: self, token, session: signed_in.secret.0 }
    }
}

/// Most events of a token within a day: more than any test but that of the limit sends.
pub(crate) const EVENT_QUOTA: u32 = 50_000;

/// Largest upload, in bytes: more than any other body may have, and enough for the weights of the test encoder.
pub(crate) const UPLOAD_LIMIT: u64 = 96 * 1024 * 1024;

/// A change of the password, as the page asks for it.
pub(crate) fn password<'a>(current: &'a str, new: &'a str, session: Option<&'a str>) -> PasswordRequest<'a> {
    PasswordRequest { current, new, session, end_tokens: false }
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";

async fn open(
    database: &str,
    data_dir: &tempfile::TempDir,
    encoder_dir: Option<PathBuf>,
    anonymous_reading: bool,
    oidc: Option<OidcSettings>,
) -> (Services, Router) {
    let services = Services::open(ServicesConfig {
        database_url: database_url(database),
        database_owner_url: None,
        database_connections: 4,
        data_dir: data_dir.path().to_path_buf(),
        encoder_dir,
        dictionary: std::env::var_os("ALLUVIUM_DICTIONARY").map(PathBuf::from),
        anonymous_reading,
        anonymous_embeddings: false,
        task_weights: alluvium_services::recommend::TASK_WEIGHTS,
        event_quota: EVENT_QUOTA,
        upload_limit: UPLOAD_LIMIT,
        oidc,
    })
    .await
    .unwrap();
    services.encode_missing().await.unwrap();
    let router = alluvium::web::router(services.clone(), &flags(&[])).unwrap();
    (services, router)
}

/// The configuration of a server, with options of `alluvium`.
fn flags(options: &[&str]) -> Config {
    let site = root().join("target/site");
    let mut config = Flags::parse_from([&["test", "--site-dir", site.to_str().unwrap()], options].concat()).config;
    if !options.contains(&"--rate-limit") {
        // Tests ask for more at once than a person may.
        config.rate_limit = 0;
    }
    config
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Somebody who sends requests.
pub(crate) struct Person<'a> {
    app: &'a App,
    pub(crate) token: String,
    pub(crate) session: String,
}

impl Person<'_> {
    /// A token that may send events of any shopper; nobody trusts it yet.
    pub(crate) async fn event_token(&self) -> String {
        let actor = self.app.services.actor_by_session(Some(&self.session)).await.unwrap();
        self.app.services.token_create(&actor, "events", None, &[Scope::Events]).await.unwrap().secret
    }

    /// The same person with another session.
    pub(crate) fn with_session(&self, session: &str) -> Self {
        Person { app: self.app, token: self.token.clone(), session: session.to_owned() }
    }

    /// A request to the JSON API with the person's token.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.app.send(request.body(body).unwrap()).await
    }

    /// A page with the person's session.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, format!("alluvium_session={}", self.session));
        self.app.send(request.body(Body::empty()).unwrap()).await
    }

    /// A form as a browser without JavaScript sends it.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, format!("alluvium_session={}", self.session))
            .header(header::HOST, "127.0.0.1:3000")
            .header(header::ORIGIN, "http://127.0.0.1:3000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.app.send(request.body(Body::from(form_encoded(fields))).unwrap()).await
    }
}

pub(crate) fn form_encoded(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", percent_encoded(name), percent_encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// An article as the API takes it.
pub(crate) fn article(slug: &str, title: &str, body: &str) -> Value {
    json!({
        "slug": slug, "lang": "zh", "title": title, "summary": "", "body": body, "tags": ["test"], "note": "",
        "fields": { "kind": "article", "authors": ["测试"], "translation_of": null },
    })
}

/// The same with more fields set over it.
pub(crate) fn with(mut value: Value, more: Value) -> Value {
    for (name, field) in more.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}
