//! A small provider of OpenID Connect on loopback, which can also lie and fail.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use alluvium_domain::Role;
use alluvium_services::{OidcSecret, OidcSettings};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ID: &str = "alluvium";
pub(super) const SECRET: &str = "the client's secret";

/// Two keys: the first is published, until the provider changes them.
static KEYS: LazyLock<[rsa::RsaPrivateKey; 2]> =
    LazyLock::new(|| [(); 2].map(|()| rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap()));

fn key(n: usize, id: &str) -> CoreRsaPrivateSigningKey {
    let pem = KEYS[n].to_pkcs1_pem(LineEnding::LF).unwrap();
    CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(id.to_owned()))).unwrap()
}

/// What the provider says, and how it lies.
#[derive(Clone)]
pub(super) struct Says {
    /// Claims beside those that are always there; they may take their place.
    pub(super) claims: Value,
    /// The number of the key that it signs with, and what it calls it.
    pub(super) signs_with: (usize, &'static str),
    /// Which key it publishes.
    pub(super) publishes: (usize, &'static str),
    pub(super) algorithm: &'static str,
    /// Changes the token after it was signed.
    pub(super) tampers: bool,
    /// Leaves the ID token out.
    pub(super) silent: bool,
    /// Takes a code more than once.
    pub(super) forgets: bool,
    /// What it sends the browser back with instead of a code.
    pub(super) error: Option<&'static str>,
    /// Sends whoever asks its token endpoint elsewhere.
    pub(super) redirects: bool,
}

impl Default for Says {
    fn default() -> Self {
        Says {
            claims: json!({ "sub": "1" }),
            signs_with: (0, "one"),
            publishes: (0, "one"),
            algorithm: "RS256",
            tampers: false,
            silent: false,
            forgets: false,
            error: None,
            redirects: false,
        }
    }
}

#[derive(Clone)]
pub(super) struct Provider {
    pub(super) issuer: String,
    says: Arc<Mutex<Says>>,
    /// Nonce and challenge by code.
    codes: Arc<Mutex<HashMap<String, (String, String)>>>,
    /// How often the token endpoint was asked.
    pub(super) asked: Arc<Mutex<usize>>,
}

impl Provider {
    pub(super) async fn start() -> Provider {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Provider { issuer, says: Arc::default(), codes: Arc::default(), asked: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/elsewhere", get(token_answer).post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    pub(super) fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer.clone(),
            client_id: ID.to_owned(),
            client_secret: OidcSecret(SECRET.to_owned()),
            label: None,
            new_people: Some(Role::Reader),
        }
    }

    pub(super) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub(super) fn claims(&self, claims: Value) {
        self.says(Says { claims, ..Says::default() });
    }

    fn said(&self) -> Says {
        self.says.lock().unwrap().clone()
    }

    fn id_token(&self, nonce: &str) -> String {
        let says = self.said();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({ "iss": self.issuer, "aud": [ID], "exp": now + 300, "iat": now, "nonce": nonce });
        for (name, value) in says.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (number, id) = says.signs_with;
        let head = part(&json!({ "alg": says.algorithm, "kid": id }));
        let signed = format!("{head}.{}", part(&claims));
        let signature = match says.algorithm {
            "none" => String::new(),
            "HS256" => {
                use hmac::{Hmac, Mac};
                let mut code = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
                code.update(signed.as_bytes());
                URL_SAFE_NO_PAD.encode(code.finalize().into_bytes())
            }
            _ => {
                let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
                URL_SAFE_NO_PAD.encode(key(number, id).sign(&algorithm, signed.as_bytes()).unwrap())
            }
        };
        if says.tampers {
            claims["sub"] = json!("2");
            return format!("{head}.{}.{signature}", part(&claims));
        }
        format!("{signed}.{signature}")
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let (number, id) = provider.said().publishes;
    let keys = CoreJsonWebKeySet::new(vec![key(number, id).as_verification_key()]);
    Json(serde_json::to_value(keys).unwrap())
}

type Fields = HashMap<String, String>;

/// Whoever comes is signed in there already.
async fn authorize(State(provider): State<Provider>, Query(query): Query<Fields>) -> Redirect {
    assert_eq!((query["client_id"].as_str(), query["response_type"].as_str()), (ID, "code"));
    assert_eq!(query["code_challenge_method"], "S256");
    assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
    let (back, state) = (&query["redirect_uri"], &query["state"]);
    if let Some(error) = provider.said().error {
        return Redirect::to(&format!("{back}?error={error}&error_description=%3Cb%3Eno&state={state}"));
    }
    let code = format!("code-{}", uuid::Uuid::now_v7());
    let kept = (query["nonce"].clone(), query["code_challenge"].clone());
    provider.codes.lock().unwrap().insert(code.clone(), kept);
    Redirect::to(&format!("{back}?code={code}&state={state}"))
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, Form(form): Form<Fields>) -> Response {
    *provider.asked.lock().unwrap() += 1;
    let says = provider.said();
    if says.redirects {
        let at = format!("{}/elsewhere?code={}", provider.issuer, form["code"]);
        return (StatusCode::FOUND, [(header::LOCATION, at)]).into_response();
    }
    let basic = headers[header::AUTHORIZATION].to_str().unwrap().strip_prefix("Basic ").unwrap();
    let basic = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    assert_eq!(basic, format!("{ID}:the+client%27s+secret"));
    let known = match says.forgets {
        true => provider.codes.lock().unwrap().get(&form["code"]).cloned(),
        false => provider.codes.lock().unwrap().remove(&form["code"]),
    };
    let right = |(_, challenge): &(String, String)| {
        form.get("code_verifier").is_some_and(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text)) == *challenge)
    };
    match known.filter(right) {
        Some((nonce, _)) => answer(&provider, &nonce).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

/// What somebody who follows the redirect would be told.
async fn token_answer(State(provider): State<Provider>, Query(query): Query<Fields>) -> Response {
    let nonce = provider.codes.lock().unwrap().get(&query["code"]).unwrap().0.clone();
    answer(&provider, &nonce).into_response()
}

fn answer(provider: &Provider, nonce: &str) -> Json<Value> {
    let mut answer = json!({ "access_token": "x", "token_type": "Bearer" });
    if !provider.said().silent {
        answer["id_token"] = json!(provider.id_token(nonce));
    }
    Json(answer)
}

/// Where the provider sends a browser: the path at the installation.
pub(super) async fn redirected(url: &str) -> String {
    let url = url.to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read, Write};
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    let text = answer.await.unwrap();
    let to = text.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{text}")).trim();
    let (_, path) = to.split_once("://").unwrap().1.split_once('/').unwrap();
    format!("/{path}")
}
