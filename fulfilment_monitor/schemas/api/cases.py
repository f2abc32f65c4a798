"""Cases as the API shows them; who asks decides which members are there (`domain.case_views`)."""

from ...domain.case_views import Audience
from ...domain.cases import State
from .shown import (
    Shown,
    code,
    day,
    day_or_none,
    flag,
    flag_or_none,
    instant,
    many,
    maybe,
    one,
    table,
    tables,
    text,
    text_or_none,
    texts,
    whole,
    whole_or_none,
    yuan_or_none,
)


class CaseItem(Shown):
    """A claim with its folder, as the list shows it to officers."""

    id = text("the claim's id")
    case = text("the folder's id")
    contract_no = text_or_none()
    obligation = text_or_none()
    title = text_or_none()
    respondent = text()
    respondent_uscc = text()
    region = text()
    field = text_or_none()
    origin = text()
    confidential = flag()
    state = code(State)
    state_label = text()
    state_on = day()
    holder = text_or_none()
    handler = text_or_none()
    breach = text_or_none()
    claimed = yuan_or_none()
    confirmed = yuan_or_none()
    listed = flag_or_none()
    contested = flag_or_none()
    sme_payment = flag_or_none()
    due_on = day_or_none("the next last day of a clock")
    days_left = whole_or_none()
    sources = whole("how many complaints")
    opened_on = day()
    closed_on = day_or_none()


class CasePage(Shown):
    items = many(CaseItem)
    next = text_or_none("the `cursor` of the next page; null on the last")


class PublicBodyOut(Shown):
    uscc = text()
    name = text()


class EventOut(Shown):
    """A step of a claim; officers see who took it."""

    claim = maybe(text("the claim's id"))
    event = text()
    label = text()
    outcome = text_or_none()
    to = text()
    on = day()
    details = table("what was said with it")
    seq = maybe(whole())
    at = maybe(instant())
    role = maybe(text())
    actor = maybe(text())
    body = maybe(one(PublicBodyOut, allow_none=True))


class ClockOut(Shown):
    clock = text()
    body = one(PublicBodyOut, allow_none=True)
    from_on = day()
    due_on = day_or_none()
    days_left = whole_or_none()
    days_passed = whole()
    provisional = flag()
    basis = texts()


class SourceOut(Shown):
    complaint = text()
    channel = text()
    source_no = text_or_none("what it is known by; the number itself lies in the vault")
    numbered = flag("whether the channel gave a number")
    reply = text_or_none()
    responsible = text_or_none()
    party = flag("whether it came from the enterprise itself")
    received_on = day()
    withdrawn_on = day_or_none()
    answered = flag()
    told = text_or_none("the state last told to the channel")
    held = text_or_none("the state the channel is known to hold")
    held_at = text_or_none()


class ClaimOut(Shown):
    id = text("its number; for its respondent the reference of its paper")
    state = code(State)
    state_label = text()
    state_on = day()
    events = many(EventOut)
    clocks = many(ClockOut)
    obligation = maybe(text_or_none())
    title = maybe(text_or_none())
    holder = maybe(one(PublicBodyOut, allow_none=True))
    sources = maybe(many(SourceOut))
    breach = maybe(text_or_none())
    excuse = maybe(text_or_none())
    verification = maybe(text_or_none())
    outcome = maybe(text_or_none())
    claimed = maybe(yuan_or_none())
    confirmed = maybe(yuan_or_none())
    intake = maybe(one(PublicBodyOut, allow_none=True))
    handler = maybe(text_or_none())
    addressee = maybe(text_or_none())
    returned = maybe(whole())
    sme_payment = maybe(flag_or_none())
    listed = maybe(flag_or_none())
    contested = maybe(flag_or_none())
    routing = maybe(tables("by which rule it came to its holder"))
    help = maybe(tables("what other bodies were asked to do for it, and their answers"))
    scope = maybe(tables("what the register answers of the questions of scope", allow_none=True))
    version = maybe(whole("what an event sends as If-Match"))
    open = maybe(table("every event open in this state, and why it is closed to you, or null"))


class CaseOut(Shown):
    audience = code(Audience, "as what you see it")
    acknowledged = maybe(flag())
    id = maybe(text())
    respondent = maybe(one(PublicBodyOut))
    contract_no = maybe(text_or_none())
    field = maybe(text_or_none())
    region = maybe(text())
    origin = maybe(text())
    natures = maybe(texts())
    confidential = maybe(flag())
    opened_on = maybe(day())
    moves = maybe(tables("merges and splits, oldest first"))
    claims = maybe(many(ClaimOut))


class EventPage(Shown):
    items = many(EventOut)
    next = text_or_none()


class FiredOut(Shown):
    claim = text("the claim's id; for its respondent the reference of its paper")
    state = code(State)
    state_label = text()
    version = maybe(whole())


class IntakeFinding(Shown):
    pointer = text()
    code = text()
    detail = text()


class ReceivedOut(Shown):
    case = text("the folder's id")
    complaint = text("the complaint's id")
    claims = texts("their ids")
    receipt = text_or_none("the lookup code, told once; null when this message came before")
    new = flag("false when the same message came before")
    findings = maybe(many(IntakeFinding, "what the register knows; for officers only"))
