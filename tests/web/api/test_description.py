"""The interface keeps what its description says, whatever a program sends: no error of ours, no answer that is not described."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from receivables.api import interface
from tests.builders import make_creditor, make_customer, make_invoice, pay
from tests.web.api.asking import NOW, Program

pytestmark = pytest.mark.django_db

EXAMPLES = 200 if os.environ.get("LONG") else 2
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
described = schemathesis.openapi.from_dict(interface.description())
described.app = WSGIHandler()


@pytest.fixture
def shop(settings: Settings) -> Program:
    """A program with every scope, and a company with something of everything."""
    settings.CLOCK, settings.API_PER_MINUTE = NOW, 10**9
    creditor = make_creditor("firma")
    customer = make_customer(creditor, number="K-1", tax_id="1234563218", email="a@example.com")
    program = Program(creditor)
    pay(customer, 20, make_invoice(customer, 100))
    program.post("/holds", {"customer": customer.pk})
    program.post("/promises", {"customer": customer.pk, "amount": "50.00", "by": "2026-12-01"})
    return program


@pytest.fixture
def one_connection(shop: Program) -> Iterator[None]:
    """Requests leave the connection of the test open. After `shop`: the test client connects the receivers anew whenever it has asked."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@described.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_server_error_and_no_answer_that_is_not_described(case: Any, shop: Program, one_connection: None) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {shop.token}"}, checks=CHECKS)
