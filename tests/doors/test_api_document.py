"""The OpenAPI document: served, kept, told in full, and readable."""

import json
import re
from pathlib import Path

from fulfilment_monitor.api.document import PREFIX
from fulfilment_monitor.app import create_app
from tests.doors.api_world import ON_SQLITE, Caller
from tests.services.builders import fulfilment_monitor

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"


@ON_SQLITE
def test_the_document_is_served_to_everybody_and_is_the_one_that_is_kept(house):
    served = Caller(house).get("/openapi.json")
    kept = json.loads(KEPT.read_text("utf-8"))
    assert served.get_json() == kept, "make docs/openapi.json anew: fulfilment-monitor openapi"
    printed = fulfilment_monitor("openapi")
    assert printed.out == KEPT.read_text("utf-8")


@ON_SQLITE
def test_every_operation_is_told_in_full_and_every_route_is_an_operation(house):
    document = Caller(house).get("/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    app = create_app(house)
    routes = {
        (re.sub("<[a-z]+:", "{", rule.rule).replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith(PREFIX) and method not in ("HEAD", "OPTIONS")
    }
    told = {(p, m) for p, operations in document["paths"].items() for m in operations}
    assert told == routes
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"].endswith((".", "…")), where
            assert "security" in operation, where
            answers = operation["responses"]
            assert any(s.startswith("2") for s in answers), where
            if operation["security"]:
                assert {"401", "403"} <= answers.keys(), where
            if method == "post":
                assert {"400", "413", "415", "422"} <= answers.keys(), where
                for content in operation["requestBody"]["content"].values():
                    assert "example" in content, where
    for name, response in document["components"]["responses"].items():
        (content,) = response["content"].values()
        assert content["example"]["status"] == int(name.removeprefix("Problem"))


@ON_SQLITE
def test_people_read_the_document_as_a_page(house):
    client = Caller(house).client
    page = client.get("/api/docs")
    assert page.status_code == client.get("/api/docs?lang=en").status_code == 200
    for path in client.get("/api/v1/openapi.json").get_json()["paths"]:
        assert path in page.text
    assert "POST /api/v1/contracts" in page.text
    assert 'href="/api/v1/openapi.json"' in page.text
