//! The one binary.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = alluvium::cli::Cli::parse();
    // The embedded Postgres stops when the thread that started it ends, so the commands run on the main thread.
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(alluvium::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command goes to the terminal, not to the log")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("alluvium: {error:#}");
    ExitCode::FAILURE
}
