"""An Open311 GeoReport v2 façade for hotlines that speak it; behind it is the inbox of channels.

`jurisdiction_id` names the channel, where more than one has a mapping for it. The key is sent as
`api_key`, as the standard has it, or as everywhere else.
Source: Open311 GeoReport v2, wiki.open311.org/GeoReport_v2.
"""

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import HTTPException, NotFound

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.case_codes import Breach, label
from ..domain.channel_maps import ChannelForm, ChannelMap, Form
from ..domain.errors import Invalid, Issue, Refusal
from ..house import keys_of
from ..premises import premises
from ..schemas import channel_messages as forms
from ..services import open311
from ..services.inbox import Incoming
from .callers import OPEN311, caller, opens_to, opens_to_everybody
from .channels import keep, refuse_sender
from .requests import MOST_BYTES

bp = Blueprint("open311", __name__, url_prefix=OPEN311)

_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_]{1,60})\]")
_NOT_SAID = frozenset({"api_key", "jurisdiction_id"})
_FORMATS = ("json", "xml")
_PLURAL = {"service_request": "service_requests", "service": "services", "error": "errors"}


@bp.before_request
def _limit() -> None:
    request.max_content_length = MOST_BYTES


@bp.get("/discovery.<format>")
@opens_to_everybody
def discovery(format: str) -> Response:
    """What is offered, and where."""
    _refuse_format(format)
    found = {
        "contact": "docs/channels.md",
        "key_service": "API keys are given out by the security administrator",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": request.host_url.rstrip("/") + OPEN311,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }
    if format == "xml":
        return _xml_of("discovery", found)
    return Response(json.dumps(found), content_type="application/json")


@bp.get("/services.<format>")
@opens_to_everybody
def services(format: str) -> Response:
    """The kinds of breaches that can be reported."""
    return _listed("service", [_service(b) for b in Breach], format)


@bp.get("/services/<service_code>.<format>")
@opens_to_everybody
def definition(service_code: str, format: str) -> Response:
    """Which attributes a request has beside the parameters of the standard."""
    _refuse_format(format)
    if service_code not in list(Breach):
        raise NotFound
    _, how = _mapping()
    attributes = [
        {
            "variable": True,
            "code": t.at.removeprefix("/attribute/"),
            "datatype": "string",
            "required": t.required,
            "description": t.to,
            "order": n,
        }
        for n, t in enumerate(how.takings, 1)
        if t.at.startswith("/attribute/")
    ]
    found = {"service_code": service_code, "attributes": attributes}
    if format == "xml":
        return _xml_of("service_definition", found)
    return Response(json.dumps(found, ensure_ascii=False), content_type="application/json")


@bp.post("/requests.<format>")
@opens_to(Action.CHANNEL_PUSH, Scope.LEADS_PUSH)
def create(format: str) -> Response:
    """Take a request in; the same ticket in the same version again is the same request."""
    _refuse_format(format)
    form, how = _mapping()
    sender = caller().name
    refuse_sender(form, sender)
    offer = forms.offer(how, form.channel, Form.OPEN311, _document(), "")
    if offer.issues:
        raise Invalid(list(offer.issues))
    message_id = request.headers.get("Idempotency-Key", offer.message_id)[:120]
    incoming = Incoming(
        form.channel, sender, message_id, Form.OPEN311.value, how.version, offer.body
    )
    stored = keep(incoming, keys_of(premises().house))
    notice = "已收到；办理进度按服务请求编号查询"
    made = {"service_request_id": stored.receipt, "service_notice": notice, "account_id": None}
    return _listed("service_request", [made], format)


@bp.get("/requests.<format>")
@opens_to(Action.CHANNEL_PUSH, Scope.STATUS_PULL)
def find(format: str) -> Response:
    """The sender's own requests, at most a thousand, the newest first."""
    asked = request.args
    ids = tuple(i for i in asked.get("service_request_id", "").split(",") if i)
    wanted = open311.Wanted(
        ids[: open311.MOST], asked.get("status"), asked.get("service_code"),
        _moment("start_date"), _moment("end_date"),
    )  # fmt: skip
    return _listed("service_request", _found(wanted), format)


@bp.get("/requests/<service_request_id>.<format>")
@opens_to(Action.CHANNEL_PUSH, Scope.STATUS_PULL)
def show(service_request_id: str, format: str) -> Response:
    """One of the sender's own requests."""
    found = _found(open311.Wanted((service_request_id,)))
    if not found:
        raise NotFound
    return _listed("service_request", found, format)


def _found(wanted: open311.Wanted) -> list[dict[str, Any]]:
    form, _ = _mapping()
    with premises().house.readers() as session:
        return open311.find(session, caller().name, form.channel, wanted)


def _mapping() -> tuple[ChannelForm, ChannelMap]:
    """The channel that is meant, and how it writes today."""
    maps, today = premises().house.maps, premises().moment().today
    known = [f.channel for f in maps if f.on(Form.OPEN311, today) is not None]
    channel = request.values.get("jurisdiction_id") or (known[0] if len(known) == 1 else "")
    return forms.mapping_for(maps, channel, Form.OPEN311, today)


def _document() -> dict[str, Any]:
    """The parameters of a request, `attribute[…]` below one name."""
    found: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    for name, value in request.form.items():
        inner = _ATTRIBUTE.fullmatch(name)
        if inner:
            attributes[inner[1]] = value
        elif name not in _NOT_SAID:
            found[name] = value
    return {**found, **({"attribute": attributes} if attributes else {})}


def _service(breach: Breach) -> dict[str, Any]:
    return {
        "service_code": breach.value,
        "service_name": label(breach),
        "description": label(breach),
        "metadata": True,
        "type": "realtime",
        "keywords": "",
        "group": "政府合同违约",
    }


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(
            [Issue(f"/{name}", "invalid-field", "an instant of ISO 8601 with its offset")]
        )
    return found


# --- answers ----------------------------------------------------------------------------------


def _refuse_format(wanted: str) -> None:
    if wanted not in _FORMATS:
        raise NotFound


def _listed(name: str, items: list[dict[str, Any]], wanted: str, status: int = 200) -> Response:
    if wanted == "xml":
        return _xml_of(_PLURAL[name], [(name, i) for i in items], status)
    _refuse_format(wanted)
    text = json.dumps(items, ensure_ascii=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def _xml_of(name: str, content: Any, status: int = 200) -> Response:
    root = _element(name, content)
    text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(text, status, content_type="text/xml; charset=utf-8")


def _element(name: str, content: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(content, dict):
        element.extend(_element(k, v) for k, v in content.items())
    elif isinstance(content, list):
        single = name.removesuffix("s")
        pairs = [c if isinstance(c, tuple) else (single, c) for c in content]
        element.extend(_element(k, v) for k, v in pairs)
    elif content is not None:
        element.text = str(content).lower() if isinstance(content, bool) else str(content)
    return element


def _refused(refusal: Refusal) -> Response:
    """As the standard tells refusals: a code and words."""
    if isinstance(refusal, Invalid):
        errors = [
            {"code": i.code, "description": f"{i.pointer} {i.detail}"} for i in refusal.issues
        ]
        return _listed("error", errors, _asked_format(), 400)
    own_fault = refusal.status >= 500
    words = refusal.title if own_fault else f"{refusal.title}: {refusal}"
    error = {"code": refusal.code, "description": words}
    return _listed("error", [error], _asked_format(), refusal.status)


def _failed(error: HTTPException) -> Response:
    status = error.code or 500
    return _listed("error", [{"code": status, "description": error.name}], _asked_format(), status)


def _asked_format() -> str:
    return "xml" if request.path.endswith(".xml") else "json"


bp.register_error_handler(Refusal, _refused)
bp.register_error_handler(HTTPException, _failed)
