//! A disk without room and a database that is away: what cannot be done now is 503, `/readyz` says so, and afterwards all goes on.

use std::time::{Duration, Instant};

use alluvium_domain::Role;

use crate::harness::{App, article, on_server};
use crate::server_killed::{send, serve};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_said_and_goes_by() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let server = serve(&app);
    let ask = |head: &str, body: &str| send(server.port, &ann.token, head, body.as_bytes()).unwrap().0;
    let draft = article("in-short", "短缺", "正文").to_string();
    assert_eq!(ask("GET /readyz", ""), 200);

    // What Postgres says where the disk is full.
    app.execute(
        "create function no_room() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
         create trigger no_room before insert on entry for each row execute function no_room()",
    )
    .await
    .unwrap();
    assert_eq!((ask("POST /api/v1/entries", &draft), ask("GET /readyz", "")), (503, 503));
    assert_eq!((ask("GET /healthz", ""), ask("GET /api/v1/entries", "")), (200, 200), "reading goes on");
    app.execute("drop trigger no_room on entry").await.unwrap();
    assert_eq!(ask("POST /api/v1/entries", &draft), 201, "the attempt before left nothing behind");

    on_server(&format!("alter database {} allow_connections false", app.database())).await;
    on_server(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'", app.database()))
        .await;
    assert_eq!((ask("GET /api/v1/entries/article/in-short", ""), ask("GET /readyz", "")), (503, 503));
    assert_eq!(ask("GET /healthz", ""), 200);
    on_server(&format!("alter database {} allow_connections true", app.database())).await;
    let since = Instant::now();
    while ask("GET /readyz", "") != 200 {
        assert!(since.elapsed() < Duration::from_secs(60), "it does not come back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(ask("GET /api/v1/entries/article/in-short", ""), 200);
    server.kill();
    app.stop().await;
}
