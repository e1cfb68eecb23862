"""A partner's first day with Skarv: from a new API key to orders that have become invoices.

Read it from the top; every step is one function. `run.sh` beside it starts a control plane, an agent and two simulated
systems, and runs this twice, because a set-up script must be one that can be run again: ids are chosen by us, so "it
exists already" means "read it", and a call whose answer was lost is made again under the same `request_id`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from skarv.v1 import (
    api_key_pb2,
    auth_pb2,
    connection_pb2,
    dry_run_pb2,
    flow_pb2,
    partner_pb2,
    preflight_pb2,
    record_pb2,
    run_pb2,
    settings_pb2,
    tenant_pb2,
)
from skarv_client import Refused, Skarv

PARTNER = "nordic-webb"
TENANT = "tenants/angstroms-kok"
SHOP = f"{TENANT}/connections/webbutiken"
BOOKS = f"{TENANT}/connections/ekonomin"
FLOW = f"{TENANT}/flows/order-till-faktura"
ORDERS = f"{FLOW}/streams/orders"

# The shop's "payment accepted" and "remote payment accepted".
TRIGGER_STATES = {"2", "11"}

Method = Callable[..., Any]


def main() -> None:
    options = arguments()
    shop: dict[str, str] = json.loads(options.shop.read_text())
    books: dict[str, str] = json.loads(options.books.read_text())

    # The operator's part. A partner is given a key and begins below.
    admin = Skarv(options.server, options.admin_key_file.read_text().strip())
    api_key = key_of_partner(admin, options.key_file)

    partner = Skarv(options.server, api_key)
    me = partner.call(partner.auth.WhoAmI, auth_pb2.WhoAmIRequest())
    say(f"signed in as {me.role}")

    tenant = make_tenant(partner)
    say(f"{tenant.name}: {tenant.display_name}")
    connect(partner, SHOP, "prestashop", shop_settings(shop), {"api_key": shop["api_key"]})
    secrets = {"client_id": books["client_id"], "client_secret": books["client_secret"]}
    connect(partner, BOOKS, "hogia-smart", books_settings(books), secrets)
    show_a_mistake(partner)

    for connection in (SHOP, BOOKS):
        check(partner, connection)
    choose(partner)
    flow = make_flow(partner, options.start_at)
    look_before(partner)
    partner.call(partner.flows.ActivateFlow, flow_pb2.ActivateFlowRequest(name=flow.name))
    carry_orders(partner)
    tell_what_became(partner)


# --- 1. a partner and its key ---------------------------------------------------------------------------------------


def key_of_partner(admin: Skarv, file: Path) -> str:
    """The partner's API key: from where we keep it, or a new one.

    A key is shown once, when it is made. So keep it before doing anything else, where only you can read it.
    """
    if file.exists():
        return file.read_text().strip()
    create = partner_pb2.CreatePartnerRequest(
        partner_id=PARTNER, partner=partner_pb2.Partner(display_name="Nordic Webb AB"), request_id=fresh_id()
    )
    read = partner_pb2.GetPartnerRequest(name=f"partners/{PARTNER}")
    make(admin, (admin.partners.CreatePartner, create), (admin.partners.GetPartner, read))

    request = api_key_pb2.CreateApiKeyRequest(
        parent=f"partners/{PARTNER}", display_name="first day", request_id=fresh_id()
    )
    secret: str = admin.call(admin.api_keys.CreateApiKey, request).secret
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        kept.write(secret)

    # Had the answer been lost, the same request would not make a second key behind our back, nor show the first again.
    # Then: ListApiKeys, RevokeApiKey for the one that nobody has, and CreateApiKey under a fresh request_id.
    refused = refusal(lambda: admin.call(admin.api_keys.CreateApiKey, request))
    expect(refused.problem.reason == "SECRET_SHOWN_ONCE", f"a repeat made a second key: {refused}")
    return secret


# --- 2. the tenant --------------------------------------------------------------------------------------------------


def make_tenant(partner: Skarv) -> tenant_pb2.Tenant:
    """The merchant's company, under an id of our choice."""
    create = tenant_pb2.CreateTenantRequest(
        tenant_id=last(TENANT),
        tenant=tenant_pb2.Tenant(display_name="Ångströms Kök & Verkstad AB"),
        request_id=fresh_id(),
    )
    read = tenant_pb2.GetTenantRequest(name=TENANT)
    tenant: tenant_pb2.Tenant = make(
        partner, (partner.tenants.CreateTenant, create), (partner.tenants.GetTenant, read)
    ).tenant

    # The very same request once more, as after a lost answer: nothing is made twice, and the answer is the same.
    again = make(partner, (partner.tenants.CreateTenant, create), (partner.tenants.GetTenant, read)).tenant
    expect(again == tenant, f"the same request was answered differently: {again}")
    return tenant


