"""The OpenAPI document: what flask-smorest gathers, with its refusals and headers told in full."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]
from flask_smorest.spec.plugins import FlaskPlugin  # type: ignore[import-untyped]
from werkzeug.routing import BaseConverter

from ..schemas.api.described import of_field
from .problems import MIMETYPE

VERSION, OPENAPI = "1.0.0", "3.1.0"
PREFIX = "/api/v1"
ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
NAME = "[0-9A-HJKMNP-TV-Z]{26}"
CODE = "[0-9A-Za-z][0-9A-Za-z:._-]{0,119}"
_ABOUT = (
    "合同履约监测平台接口。Amounts are decimal strings of yuan; days are Beijing civil days. "
    "Errors are RFC 9457 problems with a stable `code`. Lists are `{items, next}`: send `next` "
    "as `cursor`."
)
_TITLES = {
    "400": "The body cannot be read",
    "401": "Nobody is signed in, and no valid key was sent",
    "403": "This capacity does not have that function, or the key not that scope",
    "404": "There is no such thing, or it is not for you",
    "409": "The state of things does not permit it; what is open is listed where it can be",
    "412": "It has changed since it was read",
    "413": "The body is larger than it may be",
    "415": "The body is not of the type that is taken here",
    "422": "Something in the request is not valid; errors say where",
    "428": "If-Match is missing",
    "429": "Asked too often",
    "503": "The clocks disagree, or a key is missing; somebody has to look",
}
_CODES = {
    "400": "json.malformed", "401": "not-signed-in", "403": "forbidden", "404": "not-found",
    "409": "not-open", "412": "contract.changed", "413": "http.413", "415": "http.415",
    "422": "invalid", "428": "precondition.missing", "429": "too-often",
    "503": "clock.alarm",
}  # fmt: skip
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "names this request for 30 days: sent again, it is answered as the first time",
    "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
}
_ETAG_HEADER = {"description": "the version, for If-Match", "schema": {"type": "string"}}


def if_match(*, required: bool) -> dict[str, Any]:
    """The parameter that says which version was read."""
    return {
        "name": "If-Match",
        "in": "header",
        "required": required,
        "description": "the ETag of what was read",
        "schema": {"type": "string", "pattern": '^"[!#-~]{1,100}"$'},
    }


class Ulid(BaseConverter):
    """The ULID of a thing that may exist."""

    regex = ULID


class NameOfCase(BaseConverter):
    """The ULID of a case or a claim, or the reference of a paper: letters of the same kind."""

    regex = NAME


class CodeOfBody(BaseConverter):
    """A 统一社会信用代码, or `scheme:id` of a foreign register."""

    regex = CODE


class Described(Api):
    """flask-smorest without its own errors, pages and names of shapes."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Ours are registered with the application, by the path of a request."""

    def _register_responses(self) -> None:
        """Refusals are described below, in the words of their status."""

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(of_field)
        self.register_converter(Ulid, lambda _: {"type": "string", "pattern": f"^{ULID}$"})
        self.register_converter(NameOfCase, lambda _: {"type": "string", "pattern": f"^{NAME}$"})
        self.register_converter(CodeOfBody, lambda _: {"type": "string", "pattern": f"^{CODE}$"})


def convert(app: Flask) -> None:
    """Teach an application the names of things in addresses."""
    app.url_map.converters |= {"ulid": Ulid, "case": NameOfCase, "code": CodeOfBody}


