#!/usr/bin/env bash
# schemathesis drives the API by its own description: no server error, no answer that the description does not allow.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/schemathesis
if [ ! -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'schemathesis>=4,<5'
fi

data=$(mktemp -d /tmp/alluvium-api-XXXXXX)
chmod 755 "$data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export ALLUVIUM_DATA_DIR="$data/data" ALLUVIUM_ADDR="127.0.0.1:$port" ALLUVIUM_ENCODER="${ALLUVIUM_TEST_ENCODER:-none}" ALLUVIUM_BACKGROUND_TRAINING=false ALLUVIUM_RATE_LIMIT=0 RUST_LOG=warn
unset DATABASE_URL
target/debug/alluvium serve >"$data/out" 2>"$data/err" &
server=$!
stop() { kill -INT "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$data"; }
trap stop EXIT
for _ in $(seq 600); do
    grep -q 'sign-in/link' "$data/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$data/err"; exit 1; }
    sleep 0.2
done

# Without a name, and with the token of an author: writes are exercised too.
token=$(python3 tests/http/token.py "http://127.0.0.1:$port" "$(grep -o 'token=.*' "$data/out" | head -1 | cut -d= -f2)")
examples="${ALLUVIUM_API_EXAMPLES:-40}"
run() {
    "$venv/bin/schemathesis" run "http://127.0.0.1:$port/api/openapi.json" \
        --exclude-path-regex '/jobs/\{id\}/events$' \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --seed 1 --request-timeout 30 "$@"
}
run --max-examples $((examples / 4 + 1))
run --max-examples "$examples" --header "Authorization: Bearer $token"
if grep -E 'panicked|ERROR' "$data/err"; then exit 1; fi