# --- 3. ways into the two systems -----------------------------------------------------------------------------------


def shop_settings(shop: dict[str, str]) -> dict[str, str]:
    """CatalogService.ListConnectors says which settings and secrets a connector has."""
    # a simulator stands a faster pace than a real shop; leave it out, and the connector's own holds
    return {"base_url": shop["base_url"], "requests_per_second": "200"}


def books_settings(books: dict[str, str]) -> dict[str, str]:
    """With the real system, the organisation alone is enough: the addresses have defaults."""
    return {
        "organization_id": books["organization_id"],
        "base_url": books["base_url"],
        "token_url": books["token_url"],
        "requests_per_second": "200",
    }


def connect(partner: Skarv, name: str, connector: str, settings: dict[str, str], secrets: dict[str, str]) -> None:
    """A connection. Secrets are sealed and never read back; SetCredentials replaces them."""
    create = connection_pb2.CreateConnectionRequest(
        parent=TENANT,
        connection_id=last(name),
        connection=connection_pb2.Connection(connector=connector, settings=settings),
        secrets=secrets,
        request_id=fresh_id(),
    )
    read = connection_pb2.GetConnectionRequest(name=name)
    make(partner, (partner.connections.CreateConnection, create), (partner.connections.GetConnection, read))


def show_a_mistake(partner: Skarv) -> None:
    """How an error reads. `validate_only` checks a request and changes nothing, so a script can ask first."""
    request = connection_pb2.CreateConnectionRequest(
        parent=TENANT,
        connection_id="butik-tva",
        connection=connection_pb2.Connection(connector="prestashop", settings={"base_url": "butiken.example.se"}),
        secrets={"api_key": "not a key"},
        validate_only=True,
    )
    problem = refusal(lambda: partner.call(partner.connections.CreateConnection, request)).problem
    expect(problem.reason == "INVALID_ARGUMENT", f"another reason than expected: {problem}")
    expect(list(problem.fields) == ["connection.settings[base_url]"], f"another field than expected: {problem}")
    for path, description in problem.fields.items():
        say(f"a mistake, as the server tells it: {problem.reason}, {path} {description}")


def check(partner: Skarv, connection: str) -> None:
    """Lets an agent try the connection: can it sign in, may it read and write what the flow needs?"""
    request = connection_pb2.TestConnectionRequest(name=connection)
    started = partner.call(partner.connections.TestConnection, request).run
    run = wait(partner, started.name)
    for item in run.check.items:
        # what is wrong comes with what to do, in Swedish and in English
        found = f"{item.problem.message_en} {item.problem.fix_en}" if item.HasField("problem") else "works"
        say(f"{last(connection)}: {item.code}: {found}")
    expect(run.state == run_pb2.RUN_STATE_SUCCEEDED, f"{connection} was not tested: {run.error.message_en}")
    expect(not any(item.HasField("problem") for item in run.check.items), f"{connection} is not in order")


def choose(partner: Skarv) -> None:
    """What the shop has to choose from: the ids that a flow's settings are made of. Read once, and kept."""
    request = connection_pb2.DiscoverConnectionRequest(name=SHOP)
    run = wait(partner, partner.call(partner.connections.DiscoverConnection, request).run.name)
    expect(run.state == run_pb2.RUN_STATE_SUCCEEDED, f"the shop was not read: {run.error.message_en}")
    kept = partner.call(partner.connections.GetDiscovery, connection_pb2.GetDiscoveryRequest(name=SHOP)).discovery
    [states] = [found for found in kept.lists if found.name == "order_states"]
    paid = {state.id: state.title for state in states.values if state.facts.get("paid") == "true"}
    say(f"states of the shop in which an order is paid: {', '.join(f'{id} {title}' for id, title in paid.items())}")
    expect(TRIGGER_STATES <= paid.keys(), f"the states that send an order are not there: {paid}")


# --- 4. the flow ----------------------------------------------------------------------------------------------------


def make_flow(partner: Skarv, start_at: datetime) -> flow_pb2.Flow:
    """Orders of the shop become invoices in the books. A new flow is switched off."""
    since = Timestamp()
    since.FromDatetime(start_at)
    settings = settings_pb2.OrderSettings(
        start_at=since,  # older orders are never sent
        trigger_state_ids=sorted(TRIGGER_STATES),
        home_country="SE",
        payment_terms_days=30,
        account_rules=account_rules(),
    )
    flow = flow_pb2.Flow(
        template=settings_pb2.TEMPLATE_SHOP_MASTER, shop_connection=SHOP, erp_connection=BOOKS, order_settings=settings
    )
    create = flow_pb2.CreateFlowRequest(parent=TENANT, flow_id=last(FLOW), flow=flow, request_id=fresh_id())
    read = flow_pb2.GetFlowRequest(name=FLOW)
    made: flow_pb2.Flow = make(partner, (partner.flows.CreateFlow, create), (partner.flows.GetFlow, read)).flow
    return made


