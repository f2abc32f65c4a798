"""Ask an enterprise without an account for its answer: by a link, sent to the contact it gave.

Who asks sees neither the link nor the code: the other side must not answer for the enterprise.
"""

from flask import Response, render_template, request, url_for

from ..domain.access import Action
from ..gateways import message_sink
from ..house import keys_of
from ..premises import premises
from ..services import signed_links
from ..services.sight import contract_in_sight
from . import queries
from .firm import bp, seen_after
from .guard import actor, opens_to
from .language import say

_MAY_ASK = (Action.CONTRACT_CREATE, Action.SUPERVISE)


@bp.get("/desk/contracts/<ulid>/ask")
@opens_to(*_MAY_ASK)
def ask(ulid: str) -> str:
    """Which statements of a contract wait for its enterprise, and what was sent."""
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        number = contract_in_sight(
            session, Action.CONTRACT_READ, actor(), wanted, today, house.policy
        )
        found = signed_links.asking(session, number, secrets, by=actor(), today=today)
    sent = request.args.get("done") == "sent"
    return render_template("enterprise/ask.html", ulid=ulid, asking=found, done=sent)


@bp.post("/links")
@opens_to(*_MAY_ASK)
def send_link() -> Response:
    """Make a link about one statement, and hand link and code over in two messages."""
    house, moment = premises().house, premises().moment()
    secrets = keys_of(house)
    fact = queries.check_ulid(request.form.get("fact", ""))
    contract = queries.check_ulid(request.form.get("contract", ""))
    with house.sessions.begin() as session:
        made = signed_links.make(
            session, fact, secrets, by=actor(), now=moment.now, today=moment.today
        )
    address = url_for("enterprise.answer", ulid=made.id, _external=True)
    folder = house.settings.messages_path()
    message_sink.send(folder, _messages(made, f"{address}#{made.secret}"), moment.now)
    return seen_after("enterprise.ask", ulid=contract, done="sent")


def _messages(made: signed_links.Made, link: str) -> list[dict[str, str]]:
    """The link by one way and the code by the other, where there are two."""
    contact, until = made.contact, made.expires_at.isoformat()
    by_mail = {"by": "email", "to": contact.email}
    by_phone = {"by": "sms", "to": contact.phone}
    text = say("link.message.link", link=link, until=until)
    code = say("link.message.code", code=made.code)
    return [
        {"id": f"{made.id}:link", **(by_mail if contact.email else by_phone), "text": text},
        {"id": f"{made.id}:code", **(by_phone if contact.phone else by_mail), "text": code},
    ]
