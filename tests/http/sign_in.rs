//! Guessing passwords: what is tried, what is refused, what is written down, and who is not locked out.

use std::net::SocketAddr;

use alluvium_domain::Role;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use futures_util::future::join_all;
use http::{Request, header};

use crate::harness::{Answer, App, PASSWORD, form_encoded};

/// The address of documentation's networks that ends with `n`.
fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n], 40_000))
}

async fn sign_in(app: &App, from: SocketAddr, name: &str, password: &str, cookie: &str) -> Answer {
    let request = Request::post("/sign-in")
        .extension(ConnectInfo(from))
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form_encoded(&[("name", name), ("password", password)])));
    app.send(request.unwrap()).await
}

async fn basic(app: &App, from: SocketAddr, name: &str, password: &str) -> Answer {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    let request = Request::get("/api/v1/entries")
        .extension(ConnectInfo(from))
        .header(header::AUTHORIZATION, format!("Basic {text}"))
        .body(Body::empty());
    app.send(request.unwrap()).await
}

fn retry_after(answer: &Answer) -> u64 {
    answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap()
}

/// The cookies of an answer as the browser sends them back.
fn cookies(answer: &Answer) -> String {
    let all = answer.headers.get_all(header::SET_COOKIE).iter();
    all.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn sixty_guesses_at_once_are_ten() {
    let app = App::start().await;
    app.person("ann", Role::Author).await;
    let known = cookies(&sign_in(&app, address(1), "ann", PASSWORD, "").await.expect(303));
    assert!(known.contains("alluvium_known="), "{known}");
    let known = known.split("; ").find(|cookie| cookie.starts_with("alluvium_known=")).unwrap().to_owned();
    // From as many addresses, so that only the name counts; half of them in the way of programs.
    let guesses = (0..60).map(async |n: u8| match n % 2 {
        0 => sign_in(&app, address(n + 2), "Ann", &format!("wrong wrong wrong {n}"), "").await,
        _ => basic(&app, address(n + 2), "ann", &format!("wrong wrong wrong {n}")).await,
    });
    let answers = join_all(guesses).await;
    let tried = answers.iter().filter(|answer| matches!(answer.status.as_u16(), 401 | 422)).count();
    assert_eq!(tried, 10);
    for answer in answers.iter().filter(|answer| !matches!(answer.status.as_u16(), 401 | 422)) {
        assert_eq!(answer.status, 429);
        assert!((1..=61).contains(&retry_after(answer)));
    }
    // Neither is the right one tried now, except from a browser that is known for this name.
    let refused = sign_in(&app, address(100), "ann", PASSWORD, "").await.expect(429);
    assert!(refused.text.contains("尝试次数过多"), "{}", refused.text);
    basic(&app, address(100), "ann", PASSWORD).await.expect(429);
    sign_in(&app, address(100), "ann", PASSWORD, "alluvium_known=made-up").await.expect(429);
    sign_in(&app, address(100), "ann", PASSWORD, &known).await.expect(303);
    // Known for one name is not known for another, and has ten attempts of its own.
    app.person("ben", Role::Author).await;
    for n in 0..12 {
        let status = sign_in(&app, address(101), "ann", "wrong wrong wrong", &known).await.status.as_u16();
        assert_eq!(status, if n < 10 { 422 } else { 429 }, "{n}");
    }
    for n in 0..11 {
        let status = sign_in(&app, address(102), "ben", "wrong wrong wrong", &known).await.status.as_u16();
        assert_eq!(status, if n < 10 { 422 } else { 429 }, "{n}");
    }
    app.stop().await;
}

#[tokio::test]
async fn one_address_does_not_guess_at_every_name() {
    let app = App::start().await;
    app.person("ann", Role::Author).await;
    let known = cookies(&sign_in(&app, address(1), "ann", PASSWORD, "").await.expect(303));
    let mut tried = 0;
    for n in 0..40 {
        // Whatever the client says of itself does not count: no proxy is trusted.
        let request = Request::post("/sign-in")
            .extension(ConnectInfo(address(1)))
            .header("x-forwarded-for", format!("198.51.100.{n}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form_encoded(&[("name", &format!("person{n}")), ("password", "wrong wrong wrong")])));
        tried += usize::from(app.send(request.unwrap()).await.status == 422);
    }
    assert_eq!(tried, 30);
    sign_in(&app, address(1), "ann", PASSWORD, "").await.expect(429);
    sign_in(&app, address(1), "ann", PASSWORD, &known).await.expect(303);
    sign_in(&app, address(2), "ann", PASSWORD, "").await.expect(303);
    let link = |token: &str| {
        let request = Request::post("/sign-in/link")
            .extension(ConnectInfo(address(3)))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(Body::from(form_encoded(&[("token", token)]))).unwrap()
    };
    for n in 0..31 {
        assert_eq!(app.send(link("made up")).await.status.as_u16(), if n < 30 { 422 } else { 429 }, "{n}");
    }
    app.stop().await;
}

#[tokio::test]
async fn long_names_are_refused_before_anything_is_kept() {
    let app = App::start().await;
    for name in ["a".repeat(65), "很".repeat(65)] {
        // More than an address may try: these are not even counted.
        for _ in 0..35 {
            sign_in(&app, address(1), &name, PASSWORD, "").await.expect(422);
            basic(&app, address(1), &name, PASSWORD).await.expect(401);
        }
    }
    sign_in(&app, address(1), &"a".repeat(20_000), PASSWORD, "").await.expect(413);
    for name in ["nul\0", "'; drop table person; --", "ａｎｎ", "..", " "] {
        sign_in(&app, address(1), name, PASSWORD, "").await.expect(422);
    }
    app.stop().await;
}

#[tokio::test]
async fn failures_are_in_the_audit_once_and_typed_passwords_are_not() {
    let app = App::start().await;
    let boss = app.person("boss", Role::Administrator).await;
    app.person("ann", Role::Author).await;
    for _ in 0..12 {
        sign_in(&app, address(7), "ann", "wrong wrong wrong", "").await;
        sign_in(&app, address(7), "my secret as the name", "wrong wrong wrong", "").await;
    }
    let actor = app.services.actor_by_session(Some(&boss.session)).await.unwrap();
    let mut lines = Vec::new();
    // They are written after the answer.
    for _ in 0..100 {
        lines = app.services.audit_list(&actor, None, 100).await.unwrap();
        lines.retain(|line| line.action.starts_with("person.sign-in-"));
        if lines.len() >= 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mut told: Vec<String> = lines.iter().map(|line| format!("{} {}", line.action, line.subject)).collect();
    told.sort();
    let (failed, blocked) = ("person.sign-in-failed", "person.sign-in-blocked");
    let wanted = [(blocked, "?"), (blocked, "ann"), (failed, "?"), (failed, "ann")];
    assert_eq!(told, wanted.map(|(action, name)| format!("{action} person/{name}")));
    for line in lines {
        assert_eq!(line.detail["address"], "192.0.2.7");
        assert!(!line.detail.to_string().contains("secret"), "{line:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_session_that_was_taken_over_does_not_guess_the_password() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    for n in 0..25 {
        let fields = [("current", format!("wrong wrong {n}")), ("new", "quite another long one".to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = ann.form("/settings/password", &fields).await;
        assert_eq!(answer.status.as_u16(), if n < 10 { 422 } else { 429 }, "{n}");
    }
    let right = [("current", PASSWORD), ("new", "quite another long one")];
    assert!(retry_after(&ann.form("/settings/password", &right).await.expect(429)) <= 61);
    // The person is not locked out: another session, and signing in.
    let again = cookies(&sign_in(&app, address(9), "ann", PASSWORD, "").await.expect(303));
    let session = again.split("; ").find_map(|cookie| cookie.strip_prefix("alluvium_session=")).unwrap();
    let other = ann.with_session(session);
    other.form("/settings/password", &right).await.expect(303);
    app.stop().await;
}
