"""Version 1 of the interface: all its operations together, how a wrong request is told, and the description of it all."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation

from receivables.api.access import PROBLEM, Defect, Problem, behind_the_door
from receivables.api.resources import agencies, cases, credit, customers, documents, facts, invoices, papers, payments
from receivables.api.schemas import ProblemTold
from receivables.api.scopes import May

SOURCES = {"body", "query", "path", "header"}
WORDS_OF_A_FORMAT = {"string_pattern_mismatch": "This is not in the form that is asked for."}


class Interface(NinjaAPI):
    """Names its operations as their functions are called."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Such as `record_payment`."""
        return str(operation.view_func.__name__)


api = Interface(
    title="Receivables", version="1", urls_namespace="interface", docs_url=None, openapi_url=None, auth=May(),
    description="See docs/api.md. Amounts are strings, days ISO dates in the company's time zone.",
)  # fmt: skip
for part in (credit, customers, invoices, payments, cases, facts, documents, papers, agencies):
    api.add_router("", part.router)


@api.exception_handler(ValidationError)
def on_not_valid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """Every place that is wrong, and why; never what stood there."""
    defects = [Defect(".".join(_place(one["loc"])), WORDS_OF_A_FORMAT.get(one["type"], f"{one['msg']}.")) for one in failure.errors]
    raise Problem(422, "Not valid", "Put right what is named, and send it again.", defects)


@api.exception_handler(AuthenticationError)
def on_no_token(request: HttpRequest, failure: AuthenticationError) -> HttpResponse:
    """Cannot come here: the door has refused it."""
    raise Problem(401, "Unauthorized", "Send the header Authorization: Bearer TOKEN with a token that is not revoked.")


@api.exception_handler(HttpError)
def on_unreadable(request: HttpRequest, failure: HttpError) -> HttpResponse:
    """A body that is no JSON, say."""
    raise Problem(failure.status_code, "Bad request", "Send the body as a JSON object in UTF-8.")


def _place(parts: tuple[str | int, ...]) -> Iterator[str]:
    """As the sender knows it: "amount", "instalments.0.due_on"; not the names of our parameters."""
    inside = list(parts)
    if inside and inside[0] in SOURCES:
        source = inside.pop(0)
        if source == "body" and len(inside) > 1:
            inside.pop(0)
    return (str(part) for part in inside) if inside else iter(["body"])


def description() -> dict[str, Any]:
    """The interface as OpenAPI 3.1; whatever is refused is told the same way everywhere."""
    told = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    told["components"]["schemas"] |= _schemas_of(ProblemTold)
    problem = {"description": "Refused.", "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemTold"}}}}
    for at in told["paths"].values():
        for operation in at.values():
            operation["responses"]["default"] = problem
    return told


def patterns() -> list[URLPattern]:
    """The addresses of all operations, behind the door."""
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    return [URLPattern(one.pattern, behind_the_door(one.callback), one.default_args, one.name) for one in found]


def _schemas_of(model: type[Schema]) -> dict[str, Any]:
    """A schema and those it needs, by name."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}
