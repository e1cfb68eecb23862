"""Talking to Skarv from Python: what is the same in every program of a partner.

Three things that a client does and nobody should have to think of again:

* it trades its API key for a token, and for the next one before that ends;
* it gives every call a deadline, and makes a call again that may work in a moment;
* it turns an error into a `Refused` that says what was wrong, with which field, and what to do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from skarv.v1 import (
    agent_pool_pb2_grpc,
    api_key_pb2_grpc,
    auth_pb2,
    auth_pb2_grpc,
    catalog_pb2_grpc,
    connection_pb2_grpc,
    flow_pb2_grpc,
    partner_pb2_grpc,
    record_pb2_grpc,
    run_pb2_grpc,
    tenant_pb2_grpc,
)

# A token lasts 15 minutes. We get the next one a minute before, so that no call is made with one that ends on the way.
RENEW_BEFORE = 60.0
# How often a call is made in all, when the server says that it may work in a moment.
MOST_TRIES = 5


@dataclass
class Problem:
    """What an error says. Match on `reason`: it is stable, and the sentence is for people."""

    code: grpc.StatusCode
    # Such as "ALREADY_EXISTS". Empty when the error did not come from Skarv itself but from the network or a proxy.
    reason: str
    message: str
    # What is wrong, by the path of the field.
    fields: dict[str, str] = field(default_factory=dict)
    # Seconds after which the same call may work.
    retry_after: float | None = None
    # Tell this to support.
    request_id: str = ""

    @staticmethod
    def of(error: grpc.RpcError) -> Problem:
        """Reads the details of an error. They travel in the trailer `grpc-status-details-bin`."""
        assert isinstance(error, grpc.Call)  # every error that a stub raises is one
        problem = Problem(code=error.code(), reason="", message=error.details() or "")
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            retry, request = error_details_pb2.RetryInfo(), error_details_pb2.RequestInfo()
            if detail.Unpack(info):
                problem.reason = info.reason
            elif detail.Unpack(bad):
                problem.fields |= {violation.field: violation.description for violation in bad.field_violations}
            elif detail.Unpack(retry):
                problem.retry_after = retry.retry_delay.ToTimedelta().total_seconds()
            elif detail.Unpack(request):
                problem.request_id = request.request_id
        return problem

    def may_pass(self) -> bool:
        """Whether the same call may work in a moment."""
        if self.code == grpc.StatusCode.RESOURCE_EXHAUSTED:
            # without a time to wait it is the message that was too large, and it will not shrink
            return self.retry_after is not None
        return self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class Refused(Exception):
    """A call that did not work, with what the server said about it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.reason or problem.code.name}: {problem.message}")
        self.problem = problem


class Skarv:
    """The API, as whoever the key belongs to."""

    def __init__(self, server: str, api_key: str, ca_pem: bytes | None = None) -> None:
        """`server` is an address such as https://skarv.example.com. One channel serves a whole program."""
        address = urlsplit(server)
        if address.scheme == "https":
            target = address.netloc if address.port else f"{address.netloc}:443"
            self._channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(ca_pem))
        else:
            # a key in the clear: on one's own machine only
            self._channel = grpc.insecure_channel(address.netloc)
        self._api_key = api_key
        self._token = ""
        self._renew_at = 0.0
        self.auth = auth_pb2_grpc.AuthServiceStub(self._channel)
        self.api_keys = api_key_pb2_grpc.ApiKeyServiceStub(self._channel)
        self.partners = partner_pb2_grpc.PartnerServiceStub(self._channel)
        self.tenants = tenant_pb2_grpc.TenantServiceStub(self._channel)
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(self._channel)
        self.connections = connection_pb2_grpc.ConnectionServiceStub(self._channel)
        self.flows = flow_pb2_grpc.FlowServiceStub(self._channel)
        self.runs = run_pb2_grpc.RunServiceStub(self._channel)
        self.records = record_pb2_grpc.RecordServiceStub(self._channel)
        self.pools = agent_pool_pb2_grpc.AgentPoolServiceStub(self._channel)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def wait_until_reached(self, seconds: float) -> None:
        """Waits until the server answers; for programs that start beside it."""
        grpc.channel_ready_future(self._channel).result(timeout=seconds)

    def call(self, method: Callable[..., Any], request: Any, deadline: float = 10.0, repeatable: bool = True) -> Any:
        """Makes a call with a token and a deadline, and again while that may help.

        A call may have been carried out although its answer was lost. So it is repeated only if that does no harm: a
        call that reads, a call that sets a state, and a call that makes something and carries a `request_id`.
        """
        renewed = False
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return method(request, timeout=deadline, metadata=(("authorization", f"Bearer {self._bearer()}"),))
            except grpc.RpcError as error:
                problem = Problem.of(error)
                if problem.reason in ("TOKEN_EXPIRED", "TOKEN_INVALID") and not renewed:
                    # refused before anything was done: another token, once
                    renewed, self._renew_at = True, 0.0
                    continue
                if attempt == MOST_TRIES or not repeatable or not problem.may_pass():
                    raise Refused(problem) from error
                time.sleep(_pause(attempt, problem.retry_after))
        raise AssertionError("the last try either answers or raises")

    def pages(self, method: Callable[..., Any], request: Any, items: str) -> Iterator[Any]:
        """Everything that a list has, page by page. The request stays the same but for the page token."""
        while True:
            answer = self.call(method, request)
            yield from getattr(answer, items)
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    def _bearer(self) -> str:
        if time.monotonic() >= self._renew_at:
            # counted from before we asked, and by a clock that nobody sets
            asked = time.monotonic()
            request = auth_pb2.ExchangeApiKeyRequest(api_key=self._api_key)
            answer = self.auth.ExchangeApiKey(request, timeout=10.0)
            self._token = answer.token
            self._renew_at = asked + max(answer.expires_in_seconds - RENEW_BEFORE, answer.expires_in_seconds / 2)
        return self._token


def _pause(attempt: int, asked: float | None) -> float:
    """As long as the server asks, else longer each time; never in step with other clients."""
    return (asked if asked is not None else min(0.2 * 2**attempt, 5.0)) * random.uniform(1.0, 1.5)