def describe(blueprints: Iterable[Any]) -> dict[str, Any]:
    """The OpenAPI document of some blueprints; made on an application of its own."""
    app = Flask("fulfilment_monitor", static_folder=None)
    convert(app)
    options = {
        "title": "fulfilment-monitor",
        "version": VERSION,
        "openapi_version": OPENAPI,
        "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name_of),
        "info": {"description": _ABOUT},
    }
    described = Described(app, spec_kwargs=options)
    for blueprint in blueprints:
        described.register_blueprint(blueprint)
    names = {
        (FlaskPlugin.flaskpath2openapi(rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    return _finished(described.spec.to_dict(), names)


def _name_of(schema: Any) -> str:
    found = resolve_schema_cls(schema)
    assert not isinstance(found, list)
    return found.__name__


def changes(*, condition: bool | None = None) -> Any:
    """Says of an operation that it changes something.

    Args:
        condition: whether it has to say which version was read; None where it cannot.
    """
    asked = [_IDEMPOTENCY, *([] if condition is None else [if_match(required=condition)])]
    return Blueprint.doc(parameters=asked)


def takes(shape: Any, example: Any, *, required: bool = True) -> Any:
    """Says of an operation what document it takes; it is read by the operation itself."""
    content = {"application/json": {"schema": shape, "example": example}}
    return Blueprint.doc(requestBody={"required": required, "content": content})


def _finished(gathered: dict[str, Any], names: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """What was gathered, as plain JSON, with what every operation has in common.

    Args:
        names: the endpoint of each path and method.
    """
    found: dict[str, Any] = json.loads(json.dumps(gathered))
    for tag in found["tags"]:
        tag["name"] = _noun(tag["name"])
    for where, path in found["paths"].items():
        shared = path.pop("parameters", [])
        for method, operation in path.items():
            operation["operationId"] = _noun(names[where, method]).replace(".", "_")
            operation["parameters"] = deepcopy(shared) + operation.get("parameters", [])
            operation["tags"] = [_noun(t) for t in operation["tags"]]
            _tell_refusals(operation)
            if not operation["parameters"]:
                del operation["parameters"]
    components = found.setdefault("components", {})
    components.pop("headers", None)
    components["schemas"].pop("PaginationMetadataSchema", None)
    components["securitySchemes"] = {
        "apiKey": {"type": "http", "scheme": "bearer", "description": "a key of the API"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "a session of the pages; what changes something also sends X-CSRF-Token",
        },
    }
    components["schemas"] = dict(sorted({**components["schemas"], "Problem": _PROBLEM}.items()))
    components["responses"] = {f"Problem{status}": _refusal(status) for status in _TITLES}
    return found


def _noun(name: str) -> str:
    """What a blueprint is about; its own name is one of all of the application's."""
    return name.removeprefix("api_")


def _tell_refusals(operation: dict[str, Any]) -> None:
    """Add every refusal an operation can answer with, and take out what was guessed."""
    told = {s: r for s, r in operation["responses"].items() if s.isdigit() and int(s) < 400}
    for status in sorted(_refusals_of(operation)):
        told[status] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = told


def _refusals_of(operation: dict[str, Any]) -> set[str]:
    found = {str(s) for s in operation.pop("x-refusals", ())}
    places = {p["in"] for p in operation["parameters"]}
    named = {p["name"] for p in operation["parameters"]}
    if operation.get("security"):
        found |= {"401", "403", "429"}
    if "path" in places:
        found.add("404")
    if places & {"query", "header"}:
        found.add("422")
    if "requestBody" in operation:
        found |= {"400", "413", "415", "422"}
    if "Idempotency-Key" in named:
        found.add("409")
    if "If-Match" in named:
        found |= {"412"}
        found |= {"428"} if _is_needed(operation, "If-Match") else set()
    return found


def _is_needed(operation: dict[str, Any], name: str) -> bool:
    return any(p["name"] == name and p.get("required") for p in operation["parameters"])


def _refusal(status: str) -> dict[str, Any]:
    code = _CODES[status]
    example: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": _TITLES[status],
        "status": int(status),
        "code": code,
    }
    if status == "422":
        fault = {"pointer": "/amount", "code": "invalid-field", "detail": "an amount is a string"}
        example["errors"] = [fault]
    shape = {"$ref": "#/components/schemas/Problem"}
    found: dict[str, Any] = {
        "description": _TITLES[status],
        "content": {MIMETYPE: {"schema": shape, "example": example}},
    }
    if status == "401":
        found["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status == "429":
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return found


_TEXT = {"type": "string"}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; further members say what would be right",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable, for programs"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer; /NAME of a query"},
                    "code": _TEXT,
                    "detail": _TEXT,
                },
                "required": ["pointer", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code"],
}
