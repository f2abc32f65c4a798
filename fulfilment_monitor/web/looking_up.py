"""`/lookup`: how a complaint stands, for who holds its code, and what the holder may do.

The code travels in the body of a POST, never in an address. A code nobody has is answered like one
that is good: the same status, the same statements, an answer of the same size. From where too many
wrong ones came, a wrong one is answered by when to come again; a right one is always answered.
"""

import json
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from ..domain.errors import NotFound, Refusal
from ..domain.receipts import Progress
from ..house import keys_of
from ..premises import premises
from ..services import code_holders, lookups, receipts
from .guard import network, opens_to
from .origin import name_origin, refuse_foreign

bp = Blueprint("looking_up", __name__, template_folder="templates")

#: An answer is filled up to a multiple of this, so that its size tells nothing.
_SIZE_CLASS = 32_768
_MOST_BYTES = 64_000
_LONGEST_TEXT = 4_000
_WITHDRAWN = "投诉人凭查询码撤回"


@bp.get("/lookup")
@opens_to()
def form() -> Response:
    """The field for a code."""
    return name_origin(make_response(render_template("public/lookup.html")))


@bp.post("/lookup")
@opens_to()
def look() -> Response:
    """How the complaint of a code stands."""
    return _answer(_code())


@bp.post("/lookup/withdraw")
@opens_to()
def withdraw() -> Response:
    """The complainant withdraws; what others complain of, and what was found, goes on."""
    code = _code()
    if not request.form.get("sure"):
        return _answer(code, "lookup.withdraw.unsure")
    return _act(code, "lookup.withdrawn", code_holders.withdraw, _text("reason") or _WITHDRAWN)


@bp.post("/lookup/object")
@opens_to()
def object_to() -> Response:
    """The complainant objects to the result of one claim."""
    code, claim, grounds = _code(), request.form.get("claim", ""), _text("grounds")
    if not grounds:
        return _answer(code, "lookup.object.empty")
    return _act(code, "lookup.objected", code_holders.object_to, claim, grounds)


def _act(code: str, done: str, verb: Any, *said: str) -> Response:
    """Do something as the holder of a code, and show how things stand after it."""
    house, moment = premises().house, premises().moment()
    secrets, office = keys_of(house), house.office()
    try:
        with house.sessions.begin() as session:
            verb(
                session, code, *said, secrets, office=office, now=moment.now, today=moment.today
            )  # fmt: skip
    except NotFound:  # no such code, or not a claim of this complaint
        done = ""
    except Refusal:
        done = "lookup.refused"
    return _answer(code, done)


def _answer(code: str, told: str = "") -> Response:
    """The page of a code. What answers a good one is worked out for every code, and as long."""
    house, (now, today) = premises().house, premises().moment()
    secrets = keys_of(house)
    with house.readers() as session:
        progress, other = receipts.look_up_evenly(session, code, secrets, today=today)
    with house.sessions.begin() as session:
        rests = lookups.count(session, network(request), secrets, wrong=not progress.found, now=now)
    page, _ = [_page_of(shown, code, told, rests) for shown in (progress, other)]
    answer = name_origin(make_response(_filled_up(page)))
    if rests:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(rests)
    return answer


def _page_of(progress: Progress, code: str, told: str, rests: int) -> str:
    return render_template(
        "public/progress.html",
        progress=progress,
        code=code if progress.found else "",
        told=told if progress.found else "",
        minutes=-(-rests // 60),
        promise=json.dumps(progress.record._asdict(), ensure_ascii=False, indent=1),
    )


def _filled_up(page: str) -> bytes:
    content = page.encode()
    return content + b"\n" * (-len(content) % _SIZE_CLASS)


def _code() -> str:
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    refuse_foreign(request)
    return request.form.get("code", "")


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:_LONGEST_TEXT]