def account_rules() -> list[settings_pb2.AccountRule]:
    """Which account a row is booked on: ask the merchant's accountant.

    Left out, the Swedish BAS accounts hold for sales in Sweden, to companies in the EU and to the rest of the world.
    This merchant sells to consumers in Germany as well, so it names accounts for German tax, and with them all others.
    """
    goods, shipping, wrapping, fee, rounding = (
        settings_pb2.ROW_KIND_GOODS,
        settings_pb2.ROW_KIND_SHIPPING,
        settings_pb2.ROW_KIND_WRAPPING,
        settings_pb2.ROW_KIND_FEE,
        settings_pb2.ROW_KIND_ROUNDING,
    )
    domestic, oss, reverse, export = (
        settings_pb2.VAT_SCHEME_DOMESTIC,
        settings_pb2.VAT_SCHEME_OSS,
        settings_pb2.VAT_SCHEME_REVERSE_CHARGE,
        settings_pb2.VAT_SCHEME_EXPORT,
    )
    table = [
        (goods, domestic, "25", 3001), (goods, domestic, "12", 3002), (goods, domestic, "6", 3003),
        (goods, domestic, "0", 3004), (goods, reverse, "0", 3108), (goods, export, "0", 3105),
        (shipping, domestic, "25", 3520), (shipping, reverse, "0", 3521), (shipping, export, "0", 3522),
        (wrapping, domestic, "25", 3540), (wrapping, reverse, "0", 3541), (wrapping, export, "0", 3542),
        (fee, domestic, "25", 3540), (fee, reverse, "0", 3541), (fee, export, "0", 3542),
        (rounding, domestic, "0", 3740), (rounding, oss, "0", 3740), (rounding, reverse, "0", 3740),
        (rounding, export, "0", 3740),
    ]  # fmt: skip
    germany = [(goods, "19", 3161), (goods, "7", 3162), (shipping, "19", 3165), (wrapping, "19", 3165)]
    rules = [
        settings_pb2.AccountRule(row=row, scheme=scheme, rate=rate, account=account)
        for row, scheme, rate, account in table
    ]
    rules += [
        settings_pb2.AccountRule(row=row, scheme=oss, country="DE", rate=rate, account=account)
        for row, rate, account in germany
    ]
    return rules


def look_before(partner: Skarv) -> None:
    """What is missing, and what the first orders would become. Both only read: nothing is written on either side."""
    asked = partner.call(partner.flows.PreflightFlow, flow_pb2.PreflightFlowRequest(name=FLOW, request_id=fresh_id()))
    run = wait(partner, asked.run.name)
    expect(run.state == run_pb2.RUN_STATE_SUCCEEDED, f"nobody has looked: {run.error.message_en}")
    for finding in run.preflight.findings:
        say(f"before the flow is on: {last(finding.connection)}: {finding.reason.message_en} {finding.reason.fix_en}")
    blocking = [found for found in run.preflight.findings if found.severity == preflight_pb2.FINDING_SEVERITY_BLOCKING]
    expect(not blocking, "the flow is not ready")

    request = flow_pb2.DryRunStreamRequest(name=ORDERS, max_records=20, request_id=fresh_id())
    run = wait(partner, partner.call(partner.flows.DryRunStream, request).run.name)
    expect(run.state == run_pb2.RUN_STATE_SUCCEEDED, f"nothing was foreseen: {run.error.message_en}")
    foreseen = Counter(dry_run_pb2.DryRunAction.Name(record.action) for record in run.dry_run.records)
    say(f"the next orders: {', '.join(f'{count} {action}' for action, count in sorted(foreseen.items())) or 'none'}")
    for record in run.dry_run.records:
        if record.action == dry_run_pb2.DRY_RUN_ACTION_PARK:
            say(f"order {record.reference} would be parked: {record.reason.message_en} {record.reason.fix_en}")


# --- 5. orders become invoices --------------------------------------------------------------------------------------


def carry_orders(partner: Skarv) -> None:
    """Asks the stream to run now, and waits until everything that was there is settled.

    A flow that is switched on runs by itself, every minute; asking is for whoever does not want to wait for that.
    """
    asked = partner.call(partner.flows.RunStream, flow_pb2.RunStreamRequest(name=ORDERS)).run
    run = wait(partner, asked.name)
    expect(run.state == run_pb2.RUN_STATE_SUCCEEDED, f"the orders were not carried: {run.error.message_en}")
    say(f"{run.name}: {run.totals.read} read, {run.totals.written} written, {run.totals.parked} parked")

    # The answer may have been a run that was under way already. Another one follows it for us.
    request = flow_pb2.ListStreamsRequest(parent=FLOW)
    [stream] = [s for s in partner.call(partner.flows.ListStreams, request).streams if s.name == ORDERS]
    expect(stream.state == flow_pb2.STREAM_STATE_ON, f"the stream stopped: {stream.block_reason.message_en}")
    if stream.active_run:
        wait_for_follower(partner, stream.active_run)


