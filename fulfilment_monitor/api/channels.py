"""Messages of channels: in the channel's own form, kept first, then taken in as any complaint."""

import re
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.authority import Forbidden
from ..domain.channel_maps import ChannelForm, ChannelMap, Form, map_answer
from ..domain.errors import Invalid, Issue
from ..domain.inbox import MessageKind, OtherBody
from ..domain.secrets import Secrets
from ..house import inbox_desk, keys_of
from ..premises import premises
from ..schemas import channel_messages as forms
from ..schemas.api import channels as shapes
from ..services import inbox, inbox_status, inbox_work, partners
from ..services.inbox import Incoming
from .callers import caller, opens_to
from .document import PREFIX, Blueprint, takes
from .examples import TICKET
from .problems import BadJson, NoJson
from .requests import MOST_BYTES

bp = Blueprint(
    "api_channels", __name__, url_prefix=PREFIX, description="Messages of other platforms"
)

_KEY = re.compile(r"[!-~]{1,120}")
_MESSAGE_ID = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "the sender's id of this message: the same one is taken once, for ever",
    "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
}
_DOCUMENT = {"type": "object", "description": "as the channel's mapping says, docs/channels.md"}
_PARTNER = "partner:"


@bp.post("/channels/<code:channel>/messages")
@opens_to(Action.CHANNEL_PUSH, Scope.LEADS_PUSH)
@Blueprint.doc(parameters=[_MESSAGE_ID])
@takes(_DOCUMENT, TICKET)
@bp.response(202, shapes.StoredOut, description="It is kept, and will be taken in")
def push(channel: str) -> Response:
    """Hand over one item, or a package of items, in the channel's own form.

    Signed by a partner (RFC 9421) or with a key. The same message again gets the same answer; a
    field error is at its place in the document that was sent.
    """
    raw, message_id = _body(), _message_id()
    document = _document(raw)
    form, how = _mapping(channel, document)
    refuse_sender(form, caller().name)
    secrets = keys_of(premises().house)
    common = Incoming(channel, caller().name, message_id, Form.JSON.value, how.version, raw)
    package = forms.read_package(how, document)
    if package is not None:
        return _take_package(common, how, package, secrets)
    forms.read_item(how, channel, Form.JSON, document)  # field errors are the sender's to mend
    return _answered(common, keep(common, secrets), 1, [], [])


@bp.get("/channels/<code:channel>/messages/<ulid:receipt>")
@opens_to(Action.CHANNEL_PUSH, Scope.STATUS_PULL)
@bp.response(200, shapes.StandingOut)
def show(channel: str, receipt: str) -> Any:
    """How a message stands, and what its channel is told of what it became; for its sender."""
    house = premises().house
    with house.readers() as session:
        found = inbox_status.standing(session, caller().name, channel, receipt, keys_of(house))
    how = forms.mapping_of(house.maps, channel, found.form, found.mapping)
    told = [map_answer(how, said) for said in found.told] if how else found.told
    return {**found._asdict(), "told": told}


def keep(one: Incoming, secrets: Secrets) -> inbox.Stored:
    """Keep an item, then apply it; whatever comes of that, it is kept.

    Raises:
        OtherBody: its id came with another body, which is on record now.
    """
    house, now = premises().house, premises().moment().now
    try:
        with house.sessions.begin() as session:
            stored = inbox.store(session, one, secrets, now=now)
    except OtherBody:
        with house.sessions.begin() as session:
            inbox.note_clash(session, one, now=now)
        raise
    if stored.is_new:
        desk = inbox_desk(house, secrets, premises().moment)
        inbox_work.apply_now(desk, stored.receipt)
    return stored


def refuse_sender(form: ChannelForm, sender: str) -> None:
    """A partner speaks for its own channel; where the mapping names senders, nobody else does.

    Raises:
        Forbidden: this one does not speak for this channel.
    """
    if form.senders:
        if sender not in form.senders:
            raise Forbidden("you do not speak for this channel")
    elif sender.startswith(_PARTNER):
        with premises().house.readers() as session:
            partner = partners.take(session, sender.removeprefix(_PARTNER))
        if partner.channel != form.channel:
            raise Forbidden("you do not speak for this channel")


def _mapping(channel: str, document: Any) -> tuple[ChannelForm, ChannelMap]:
    """By the version the document names, else the one in force today."""
    maps, today = premises().house.maps, premises().moment().today
    form, how = forms.mapping_for(maps, channel, Form.JSON, today)
    version = forms.version_of(how, document)
    return forms.mapping_for(maps, channel, Form.JSON, today, version) if version else (form, how)


def _take_package(
    common: Incoming, how: ChannelMap, package: forms.Package, secrets: Secrets
) -> Response:
    """Its good items are kept whatever the others are; a package of none but bad ones is refused.

    What it held is applied by the next run, not while its sender waits.
    """
    house, now = premises().house, premises().moment().now
    cover = common._replace(
        kind=MessageKind.PACKAGE, covers_on=package.day, items=len(package.items)
    )
    at = how.cover.items if how.cover else ""
    offers = [
        forms.offer(how, common.channel, Form.JSON, item, f"{at}/{n}")
        for n, item in enumerate(package.items)
    ]
    if package.items and all(o.issues for o in offers):
        raise Invalid([i for o in offers for i in o.issues])
    try:
        with house.sessions.begin() as session:
            stored = inbox.store(session, cover, secrets, now=now)
            handed = inbox.Handed(common, offers)
            taken = inbox.store_all(session, handed, secrets, now=now)
    except OtherBody:
        with house.sessions.begin() as session:
            inbox.note_clash(session, common, now=now)
        raise
    return _answered(common, stored, len(taken.receipts), taken.receipts, taken.refused)


def _answered(
    common: Incoming, stored: inbox.Stored, items: int, receipts: list[str], refused: list[Issue]
) -> Response:
    said = {
        "receipt": stored.receipt,
        "channel": common.channel,
        "mapping": common.mapping,
        "received_at": stored.received_at.isoformat(),
        "items": items,
        "receipts": receipts,
        "refused": [i._asdict() for i in refused],
    }
    text = shapes.StoredOut().dumps(said, ensure_ascii=False)
    reply = Response(text, 202, content_type="application/json")
    reply.headers["Location"] = f"{PREFIX}/channels/{common.channel}/messages/{stored.receipt}"
    return reply


def _body() -> bytes:
    raw = request.get_data(cache=True)
    if len(raw) > MOST_BYTES:
        raise RequestEntityTooLarge
    if request.mimetype != "application/json":
        raise NoJson("send Content-Type: application/json")
    return raw


def _document(raw: bytes) -> Any:
    try:
        return forms.read_json(raw)
    except Invalid as refused:
        raise BadJson(refused.issues[0].detail) from None


def _message_id() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        detail = "required: 1 to 120 visible ASCII characters"
        raise Invalid([Issue("/Idempotency-Key", "invalid-header", detail)])
    return key
