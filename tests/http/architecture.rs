//! Dependencies point one way (README.md, "How it is built").

use std::process::Command;

use crate::harness::root;

/// What a crate's normal dependencies are, directly and through others, among ours and the named ones.
fn dependencies(package: &str, features: &[&str]) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root())
        .args(["tree", "--offline", "-e", "normal", "--prefix", "none", "-p", package])
        .args(features);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().skip(1).filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn dependencies_point_one_way() {
    let forbidden: [(&str, &[&str], &[&str]); 6] = [
        (
            "alluvium-domain",
            &[],
            &["sqlx", "axum", "leptos", "candle-core", "tokio", "alluvium-store", "alluvium-engine"],
        ),
        ("alluvium-store", &[], &["axum", "leptos", "candle-core", "tantivy", "alluvium-engine", "alluvium-services"]),
        (
            "alluvium-engine",
            &[],
            &["sqlx", "axum", "leptos", "reqwest", "ureq", "hyper", "alluvium-store", "alluvium-services"],
        ),
        ("alluvium-services", &[], &["axum", "leptos", "alluvium-app", "alluvium"]),
        ("alluvium-app", &[], &["alluvium"]),
        (
            "alluvium-app",
            &["--no-default-features", "--features", "hydrate", "--target", "wasm32-unknown-unknown"],
            &["sqlx", "axum", "candle-core", "tokio", "alluvium-services", "alluvium-store", "alluvium-engine"],
        ),
    ];
    for (package, features, names) in forbidden {
        let found = dependencies(package, features);
        for name in names {
            assert!(!found.iter().any(|dependency| dependency == name), "{package} must not depend on {name}");
        }
    }
}

#[test]
fn sql_stands_in_the_store_only() {
    let output = Command::new("git")
        .current_dir(root())
        .args(["grep", "-lE", r"sqlx::(query|Executor|PgPool)|query(_as|_scalar)?!\(", "--", "app", "server"])
        .output()
        .unwrap();
    for file in String::from_utf8(output.stdout).unwrap().lines() {
        assert!(file.starts_with("server/store/"), "{file} holds SQL");
    }
}
