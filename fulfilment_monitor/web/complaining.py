"""`/complain`: a complaint by anybody, without an account; its lookup code is shown once."""

import json
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from secrets import token_urlsafe
from typing import Any, NamedTuple

from flask import Blueprint, Response, make_response, render_template, request

from ..clock import Moment
from ..domain.anchors import written
from ..domain.authority import Actor
from ..domain.case_codes import Breach, Route
from ..domain.channels import Channel, ChannelKind, Channels
from ..domain.complaints import Message
from ..domain.contracts import Field
from ..domain.errors import Invalid, Issue, Refusal
from ..domain.parties import Ownership, Size
from ..domain.receipts import Progress
from ..domain.secrets import Secrets
from ..domain.statute import Term
from ..house import House, keys_of
from ..premises import premises
from ..schemas.complaints import read_complaint
from ..services import inclusion, intake, receipts
from ..services.intake_claims import Raced
from ..services.office import Office
from . import complaint_form as forms
from .guard import opens_to
from .language import label, say
from .origin import name_origin, refuse_foreign
from .wording import TEXTS

bp = Blueprint("complaining", __name__, template_folder="templates")

#: Who records what comes by the form: the door itself, for nobody has said who they are.
PORTAL = Actor("system:portal")
#: 20,000 characters of Chinese, as a browser writes them, and all the rest.
_MOST_BYTES = 400_000
#: How often a complaint that somebody else has crossed is tried before the last time.
_TRIES = 2
#: What can be chosen, by the kind of its labels; what is unknown is left empty.
_CHOICES: Mapping[str, list[StrEnum]] = {
    "breach": list(Breach),
    "field": list(Field),
    "route": [Route.RECONSIDERATION, Route.ARBITRATION, Route.LITIGATION],
    "ownership": [o for o in Ownership if o is not Ownership.UNKNOWN],
    "size": [s for s in Size if s is not Size.UNKNOWN],
}
#: The limits the decree sets for complaints about payments to SMEs.
_LIMITS = ("case.forward", "case.handle", "case.handle.ceiling")


class NoForm(Refusal):
    code = "complaint.no-form"
    title = "This office has no form for complaints"
    status = 503


class Taken(NamedTuple):
    """What the receipt says."""

    code: str
    #: Whether the same form had been received before.
    again: bool
    progress: Progress
    #: The signed promise that it is in the record of acts.
    promise: dict[str, Any]


@bp.get("/complain")
@opens_to()
def form() -> Response:
    """The empty form."""
    return _page(forms.empty(), [], token_urlsafe(24))


@bp.post("/complain")
@opens_to()
def send() -> Response:
    """Take the complaint in and show its code, or the form with what has to be mended."""
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    refuse_foreign(request)
    house, moment = premises().house, premises().moment()
    values = forms.typed(request.form)
    token = request.form.get("form", "")
    office, channel = house.office(), form_channel(house.channels, moment)
    read = forms.read_form(values, channel.code, office.statute.regions, moment.today)
    try:
        number = forms.source_no(token, read.document) or f"web-{token_urlsafe(24)}"
        message = _message({**read.document, "source_no": number}, read.issues)
        taken = take(house, message, office, moment)
    except Invalid as refusal:
        found = forms.faults(refusal.issues, TEXTS)
        return _page(values, found, token or token_urlsafe(24))
    return name_origin(make_response(receipt(taken, message, channel, office, moment)))


def receipt(
    taken: Taken, message: Message, channel: Channel, office: Office, moment: Moment
) -> str:
    """The page that shows the lookup code, once."""
    return render_template(
        "public/receipt.html",
        taken=taken,
        promise=json.dumps(taken.promise, ensure_ascii=False, indent=1),
        received_on=taken.progress.received_on,
        channel=channel,
        informant=message.complainant.informant or message.complainant.code is None,
        terms=steps_of_law(office, moment),
    )


def form_channel(channels: Channels, moment: Moment) -> Channel:
    """The channel of this form.

    Raises:
        NoForm: the office lists none that a complainant fills in.
    """
    for channel in channels:
        if channel.kind is ChannelKind.FORM and channel.is_open(moment.today):
            return channel
    raise NoForm("alerts/channels.toml lists no open channel of kind form")


def steps_of_law(office: Office, moment: Moment) -> list[Term]:
    """The decree's limits for complaints about payments to SMEs, as in force today."""
    found = (office.statute.find(name, moment.today) for name in _LIMITS)
    return [term for term in found if term is not None]


def _message(document: dict[str, Any], issues: list[Issue]) -> Message:
    """The complaint as every door reads it; what the form alone can tell is told with the rest."""
    try:
        message = read_complaint(document)
    except Invalid as refusal:
        raise Invalid([*issues, *refusal.issues]) from None
    if issues:
        raise Invalid(issues)
    return message


def take(house: House, message: Message, office: Office, moment: Moment) -> Taken:
    """Take a complaint in, recorded by this door and nobody's account."""
    secrets = keys_of(house)
    for _ in range(_TRIES):
        with suppress(Raced):
            return _taken(house, message, secrets, office, moment)
    return _taken(house, message, secrets, office, moment)


def _taken(
    house: House, message: Message, secrets: Secrets, office: Office, moment: Moment
) -> Taken:
    now, today = moment
    with house.sessions.begin() as session:
        done = intake.receive(
            session,
            message,
            channels=house.channels,
            secrets=secrets,
            by=PORTAL,
            office=office,
            now=now,
            today=today,
        )
        code = done.receipt or receipts.make_again(
            session, done.complaint, secrets, by=PORTAL, now=now
        )
        progress = receipts.look_up(session, code, secrets, today=today)
    with house.readers() as session:  # the act is on record once it is committed
        kind = ("complaint", done.complaint)
        promise = written(inclusion.of_entry(session, *kind, secrets, [inclusion.RECEIVED]))
    return Taken(code, not done.is_new, progress, promise)


def _page(values: dict[str, str], found: list[forms.Fault], token: str) -> Response:
    form_channel(premises().house.channels, premises().moment())
    said = [(fault.field, say(fault.words)) for fault in found]
    page = render_template(
        "public/complain.html",
        values=values,
        faults=said,
        fault_at=dict(said),
        token=token,
        most=forms.FIELDS,
        choices={
            kind: [(code.value, label(kind, code.value)) for code in codes]
            for kind, codes in _CHOICES.items()
        },
    )
    return name_origin(make_response(page, 422 if found else 200))
