"""`/open-data`: figures as tables, and contracts as OCDS; each only where the office decided so."""

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request

from ..domain.contracts import FIELD_CHINESE
from ..domain.disclosure import SMALLEST, released
from ..domain.errors import NotFound
from ..domain.measures import Target, place
from ..domain.ocds.values import exact_json
from ..domain.tallies import Measure
from ..premises import premises
from ..services import ocds_export, tallies
from ..services.office import Office
from ..services.tallies import By
from . import queries
from .csv_out import written
from .guard import opens_to

bp = Blueprint("open_data", __name__, template_folder="templates")

#: Contracts of one package; the next is behind `links.next`.
_PAGE = 50
_TABLES = {"region": By.REGION, "field": By.FIELD}
_HEADINGS = {
    "region": ("region", "name", "measure", "count", "withheld"),
    "field": ("field", "name", "measure", "count", "withheld"),
}
_FIELDS = {field.value: chinese for field, chinese in FIELD_CHINESE.items()}


@bp.get("/open-data")
@opens_to()
def index() -> str:
    """What can be downloaded, on what decision, and what is left out."""
    publication = premises().house.policy.cases.publication
    return render_template(
        "public/open_data.html", publication=publication, tables=list(_TABLES), smallest=SMALLEST
    )


@bp.get("/open-data/figures-by-<name>.csv")
@opens_to()
def figures(name: str) -> Response:
    """Counts by region or by field, small ones withheld; no amounts, no bodies."""
    house, today = premises().house, premises().moment().today
    if name not in _TABLES or not house.policy.cases.publication.figures:
        raise NotFound("no such table is published")
    office = house.office()
    with house.readers() as session:
        found = tallies.report(session, _TABLES[name])
    counted: dict[str, dict[str, int]] = {measure.value: defaultdict(int) for measure in Measure}
    for row in found:
        key = _city(row.key) if name == "region" else row.key
        for measure, figure in row.figures.items():
            counted[measure][key] += figure["count"]
    rows = [
        (key, _name(key, name, office), measure, "" if n is None else n, "yes" if n is None else "")
        for measure, counts in counted.items()
        for key, n in sorted(released(counts).items())
    ]
    response = make_response(written(_HEADINGS[name], rows))
    response.mimetype = "text/csv"
    file = f"figures-by-{name}-{today}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={file}"
    return response


def _city(region: str) -> str:
    """The city a region belongs to: counties are too few to count."""
    return place(Target.CITY, region) or region


def _name(key: str, table: str, office: Office) -> str:
    if table == "field":
        return _FIELDS.get(key, key)
    found = office.statute.regions.versions(key)
    return found[-1].name if found else ""


@bp.get("/open-data/ocds.json")
@opens_to()
def contracts() -> Response:
    """A package of releases: contracts of the fields that are published, page by page."""
    house = premises().house
    if not house.policy.cases.publication.contracts:
        raise NotFound("no contracts are published")
    after = queries.read_row(request.args, "after") or 0
    office = house.office()
    with house.readers() as session:
        ids = ocds_export.published_ids(session, after=after, limit=_PAGE + 1)
        here = ids[:_PAGE]
        found = list(ocds_export.export_releases(session, office=office, contract_ids=here))
    links = {"next": f"{request.base_url}?after={here[-1]}"} if len(ids) > _PAGE else {}
    response = make_response(exact_json(_package(found, links)))
    response.mimetype = "application/json"
    return response


def _package(found: list[ocds_export.Exported], links: Mapping[str, str]) -> dict[str, object]:
    dated = max((e.changed_at for e in found), default=None)
    return {
        **ocds_export.PACKAGE,
        "uri": request.url,
        **({} if dated is None else {"publishedDate": dated.isoformat()}),
        "releases": [e.release for e in found],
        **({"links": dict(links)} if links else {}),
    }
