"""`/channels`: the channels complaints come by, who runs each in a region, and what it takes."""

from typing import Any

from flask import Blueprint, render_template, request

from ..domain.regions import Region, Regions
from ..premises import premises
from ..services import channels as channel_book
from ..services import columns
from . import queries
from .guard import opens_to

bp = Blueprint("directory", __name__, template_folder="templates")

#: What of a channel is for everybody: never a person's handle, nor what it has brought.
_PUBLIC = (
    "label", "kind", "source", "since", "operator", "operator_since", "address", "telephone",
)  # fmt: skip
#: What of a column of an area is for everybody; a dead one is for its lead alone.
_COLUMN = ("label", "region", "area", "operator", "address", "telephone", "since", "rules")


@bp.get("/channels")
@opens_to()
def channels() -> str:
    """The open channels, for the country or for one region."""
    house, today = premises().house, premises().moment().today
    office, asked = house.office(), queries.read_text(request.args, "region")
    found = _regions(asked, office.statute.regions) if asked else []
    region = found[0] if len(found) == 1 else None
    with house.readers() as session:
        listed = channel_book.list_channels(
            session, house.channels, region.code if region else "", office, as_of=today
        )
        areas = columns.list_columns(
            session, house.channels, office, as_of=today, region=region.code if region else ""
        )
    sme = {c.code for c in house.channels if c.sme_payment}
    shown: list[dict[str, Any]] = [
        {name: c[name] for name in _PUBLIC} | {"sme": c["code"] in sme} for c in listed if c["open"]
    ]
    return render_template(
        "public/channels.html",
        items=shown,
        columns=[{name: c[name] for name in _COLUMN} for c in areas if c["dead"] is None],
        asked=asked,
        found=found,
        region=region,
        today=today,
    )


def _regions(asked: str, regions: Regions) -> list[Region]:
    """The places somebody may mean: by six digits, or by name."""
    today = premises().moment().today
    by_code = regions.find(asked, today)
    return [by_code] if by_code is not None else list(regions.named(asked, today))
