"""Open contracting data at the command line: import, export, check."""

import json
import sys
from pathlib import Path

import pytest

from fulfilment_monitor.domain.ocds.values import exact_json
from fulfilment_monitor.house import House
from tests.services.builders import a_document, a_payment, fulfilment_monitor, written
from tests.services.ocds_documents import (
    Document,
    a_contract,
    a_milestone,
    a_package,
    a_release,
    met,
)

WORK = a_milestone("1d", "delivery", "2024-03-19")


@pytest.fixture
def here(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, with the house's database in the environment."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return tmp_path


def put(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.write_text(exact_json(document), "utf-8")
    return path


def a_late_school() -> list[Document]:
    late = met(WORK, "2024-03-31")
    first = a_release(1, "2024-01-11", a_contract(WORK))
    return [first, a_release(2, "2024-04-01", a_contract(late), tag=["implementation"])]


def counts(out: Document) -> tuple[int, ...]:
    names = ("read", "registered", "updated", "unchanged", "refused")
    return tuple(out[name] for name in names)


def test_files_of_one_process_are_read_as_one_in_the_order_of_their_dates(here: Path) -> None:
    first, second = a_late_school()
    put(here, "a.json", second)
    put(here, "b.json", a_package(first))
    done = fulfilment_monitor("import", here, "--json")
    assert (done.status, counts(done.json)) == (0, (2, 1, 1, 0, 0))
    again = fulfilment_monitor("import", here, "--json")
    assert (again.status, counts(again.json)) == (0, (2, 0, 0, 2, 0))
    shown = fulfilment_monitor("contract", "C-1", "--as-of", "2024-05-01", "--json").json
    (obligation,) = shown["obligations"]
    assert (obligation["state"], obligation["days_late"]) == ("fulfilled_late", 12)
    assert [r["id"][-1] for r in shown["published"]["releases"]] == ["1", "2"]


def test_the_bad_release_is_refused_and_the_good_ones_enter(here: Path) -> None:
    first, second = a_late_school()
    path = put(here, "a.json", a_package(first, {"id": "x"}, "x", second, version="3.0"))
    done = fulfilment_monitor("import", path, "--json")
    assert (done.status, counts(done.json)) == (3, (4, 1, 1, 0, 2))
    errors = [(i["pointer"], i["code"]) for i in done.json["issues"] if i["level"] == "error"]
    assert errors == [
        ("/releases/1/ocid", "ocds.ocid-missing"),
        ("/releases/2", "ocds.not-an-object"),
    ]
    assert ("/version", "ocds.version") in [(i["pointer"], i["code"]) for i in done.json["issues"]]
    again = fulfilment_monitor("import", path, "--json")
    assert counts(again.json) == (4, 0, 0, 2, 2)


def test_a_dry_run_enters_nothing(here: Path) -> None:
    path = put(here, "a.json", a_package(*a_late_school()))
    assert counts(fulfilment_monitor("import", path, "--dry-run", "--json").json)[1] == 1
    assert counts(fulfilment_monitor("import", path, "--json").json)[1] == 1


def test_contracts_and_open_data_may_lie_in_one_folder(here: Path) -> None:
    put(here, "a.json", a_package(*a_late_school()))
    written(here / "b.json", a_document())
    put(
        here, "c.json", a_release(1, "2024-01-11", a_contract(WORK, id="C-2"), ocid="ocds-zz0000-3")
    )
    done = fulfilment_monitor("import", here, "--json")
    assert counts(done.json) == (4, 3, 1, 0, 0)


def test_the_register_is_exported_and_checked(here: Path) -> None:
    written(here / "in.json", [a_document(), a_document(contract_no="HT-2")])
    fulfilment_monitor("import", here / "in.json")
    out = here / "out.json"
    assert fulfilment_monitor("ocds", "export", out, "--json").json["written"] == 2
    package = json.loads(out.read_text("utf-8"))
    assert (package["version"], len(package["releases"])) == ("1.1", 2)
    assert package["publishedDate"] == max(r["date"] for r in package["releases"])
    checked = fulfilment_monitor("ocds", "check", out, "--json")
    assert (checked.status, checked.json) == (0, {"releases": 2, "errors": []})
    fulfilment_monitor("ocds", "export", here / "again.json")
    assert (here / "again.json").read_bytes() == out.read_bytes()


def test_one_contract_is_exported_as_a_record(here: Path) -> None:
    written(here / "in.json", [a_document(), a_document(contract_no="HT-2")])
    fulfilment_monitor("import", here / "in.json")
    out = here / "out.json"
    fulfilment_monitor("ocds", "export", out, "--records", "--contract", "HT-2")
    (record,) = json.loads(out.read_text("utf-8"))["records"]
    assert record["ocid"].endswith("-HT-2")
    assert record["compiledRelease"]["tag"] == ["compiled"]
    assert fulfilment_monitor("ocds", "check", out).status == 0
    assert fulfilment_monitor("ocds", "export", out, "--contract", "HT-3").status == 2


def test_an_empty_register_is_an_empty_package(here: Path) -> None:
    out = here / "out.json"
    fulfilment_monitor("ocds", "export", out)
    assert json.loads(out.read_text("utf-8"))["releases"] == []


def test_what_breaks_the_schema_ends_the_check_with_its_place(here: Path) -> None:
    release = {**a_late_school()[0], "tag": ["picnic"]}
    checked = fulfilment_monitor("ocds", "check", put(here, "a.json", a_package(release)), "--json")
    assert checked.status == 4
    assert [e["pointer"] for e in checked.json["errors"]] == ["/releases/0/tag/0"]


def test_formulas_stay_text(here: Path) -> None:
    written(here / "in.json", a_document(a_payment(title="=1+1"), title="=cmd()"))
    fulfilment_monitor("import", here / "in.json")
    fulfilment_monitor("ocds", "export", here / "out.json")
    (release,) = json.loads((here / "out.json").read_text("utf-8"))["releases"]
    assert release["contracts"][0]["title"] == "=cmd()"


@pytest.mark.parametrize("module", ["ocdsmerge.merge", "jsonschema_rs"])
def test_without_the_extra_the_import_says_what_to_install(
    here: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    from fulfilment_monitor.schemas.ocds import standard

    standard.validator.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    ran = fulfilment_monitor("import", put(here, "a.json", a_late_school()[0]))
    standard.validator.cache_clear()
    assert ran.status == 2
    assert "fulfilment-monitor[ocds]" in ran.err
