#!/usr/bin/env bash
# The first page of the run-book, typed out: a control plane and two agents from their release build, and `skarv` against them.
#
# It uses the simulators in place of a shop and an accounting system, keeps everything in a folder of its own, and ends what
# it started. It stops at the first thing that does not work. `--debug` uses the debug build, which is there sooner.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=release
[ "${1:-}" = "--debug" ] && profile=dev
cargo build --locked --profile "$profile" -p skarv-control-plane -p skarv-agent -p skarv
bin=${CARGO_TARGET_DIR:-target}/$([ "$profile" = dev ] && echo debug || echo release)

here=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$here"' EXIT
say() { printf '\n== %s\n' "$1"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Waits until an address answers 200, at most half a minute.
ready() {
    for _ in $(seq 150); do
        curl -fsS -o /dev/null "$1" 2>/dev/null && return 0
        sleep 0.2
    done
    echo "$1 did not become ready" >&2
    cat "$here"/*.log >&2
    return 1
}
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"; }
# Waits until a simulator has said where it is.
said() {
    for _ in $(seq 150); do
        [ -s "$1" ] && return 0
        sleep 0.2
    done
    echo "$1 is still empty" >&2
    return 1
}

say "a master key, and what the configuration says of itself"
plane_port=$(free_port)
"$bin/skarv-control-plane" new-master-key "$here/master.key"
plane=(--database "$here/skarv.db" --master-key-file "$here/master.key" --listen "127.0.0.1:$plane_port")
"$bin/skarv-control-plane" check "${plane[@]}"

say "the control plane"
"$bin/skarv-control-plane" "${plane[@]}" --admin-key-file "$here/admin.key" 2>"$here/plane.log" &
plane_pid=$!
ready "http://127.0.0.1:$plane_port/ready"
export SKARV_SERVER=http://127.0.0.1:$plane_port SKARV_API_KEY_FILE=$here/admin.key
skarv() { "$bin/skarv" "$@"; }
skarv whoami

say "two agents"
skarv pools token default --secret-file "$here/pool.token"
export SKARV_CONTROL_PLANE=$SKARV_SERVER SKARV_POOL_TOKEN_FILE=$here/pool.token
"$bin/skarv-agent" check
agents=()
for name in ett två; do
    port=$(free_port)
    # the simulators are on this machine: a production agent is started without --allow-private
    "$bin/skarv-agent" run --name "$name" --allow-private --health-listen "127.0.0.1:$port" 2>"$here/agent-$name.log" &
    agents+=($!)
    ready "http://127.0.0.1:$port/ready"
done
skarv agents list

say "a shop and an accounting system (simulated)"
# not through the function: its subshell would be ended in their place
"$bin/skarv" fake prestashop --orders 60 --output json >"$here/shop.json" &
"$bin/skarv" fake hogia-smart --output json >"$here/erp.json" &
said "$here/shop.json" && said "$here/erp.json"
field "$here/shop.json" api_key >"$here/shop.secret"
field "$here/erp.json" client_id >"$here/erp.id"
field "$here/erp.json" client_secret >"$here/erp.secret"

say "a tenant, its connections and its flow"
skarv tenants create bagarn --display-name "Bagarn i Åmål AB"
skarv connections create butiken --tenant bagarn --connector prestashop \
    --set "base_url=$(field "$here/shop.json" base_url)" --set requests_per_second=200 \
    --secret-file "api_key=$here/shop.secret"
skarv connections create ekonomin --tenant bagarn --connector hogia-smart \
    --set "base_url=$(field "$here/erp.json" base_url)" --set "token_url=$(field "$here/erp.json" token_url)" \
    --set "organization_id=$(field "$here/erp.json" organization_id)" --set requests_per_second=200 \
    --secret-file "client_id=$here/erp.id" --secret-file "client_secret=$here/erp.secret"
skarv connections test butiken --tenant bagarn
skarv connections test ekonomin --tenant bagarn
skarv flows create order-till-faktura --tenant bagarn --template shop-master --shop butiken --erp ekonomin \
    --start-at "$(date -u -d '-40 days' +%F)" --trigger-states 2,11
skarv flows activate order-till-faktura --tenant bagarn

say "orders become invoices, and the control plane is restarted meanwhile"
skarv streams run orders --flow order-till-faktura --tenant bagarn --wait
kill -TERM "$plane_pid"
wait "$plane_pid"
"$bin/skarv-control-plane" "${plane[@]}" 2>>"$here/plane.log" &
ready "http://127.0.0.1:$plane_port/ready"
skarv streams run orders --flow order-till-faktura --tenant bagarn --wait
skarv records list --tenant bagarn --flow order-till-faktura --limit 5
skarv records list --tenant bagarn --flow order-till-faktura --state parked

say "both agents end as they are asked"
kill -TERM "${agents[@]}"
wait "${agents[@]}"
say "done"
