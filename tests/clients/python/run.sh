#!/usr/bin/env bash
# A partner's first day, in Python, against a control plane, an agent and two simulated systems; twice, and then the books
# of both systems compared. Needs cargo, python3 with venv, and a package index for pip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

fail() { echo "run.sh: $*" >&2; exit 1; }
step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.95 or later"
command -v python3 >/dev/null || fail "python3 is missing: install Python 3.11 or later"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "python3 is $(python3 --version): 3.11 or later is needed"
python3 -c 'import venv, ensurepip' 2>/dev/null || fail "python3 cannot make environments: install its venv package, on Debian python3-venv"

stage=$(mktemp -d)
started=()
clean_up() {
    status=$?
    trap - EXIT
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    if [ "$status" -ne 0 ]; then
        for log in "$stage"/*.log; do
            [ -s "$log" ] && printf '\n-- the end of %s\n' "$(basename "$log")" >&2 && tail -n 20 "$log" >&2
        done
    fi
    rm -rf "$stage"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a program of ours: its name for the logs, then the command.
start() {
    local name=$1; shift
    "$@" >"$stage/$name.out" 2>"$stage/$name.log" &
    started+=($!)
}

# Waits until a program has printed something that matches, and prints the match.
await() {
    local name=$1 pattern=$2 pid=${started[-1]}
    for _ in $(seq 300); do
        if grep -oE -m1 "$pattern" "$stage/$name.out"; then return; fi
        kill -0 "$pid" 2>/dev/null || fail "$name ended before it was ready"
        sleep 0.1
    done
    fail "$name has printed nothing that reads $pattern"
}

step "building"
(cd "$root" && cargo build --quiet --locked -p skarv -p skarv-control-plane -p skarv-agent)

step "Python environment"
venv="$target/python-client"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" \
        || fail "pip cannot install $here/requirements.txt: is a package index within reach?"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
python=$venv/bin/python
mkdir "$stage/stubs"
"$python" -m grpc_tools.protoc -I "$root/proto" --python_out="$stage/stubs" \
    --grpc_python_out="$stage/stubs" "$root"/proto/skarv/v1/*.proto
export PYTHONPATH="$stage/stubs:$here" PYTHONDONTWRITEBYTECODE=1

step "the stage"
start shop "$target/debug/skarv" fake prestashop --output json
await shop '^\{.*\}$' >"$stage/shop.json"
start books "$target/debug/skarv" fake hogia-smart --output json
await books '^\{.*\}$' >"$stage/books.json"
umask 077
head -c 32 /dev/urandom | base64 >"$stage/master.key"
port=$("$python" "$here/stage.py" free-port)
server=http://127.0.0.1:$port
start control-plane "$target/debug/skarv-control-plane" \
    --database "$stage/skarv.db" --listen "127.0.0.1:$port" --master-key-file "$stage/master.key"
# shown once, on the control plane's first start
await control-plane 'skarv_key_[A-Za-z0-9_-]+' >"$stage/admin.key"
"$python" "$here/stage.py" enrol --server "$server" --admin-key-file "$stage/admin.key" >"$stage/pool.token"
start agent "$target/debug/skarv-agent" \
    --control-plane "$server" --pool-token-file "$stage/pool.token" --allow-private

start_at=$("$python" -c 'from datetime import *; print((datetime.now(timezone.utc) - timedelta(days=30)).isoformat())')
for day in first same; do
    step "the $day day"
    "$python" "$here/first_day.py" --server "$server" --admin-key-file "$stage/admin.key" \
        --key-file "$stage/partner.key" --shop "$stage/shop.json" --books "$stage/books.json" --start-at "$start_at"
    "$python" "$here/stage.py" compare --shop "$stage/shop.json" --books "$stage/books.json" --start-at "$start_at"
done
step "done"
