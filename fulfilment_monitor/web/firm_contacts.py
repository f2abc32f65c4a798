"""Where the enterprise is reached: shown masked, changed by who has just proved who they are."""

from flask import Response, render_template, request

from ..domain.access import Action
from ..domain.errors import Invalid
from ..house import keys_of
from ..premises import premises
from ..services import enterprise_contacts
from .firm import bp, by_field, seen_after, typed
from .guard import actor, opens_to, principal

_FIELDS = ("name", "phone", "email")


@bp.get("/firm/contacts")
@opens_to(Action.CONTACT_CHANGE)
def contacts() -> str:
    """The contact in use, masked, and the form of a new one."""
    return _draw({}, {})


@bp.post("/firm/contacts")
@opens_to(Action.CONTACT_CHANGE)
def change_contact() -> Response | tuple[str, int]:
    """Put a contact in the place of the one before; other sessions end."""
    house, moment = premises().house, premises().moment()
    values, secrets = typed(*_FIELDS), keys_of(house)
    try:
        with house.sessions.begin() as session:
            enterprise_contacts.change(
                session,
                values,
                secrets,
                by=actor(),
                now=moment.now,
                today=moment.today,
                but=principal().session_id,
            )
    except Invalid as refusal:
        return _draw(values, by_field(refusal.issues, {f"/{f}": f for f in _FIELDS})), 422
    return seen_after("enterprise.contacts", done="changed")


def _draw(values: dict[str, str], errors: dict[str, str]) -> str:
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        kept = enterprise_contacts.current(session, secrets, by=actor(), today=today)
    done = request.args.get("done") == "changed"
    return render_template(
        "enterprise/contacts.html", kept=kept, values=values, errors=errors, done=done
    )