def wait_for_follower(partner: Skarv, name: str) -> None:
    """Like `wait`; but a run of the schedule that had nothing to do leaves no entry."""
    try:
        wait(partner, name)
    except Refused as refused:
        if refused.problem.reason != "NOT_FOUND":
            raise


def wait(partner: Skarv, name: str, most: int = 20) -> run_pb2.Run:
    """Waits until a run has ended. WaitRun answers after at most a minute, ended or not, so ask again."""
    request = run_pb2.WaitRunRequest(name=name, timeout=Duration(seconds=30))
    ended = (run_pb2.RUN_STATE_SUCCEEDED, run_pb2.RUN_STATE_FAILED, run_pb2.RUN_STATE_CANCELLED)
    for _ in range(most):
        # the call's own deadline is longer than the wait, or the answer would come too late
        run: run_pb2.Run = partner.call(partner.runs.WaitRun, request, deadline=40.0).run
        if run.state in ended:
            return run
    raise SystemExit(f"{name} has not ended: {run.error.message_en or 'no agent has taken it'}")


def tell_what_became(partner: Skarv) -> None:
    """What became of each order, and the story of one of each kind."""
    request = record_pb2.ListRecordsRequest(parent=ORDERS, page_size=100)
    records = list(partner.pages(partner.records.ListRecords, request, "records"))
    states = Counter(record_pb2.RecordState.Name(record.state) for record in records)
    say(f"{len(records)} orders: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}")

    # amounts are texts with a point: never make a float of money
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        if record.state == record_pb2.RECORD_STATE_WRITTEN:
            sums[record.amount.currency_code] += Decimal(record.amount.amount)
    for currency, total in sums.items():
        say(f"invoiced: {total} {currency}")

    for state in (record_pb2.RECORD_STATE_WRITTEN, record_pb2.RECORD_STATE_PARKED):
        record = next((record for record in records if record.state == state), None)
        if record:
            tell_story(partner, record.name)


def tell_story(partner: Skarv, name: str) -> None:
    """What happened to one order, oldest first."""
    story = partner.call(partner.records.GetStory, record_pb2.GetStoryRequest(name=name))
    expect(len(story.events) > 0, f"{name} has no story")
    for event in story.events:
        what = [event.what, *(f"{fact} {value}" for fact, value in sorted(event.facts.items()))]
        if event.HasField("reason"):
            what.append(f"{event.reason.message_en} {event.reason.fix_en}")
        say(f"order {story.record.reference}: {', '.join(what)}")


# --- what every step leans on ---------------------------------------------------------------------------------------


def make(api: Skarv, create: tuple[Method, Any], read: tuple[Method, Any]) -> Any:
    """Makes something under an id of our choice, or reads it when an earlier run of this script made it."""
    try:
        return api.call(*create)
    except Refused as refused:
        if refused.problem.reason != "ALREADY_EXISTS":
            raise
        return api.call(*read)


def fresh_id() -> str:
    """An id for one request. Repeats of that request carry the same one; every other request another."""
    return str(uuid.uuid4())


def last(name: str) -> str:
    """The last part of a resource name."""
    return name.rsplit("/", 1)[-1]


def refusal(action: Callable[[], Any]) -> Refused:
    """The refusal of a call that is to be refused."""
    try:
        answer = action()
    except Refused as refused:
        return refused
    raise SystemExit(f"a call went through that should not have: {answer}")


def expect(holds: bool, otherwise: str) -> None:
    """Ends the script when something is not as it must be."""
    if not holds:
        raise SystemExit(otherwise)


def say(line: str) -> None:
    print(line, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A partner's first day with Skarv.")
    parser.add_argument("--server", required=True, help="address of the API, such as https://skarv.example.com")
    parser.add_argument("--admin-key-file", type=Path, required=True, help="file with an admin's API key")
    parser.add_argument("--key-file", type=Path, required=True, help="where the partner's API key is kept")
    parser.add_argument("--shop", type=Path, required=True, help="what `skarv fake prestashop --output json` printed")
    parser.add_argument("--books", type=Path, required=True, help="what `skarv fake hogia-smart --output json` printed")
    parser.add_argument("--start-at", type=datetime.fromisoformat, required=True, help="older orders are never sent")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        problem = refused.problem
        fields = "".join(f"\n  {path} {description}" for path, description in problem.fields.items())
        sys.exit(f"{refused}{fields}\n  request id {problem.request_id}")
