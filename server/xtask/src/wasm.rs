//! The browser crate to WebAssembly, with whichever toolchain this machine has.
//!
//! Where rustup has the target, that is used. Elsewhere Debian's second compiler (packages `rustc-web cargo-web rust-web-src
//! rust-web-llvm`) builds the standard library from source; the two toolchains must not see each other's settings.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

const TARGET: &str = "wasm32-unknown-unknown";

/// Which compiler makes WebAssembly here.
enum Toolchain {
    /// rustup's own, with the target installed.
    Rustup,
    /// Debian's, with the standard library built on the way.
    Debian {
        /// Folder that holds `rust-lld`.
        linker_dir: Option<PathBuf>,
    },
}

/// Builds the browser crate; the path of the `.wasm` file.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let mut cargo = cargo(&["build", "--profile", "browser"])?;
    if !cargo.status()?.success() {
        bail!("the browser crate did not build");
    }
    Ok(target_dir().join(TARGET).join("browser/alluvium_browser.wasm"))
}

/// Lints the browser crate for its target.
pub(crate) fn clippy() -> anyhow::Result<()> {
    // Debian's toolchain may come without clippy: then warnings of the compiler itself are the lint.
    let with_clippy = matches!(toolchain()?, Toolchain::Rustup) || Path::new("/usr/bin/clippy-driver").exists();
    let mut cargo = cargo(&[if with_clippy { "clippy" } else { "check" }, "--profile", "browser"])?;
    // Added to the flags of .cargo/config.toml; RUSTFLAGS would replace them.
    cargo.args(["--config", r#"build.rustflags=["-D", "warnings"]"#]);
    if !cargo.status()?.success() {
        bail!("the browser crate has warnings");
    }
    Ok(())
}

fn target_dir() -> PathBuf {
    PathBuf::from("target/browser")
}

fn cargo(args: &[&str]) -> anyhow::Result<Command> {
    let mut command = match toolchain()? {
        Toolchain::Rustup => Command::new("cargo"),
        Toolchain::Debian { linker_dir } => {
            let mut command = Command::new("/usr/bin/cargo");
            for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC", "RUSTDOC", "LD_LIBRARY_PATH"] {
                command.env_remove(name);
            }
            command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
            if let Some(dir) = linker_dir {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let joined = std::env::join_paths(std::iter::once(dir).chain(std::env::split_paths(&path)))?;
                command.env("PATH", joined);
            }
            command
        }
    };
    command.args(args).args(["-p", "alluvium-browser", "--lib", "--target", TARGET, "--target-dir"]).arg(target_dir());
    if matches!(toolchain()?, Toolchain::Debian { .. }) {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    Ok(command)
}

fn toolchain() -> anyhow::Result<Toolchain> {
    if has_target() {
        return Ok(Toolchain::Rustup);
    }
    // rustup, where it can reach its server.
    if Command::new("rustup").args(["target", "add", TARGET]).output().is_ok_and(|done| done.status.success())
        && has_target()
    {
        return Ok(Toolchain::Rustup);
    }
    if !Path::new("/usr/bin/cargo").exists() || !Path::new("/usr/bin/rustc").exists() {
        bail!(
            "no way to build WebAssembly: `rustup target add {TARGET}` failed, and Debian's second compiler is not installed \
             (apt-get install rustc-web cargo-web rust-web-src rust-web-llvm)"
        );
    }
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    let linker_dir = sysroot.join("lib/rustlib/x86_64-unknown-linux-gnu/bin");
    Ok(Toolchain::Debian { linker_dir: linker_dir.join("rust-lld").exists().then_some(linker_dir) })
}

fn has_target() -> bool {
    let Ok(output) = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output() else {
        return false;
    };
    std::fs::read_dir(String::from_utf8_lossy(&output.stdout).trim())
        .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}
