//! `DATABASE_URL=postgres://... cargo bench -p alluvium --bench events -- [EVENTS]` (default 1000000): how fast a file of events is imported, against
//! Postgres' own COPY of the same rows into a table of the same shape, in a database that is made for it and dropped.
//!
//! The events are of 50,000 shoppers and 20,000 products over twelve months, drawn with a fixed seed.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends where something is wrong")]

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use alluvium_domain::shop::Bilingual;
use alluvium_services::shop::ImportPlan;
use alluvium_services::{Services, ServicesConfig};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const SHOPPERS: u64 = 50_000;
const PRODUCTS: u64 = 20_000;

#[tokio::main]
async fn main() {
    let Ok(url) = std::env::var("DATABASE_URL") else {
        println!("DATABASE_URL names the Postgres to measure on: none, nothing measured");
        return;
    };
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
    let mut server = PgConnection::connect(&url).await.unwrap();
    server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let database_url = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
    let folder = tempfile::tempdir().unwrap();
    let services = Services::open(ServicesConfig {
        database_owner_url: None,
        database_url: database_url.clone(),
        database_connections: 4,
        data_dir: folder.path().join("data"),
        encoder_dir: None,
        dictionary: None,
        anonymous_reading: true,
        anonymous_embeddings: false,
        task_weights: alluvium_services::recommend::TASK_WEIGHTS,
        event_quota: 100_000,
        upload_limit: 0,
        oidc: None,
    })
    .await
    .unwrap();
    let products = products(folder.path());
    import(&services, "products", &products).await;
    let (events, rows) = events(folder.path(), count);
    let seconds = import(&services, "events", &events).await;
    drop(services);
    let copied = copy(&database_url, &rows).await;
    println!("import {:.2} times as long as COPY", seconds / copied);
    server.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
}

/// Imports a file and tells how long it took.
async fn import(services: &Services, format: &str, path: &Path) -> f64 {
    let plan = ImportPlan {
        format: format.parse().unwrap(),
        path: path.to_owned(),
        catalogue: "bench".to_owned(),
        title: Bilingual::new("", "Bench"),
        source: String::new(),
        currency: "CNY".to_owned(),
    };
    let since = Instant::now();
    let report = services.shop_import(plan, |_| {}).await.unwrap();
    let seconds = since.elapsed().as_secs_f64();
    assert_eq!(report.wrong, 0);
    let rows = report.products + report.events;
    println!("import {format}: {rows} rows in {seconds:.2} s, {:.0} rows/s", rows as f64 / seconds);
    seconds
}

/// Copies the rows into a table of the same shape and tells how long it took.
async fn copy(url: &str, rows: &str) -> f64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    conn.execute("create table copied (like event including all) partition by range (at)").await.unwrap();
    for month in 1..=12 {
        let (next_year, next) = if month == 12 { (2026, 1) } else { (2025, month + 1) };
        let partition = format!(
            "create table copied_{month} partition of copied for values from ('2025-{month}-01 00:00Z') to ('{next_year}-{next}-01 00:00Z')"
        );
        conn.execute(AssertSqlSafe(partition)).await.unwrap();
    }
    let since = Instant::now();
    let mut into = conn.copy_in_raw("copy copied from stdin").await.unwrap();
    for chunk in rows.as_bytes().chunks(1 << 16) {
        into.send(chunk).await.unwrap();
    }
    let count = into.finish().await.unwrap();
    let seconds = since.elapsed().as_secs_f64();
    println!("COPY: {count} rows in {seconds:.2} s, {:.0} rows/s", count as f64 / seconds);
    conn.close().await.unwrap();
    seconds
}

fn products(folder: &Path) -> std::path::PathBuf {
    let mut text = String::new();
    for number in 0..PRODUCTS {
        writeln!(text, "{{\"id\":\"p{number}\",\"title\":\"Product {number}\",\"brand\":\"B\",\"price\":{number}}}")
            .unwrap();
    }
    let path = folder.join("products.jsonl");
    std::fs::write(&path, text).unwrap();
    path
}

/// The events as a file, and the same rows as COPY reads them.
fn events(folder: &Path, count: u64) -> (std::path::PathBuf, String) {
    // Knuth's MMIX generator; the high bits are good enough to draw rows.
    let mut state = 7_u64;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let path = folder.join("events.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut rows = String::new();
    writeln!(file, "shopper,product,kind,time,query,position").unwrap();
    // Half a minute apart: 1,000,000 events take most of 2025.
    let step = 31_000_000 / count.max(1);
    for number in 0..count {
        let (shopper, product) = (draw(SHOPPERS), draw(PRODUCTS));
        let kind = ["view", "view", "view", "cart", "purchase"][draw(5) as usize];
        let at = 1_735_700_000 + number * step;
        let (query, position) = (draw(500), 1 + draw(20));
        writeln!(file, "s{shopper},p{product},{kind},{at},query {query},{position}").unwrap();
        let mut random = [0; 10];
        random[..8].copy_from_slice(&(draw(u64::MAX >> 33) << 33 | number).to_le_bytes());
        let id = uuid::Builder::from_unix_timestamp_millis(at * 1_000, &random).into_uuid();
        let time = time::OffsetDateTime::from_unix_timestamp(at as i64).unwrap();
        writeln!(rows, "1\t{id}\t{time}\t{shopper}\t{product}\t{kind}\tquery {query}\t{position}").unwrap();
    }
    file.into_inner().unwrap();
    (path, rows)
}
