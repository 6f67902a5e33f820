//! Moves of the champion: activation and roll-back.

use std::sync::mpsc;
use std::time::Instant;

use alluvium_domain::Role;
use serde_json::{Value, json};

use super::{ROUNDS, audit_is_whole, rows, send, serve};
use crate::harness::App;
use crate::registry::{MODEL, act, two_versions};

/// The versions that served one after the other, by the decisions.
const MOVES: &str = "select v.number from model_decision d join model_version v on v.id = d.version_id
                     where d.act in ('activate', 'roll-back') order by d.id";
/// The champion by the tables; the lines of the decisions and of the audit log about its moves.
const STATE: &str =
    "select (select v.number from model_alias a join model_version v on v.id = a.version_id where a.name = 'champion'),
                     (select count(*) from model_decision where act in ('activate', 'roll-back')),
                     (select count(*) from audit where action in ('model.activate', 'model.roll-back'))";

/// Moves the champion; the number of the version that the answer names, none where the server went away.
fn moved(port: u16, token: &str, back: bool) -> Option<i32> {
    let (head, body) = match back {
        true => (format!("POST {MODEL}/roll-back"), json!({ "reason": "back" })),
        false => (format!("POST {MODEL}/versions/2/acts"), json!({ "act": "activate", "reason": "forth" })),
    };
    let (status, answer) = send(port, token, &head, body.to_string().as_bytes()).ok()?;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    Some(if back { 1 } else { 2 })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_a_move_of_the_champion_has_moved_it_wholly_or_not_at_all() {
    let app = App::start().await;
    let (first, second) = two_versions(&app).await;
    let names = [first.model.as_str(), second.model.as_str()];
    let rita = app.person("rita", Role::Reviewer).await;
    act(&rita, 2, "approve", "").await.expect(200);
    let mut known: Vec<(i32,)> = rows(&app, MOVES).await;
    let mut server = serve(&app);
    for round in 1..=ROUNDS {
        // One move to see how long it takes; the next ones until the server is gone.
        let (port, token) = (server.port, rita.token.clone());
        let (tell, told) = mpsc::channel();
        let mut back = known.last() == Some(&(2,));
        let moving = std::thread::spawn(move || {
            let mut acknowledged = Vec::new();
            loop {
                tell.send(Instant::now()).unwrap_or_default();
                let Some(number) = moved(port, &token, back) else { return acknowledged };
                acknowledged.push((number,));
                back = !back;
            }
        });
        let begun: Vec<Instant> = told.iter().take(2).collect();
        std::thread::sleep((begun[1] - begun[0]).mul_f64(f64::from(round) / f64::from(ROUNDS)));
        server.kill();
        let acknowledged = moving.join().unwrap();
        assert!(!acknowledged.is_empty());

        let moves: Vec<(i32,)> = rows(&app, MOVES).await;
        let (before, new) = moves.split_at(known.len());
        assert_eq!(before, known);
        assert!(new.starts_with(&acknowledged), "round {round}: {acknowledged:?} was acknowledged, {new:?} is there");
        assert!(new.len() <= acknowledged.len() + 1, "round {round}: {acknowledged:?}, {new:?}");
        let state: Vec<(i32, i64, i64)> = rows(&app, STATE).await;
        let (champion, decisions, lines) = state[0];
        assert_eq!(Some(&(champion,)), moves.last(), "round {round}: the champion is that of the last decision");
        assert_eq!(decisions, lines, "round {round}: each decision has its line");
        audit_is_whole(&app).await;
        known = moves;

        server = serve(&app);
        let question = json!({ "catalogue": "demo", "shopper": "shopper-0001" }).to_string();
        let (status, answer) =
            send(server.port, &rita.token, "POST /api/v1/recommendations", question.as_bytes()).unwrap();
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let serving = names[usize::try_from(champion - 1).unwrap()];
        assert_eq!(answer["model"], serving, "round {round}: it serves the champion that the tables name");
    }
    server.kill();
    app.stop().await;
}
