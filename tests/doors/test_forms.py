"""The shared fields: what was typed comes back as it was, and every fault is tied to its field."""

from datetime import date

import pytest
from flask import render_template_string

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from tests.conftest import at
from tests.doors.test_web import Page

TODAY = date(2026, 6, 30)
NASTY = '"><script>x</script>'
OPTIONS = [("a", "甲"), ("b", NASTY)]
FIELDS = """
{{ text_field("text", "名称", values, errors, hint="提示", required=true) }}
{{ money_field("money", "金额", values, errors) }}
{{ date_field("day", "日期", values, errors) }}
{{ textarea("words", "说明", values, errors) }}
{{ select("one", "选一", options, values, errors) }}
{{ radios("radio", "择一", options, values, errors, required=true) }}
{{ checkboxes("many", "多选", options, values, errors) }}
{{ checkbox("sure", "确认", values, errors) }}
{{ file_field("file", "文件", values, errors) }}
{{ text_field("secret", "口令", values, errors, type="password") }}
"""
NAMES = ("text", "money", "day", "words", "one", "radio", "many", "sure", "file", "secret")
IMPORT = (
    '{% from "forms.html" import form, text_field, money_field, date_field, textarea, select, '
    "radios, checkboxes, checkbox, file_field, error_summary, confirm_panel with context %}"
)


@pytest.fixture
def drawn(house):
    app = create_app(house, lambda: Moment(at(TODAY), TODAY))

    def draw(template: str, **words: object) -> tuple[str, Page]:
        with app.test_request_context("/"):
            given = {"values": {}, "errors": {}, "options": OPTIONS} | words
            html = render_template_string(IMPORT + template, **given)
        return html, Page(html)

    return draw


def test_what_was_typed_comes_back_and_stays_text(drawn):
    values = dict.fromkeys(NAMES, NASTY) | {"one": "b", "radio": "b", "many": ["b"], "sure": "yes"}
    page = drawn(FIELDS, values=values)[1]
    assert not page.all("script")
    inputs = {i["id"]: i for i in page.all("input")}
    assert inputs["text"]["value"] == inputs["money"]["value"] == NASTY
    assert "value" not in inputs["secret"]  # a password is never sent back
    checked = [i["id"] for i in page.all("input") if "checked" in i]
    assert checked == ["radio-b", "many-b", "sure"]
    assert [o["value"] for o in page.all("option") if "selected" in o] == ["b"]
    lines = "\n一行\n二行"  # a browser drops the first line break inside a text area
    assert f">\n{lines}</textarea>" in drawn(FIELDS, values={"words": lines})[0]


def test_every_fault_leads_to_its_field_and_is_read_out_with_it(drawn):
    errors = dict.fromkeys(NAMES, "有误") | {"": "整份表单有误"}
    _, page = drawn("{{ error_summary(errors, {'text': '名称'}) }}" + FIELDS, errors=errors)
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert [link.removeprefix("#") for link in page.links] == list(NAMES)
    assert set(NAMES) <= set(ids)
    told = {given["aria-describedby"] for _, given in page.elements if "aria-describedby" in given}
    assert {f"{name}-error" for name in NAMES if name != "text"} < told
    assert "text-hint text-error" in told
    assert {name for text in told for name in text.split()} <= set(ids)
    invalid = {g["id"] for _, g in page.elements if g.get("aria-invalid") == "true"}
    assert invalid == set(NAMES) - {"radio", "many"}  # groups are described, not invalid
    assert "名称：有误" in page.text


def test_nothing_wrong_is_not_announced(drawn):
    html, page = drawn("{{ error_summary(errors) }}" + FIELDS)
    assert "alert" not in html
    assert "aria-invalid" not in html
    assert {g["for"] for g in page.all("label")} == {i["id"] for i in fields_of(page)}


def fields_of(page: Page) -> list[dict[str, str | None]]:
    return page.all("input") + page.all("select") + page.all("textarea")


def test_every_form_that_changes_something_carries_the_token(drawn):
    def hidden(template: str) -> list[str | None]:
        page = drawn(template, csrf_token="t0ken")[1]
        return [i["value"] for i in page.all("input") if i["type"] == "hidden"]

    assert hidden("{% call form('/x') %}{% endcall %}") == ["t0ken"]
    assert hidden("{% call form('/x', method='get') %}{% endcall %}") == []
    assert hidden("{{ confirm_panel('?', '…', '/x', '好', '/') }}") == ["t0ken"]


def test_what_is_dangerous_is_ticked_first(drawn):
    panel = "{{ confirm_panel('?', '…', '/x', '撤销', '/', danger=%s) }}"
    assert [i["name"] for i in drawn(panel % "true")[1].all("input")][-1:] == ["sure"]
    assert "sure" not in drawn(panel % "false")[0]
