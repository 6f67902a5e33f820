//! Builds what the browser loads: `cargo run -p xtask -- site` fills `target/site` with the WebAssembly, its loader, the style and the
//! public files, compressed beforehand. Nothing is done where the inputs are the same as last time.

mod site;
mod wasm;

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a build tool talks to the terminal")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["site"] => site::build(),
        ["clippy-browser"] => wasm::clippy(),
        _ => Err(anyhow::anyhow!("usage: cargo run -p xtask -- site | clippy-browser")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is being done.
#[expect(clippy::print_stderr, reason = "a build tool talks to the terminal")]
fn say(text: &str) {
    eprintln!("  {text}");
}
