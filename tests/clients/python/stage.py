"""What `run.sh` needs around a partner's first day: a free port, a token for the agent, and the two ledgers compared.

None of it is a partner's business. The comparison reads both simulators' own books, which know nothing of Skarv.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

# The rules of the flow that first_day.py makes, in the shop's words.
TRIGGER_STATES = {2, 11}
CANCELLED = 6


def free_port() -> None:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        print(probe.getsockname()[1])


def enrol(server: str, admin_key_file: Path) -> None:
    """A token that an agent of the default pool enrols with; once the server answers."""
    from skarv.v1 import agent_pool_pb2
    from skarv_client import Skarv

    admin = Skarv(server, admin_key_file.read_text().strip())
    admin.wait_until_reached(seconds=30)
    request = agent_pool_pb2.CreateEnrolmentTokenRequest(parent="pools/default")
    # each call makes another token, so it is not made again by itself
    print(admin.call(admin.pools.CreateEnrolmentToken, request, repeatable=False).enrolment_token)


def compare(shop: Path, books: Path, start_at: datetime) -> None:
    """Every order that is to be invoiced has one invoice of its amount, and there is no other."""
    orders = eligible(ledger(shop)["orders"], start_at)
    invoices = ledger(books)["invoices"]
    wanted = {str(order["id"]): (Decimal(order["total"]), order["currency"]) for order in orders}
    # our reference on an invoice is the shop's reference and the order's id
    found = Counter(invoice["reference"].rsplit("-", 1)[-1] for invoice in invoices)
    amounts = {
        invoice["reference"].rsplit("-", 1)[-1]: (Decimal(invoice["gross"]), invoice["currency"])
        for invoice in invoices
    }
    problems = [f"order {key} has {count} invoices" for key, count in found.items() if count > 1]
    problems += [f"order {key} has no invoice" for key in wanted.keys() - found.keys()]
    problems += [f"order {key} was not to be invoiced" for key in found.keys() - wanted.keys()]
    problems += [
        f"order {key} comes to {wanted[key]}, its invoice to {amounts[key]}"
        for key in wanted.keys() & amounts.keys()
        if wanted[key] != amounts[key]
    ]
    if not wanted:
        problems.append("no order was to be invoiced: this shows nothing")
    if problems:
        sys.exit("\n".join(["the books differ:", *problems[:20]]))
    print(f"{len(wanted)} orders to be invoiced, {len(invoices)} invoices, no difference")


def eligible(orders: list[dict[str, Any]], start_at: datetime) -> list[dict[str, Any]]:
    """Orders that become invoices by the flow's rules; those that were made faulty on purpose do not."""
    return [
        order
        for order in orders
        if datetime.fromisoformat(order["date_add"]) >= start_at
        and order["current_state"] != CANCELLED
        and TRIGGER_STATES & set(order["states"])
        and order["faulty"] is None
    ]


def ledger(system: Path) -> dict[str, list[dict[str, Any]]]:
    """A simulator's own books."""
    with urlopen(f"{json.loads(system.read_text())['admin_url']}/ledger", timeout=30) as answer:
        books: dict[str, list[dict[str, Any]]] = json.load(answer, parse_float=Decimal)
        return books


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("free-port")
    enrolling = commands.add_parser("enrol")
    enrolling.add_argument("--server", required=True)
    enrolling.add_argument("--admin-key-file", type=Path, required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("--shop", type=Path, required=True)
    comparing.add_argument("--books", type=Path, required=True)
    comparing.add_argument("--start-at", type=datetime.fromisoformat, required=True)
    options = parser.parse_args()
    if options.command == "free-port":
        free_port()
    elif options.command == "enrol":
        enrol(options.server, options.admin_key_file)
    else:
        compare(options.shop, options.books, options.start_at)


if __name__ == "__main__":
    main()
