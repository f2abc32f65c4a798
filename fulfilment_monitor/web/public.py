"""The pages anybody can use without an account: `/`, and what stands beside it.

They keep no session and set no cookie but the language.
"""

from flask import Blueprint, render_template

from ..premises import premises
from . import calculators, complaining, directory, looking_up, open_data, published
from .guard import opens_to

bp = Blueprint("public", __name__, template_folder="templates")

#: What an application registers for the public.
BLUEPRINTS = (
    bp,
    complaining.bp,
    looking_up.bp,
    published.bp,
    calculators.bp,
    directory.bp,
    open_data.bp,
)


@bp.get("/")
@opens_to()
def portal() -> str:
    """What this is, its doors, and how a complaint goes."""
    office, moment = premises().house.office(), premises().moment()
    return render_template("public/portal.html", terms=complaining.steps_of_law(office, moment))
