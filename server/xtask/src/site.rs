//! `target/site`: what the server serves as files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{say, wasm};

const SITE: &str = "target/site";
const NODE_MODULES: &str = "tests/browser/node_modules";

/// Builds the site, if its inputs changed.
pub(crate) fn build() -> anyhow::Result<()> {
    let wasm = wasm::build()?;
    let stamp = stamp(&wasm)?;
    let stamp_file = Path::new("target/site.stamp");
    if std::fs::read_to_string(stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    // Built beside and moved into place: a server that runs meanwhile never sees half a site.
    let fresh = PathBuf::from("target/site.new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    let pkg = fresh.join("pkg");
    std::fs::create_dir_all(&pkg)?;
    say("binding the WebAssembly");
    Bindgen::new().input_path(&wasm).web(true)?.typescript(false).out_name("alluvium").generate(&pkg)?;
    optimise(&pkg.join("alluvium_bg.wasm"))?;
    std::fs::write(pkg.join("alluvium.css"), bundle_css(Path::new("style/main.css"))? + &size_rules())?;
    copy(Path::new("public"), &fresh)?;
    vendor(&fresh.join("vendor"))?;
    say("compressing");
    compress(&fresh)?;
    let _ = std::fs::remove_dir_all(SITE);
    std::fs::rename(&fresh, SITE)?;
    std::fs::write(stamp_file, stamp)?;
    for name in ["alluvium_bg.wasm", "alluvium.js", "alluvium.css"] {
        let file = Path::new(SITE).join("pkg").join(name);
        let packed = std::fs::metadata(format!("{}.br", file.display()))?.len();
        say(&format!("{name}: {} bytes, {packed} with brotli", std::fs::metadata(&file)?.len()));
    }
    Ok(())
}

/// What the site serves of npm packages: where it stands in one, and its name.
const VENDORED: [(&str, &str); 2] = [
    ("mermaid/dist/mermaid.min.js", "mermaid.min.js"),
    ("@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2", "stix-two-math.woff2"),
];

fn vendor(target: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(target)?;
    for (source, name) in VENDORED {
        let source = Path::new(NODE_MODULES).join(source);
        if source.exists() {
            std::fs::copy(source, target.join(name))?;
        } else {
            say(&format!(
                "{name} is missing (npm ci in tests/browser): diagrams show as text, formulas in the system's font"
            ));
        }
    }
    Ok(())
}

/// A hash over everything that goes in.
fn stamp(wasm: &Path) -> anyhow::Result<String> {
    let mut files = BTreeMap::new();
    files.insert(wasm.to_path_buf(), ());
    for dir in ["style", "public"] {
        for file in walk(Path::new(dir))? {
            files.insert(file, ());
        }
    }
    for tool in ["mermaid/package.json", "binaryen/package.json", "@fontsource/stix-two-math/package.json"] {
        files.insert(Path::new(NODE_MODULES).join(tool), ());
    }
    let mut hash = Sha256::new();
    for file in files.keys() {
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update(std::fs::read(file).unwrap_or_default());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn walk(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(walk(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in walk(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(&file, target)?;
    }
    Ok(())
}

/// Makes the WebAssembly smaller with binaryen's `wasm-opt`, where npm has brought it.
fn optimise(wasm: &Path) -> anyhow::Result<()> {
    let tool = Path::new(NODE_MODULES).join(".bin/wasm-opt");
    if !tool.exists() {
        say("wasm-opt is missing (npm install in tests/browser): the WebAssembly stays larger");
        return Ok(());
    }
    say("optimising the WebAssembly");
    let small = wasm.with_extension("small");
    // What every browser since 2022 knows, and no more: `--all-features` writes modules that they refuse.
    const FEATURES: [&str; 6] = [
        "--enable-bulk-memory",
        "--enable-mutable-globals",
        "--enable-multivalue",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-sign-ext",
    ];
    let done = Command::new(tool).arg("-Oz").args(FEATURES).arg(wasm).arg("-o").arg(&small).status()?;
    anyhow::ensure!(done.success(), "wasm-opt failed");
    Ok(std::fs::rename(small, wasm)?)
}

/// Inlines `@import "file";` lines, so that the style is one request.
fn bundle_css(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let dir = file.parent().unwrap_or(Path::new("."));
    let mut bundle = String::new();
    for line in text.lines() {
        let import = line.trim().strip_prefix("@import").and_then(|rest| rest.split('"').nth(1));
        match import {
            Some(name) => bundle.push_str(&bundle_css(&dir.join(name.trim_start_matches("./")))?),
            None => bundle.push_str(line),
        }
        bundle.push('\n');
    }
    Ok(bundle)
}

/// A rule for each class of `app/src/size.rs`: steps of half a per cent.
fn size_rules() -> String {
    let rule = |name: &str, step: u16| format!(".{name}-{step}{{--{name}:{}}}\n", f64::from(step) / 200.0);
    ["length", "from"].iter().flat_map(|name| (0..=200).map(move |step| rule(name, step))).collect()
}

/// Writes `.br` and `.gz` beside every file that gains from it.
fn compress(dir: &Path) -> anyhow::Result<()> {
    const TEXT: [&str; 6] = ["wasm", "js", "css", "svg", "json", "txt"];
    for file in walk(dir)? {
        let extension = file.extension().and_then(|name| name.to_str()).unwrap_or_default();
        if !TEXT.contains(&extension) {
            continue;
        }
        let bytes = std::fs::read(&file)?;
        let mut packed = Vec::new();
        let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &params)?;
        std::fs::write(format!("{}.br", file.display()), packed)?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&bytes)?;
        std::fs::write(format!("{}.gz", file.display()), gzip.finish()?)?;
    }
    Ok(())
}
