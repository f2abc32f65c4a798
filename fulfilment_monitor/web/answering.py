"""`/answer/<link>`: an enterprise without an account answers one statement, once.

The secret stands behind the `#` of the link, which no browser sends; the page takes it from there
into its form, or one pastes it. Whatever is wrong with a link is answered in the same words.
"""

from flask import Response, make_response, render_template, request

from ..domain.errors import Invalid
from ..domain.facts import Answer, FactKind
from ..house import keys_of
from ..premises import premises
from ..services import signed_links
from ..services.owed import Statement
from ..services.signed_links import Key
from .firm import bp, by_field, typed
from .firm_facts import read_dispute
from .guard import opens_to
from .origin import name_origin, refuse_foreign

_MOST_BYTES = 64_000
_LONGEST = 100


@bp.get("/answer/<ulid>")
@opens_to()
def answer(ulid: str) -> Response:
    """The fields for the secret and the code; the same for every link, there or not."""
    return _page("enterprise/answer_key.html", ulid=ulid, refused=False)


@bp.post("/answer/<ulid>")
@opens_to()
def show_answer(ulid: str) -> Response:
    """What the link is about, to be confirmed or disputed."""
    return _form(_key(ulid), {"extent": "whole"}, {})


@bp.post("/answer/<ulid>/confirm")
@opens_to()
def confirm_answer(ulid: str) -> Response:
    """Confirm the statement; the link ends."""
    return _use(_key(ulid), Answer.CONFIRMED, None, None)


@bp.post("/answer/<ulid>/dispute")
@opens_to()
def dispute_answer(ulid: str) -> Response:
    """Dispute the statement, or a part of it; the link ends."""
    key, values = _key(ulid), typed("extent", "amount", "note")
    said = _look(key)
    if said is None:
        return _refused(key)
    try:
        fen, note = read_dispute(said, values)
    except Invalid as refusal:
        return _form(key, values, by_field(refusal.issues, {"/amount": "amount", "/note": "note"}))
    return _use(key, Answer.DISPUTED, fen, note)


def _key(ulid: str) -> Key:
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    refuse_foreign(request)
    given = typed("secret", "code")
    secret = given["secret"].rpartition("#")[2]  # the whole link may have been pasted
    return Key(ulid[:_LONGEST], secret[:_LONGEST], given["code"].replace(" ", "")[:_LONGEST])


def _look(key: Key) -> Statement | None:
    house, moment = premises().house, premises().moment()
    secrets = keys_of(house)
    with house.sessions.begin() as session:
        return signed_links.look(session, key, secrets, now=moment.now, today=moment.today)


def _use(key: Key, said: Answer, fen: int | None, note: str | None) -> Response:
    house, moment = premises().house, premises().moment()
    secrets, office = keys_of(house), house.office()
    with house.sessions.begin() as session:
        done = signed_links.use(
            session, key, said, secrets, office=office, now=moment.now, disputed_fen=fen, note=note
        )
    if not done:
        return _refused(key)
    return _page("enterprise/answer_done.html", answer=said.value)


def _form(key: Key, values: dict[str, str], errors: dict[str, str]) -> Response:
    said = _look(key)
    if said is None:
        return _refused(key)
    return _page(
        "enterprise/answer_form.html",
        status=422 if errors else 200,
        key=key,
        said=said,
        values=values,
        errors=errors,
        in_part=said.kind == FactKind.PAID.value,
    )


def _refused(key: Key) -> Response:
    return _page("enterprise/answer_key.html", status=403, ulid=key.id, refused=True)


def _page(template: str, *, status: int = 200, **words: object) -> Response:
    return name_origin(make_response(render_template(template, **words), status))
