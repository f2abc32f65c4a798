"""What the scripts add, and that every page does its work without them."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import serving
from tests.browser.observe import Watch, assert_accessible, assert_fits

FILTERED = "/contracts?q=&field=ppp"


def test_a_filter_exchanges_the_list_in_place(visit):
    page = visit("/contracts?theme=light")
    page.evaluate("window.stayed = true")
    page.select_option("#field", "ppp")
    page.click("form.controls button")
    page.wait_for_url(f"**{FILTERED}")
    expect(page.locator("#content")).to_be_focused()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("window.stayed") is True
    assert page.locator("a.switch").get_attribute("href") == "?q=&field=ppp&lang=en"
    assert page.evaluate("[localStorage.length, sessionStorage.getItem('htmx-history-cache')]") in (
        [0, None],
        [0, "[]"],
    )
    page.go_back()
    page.locator("tbody tr").nth(1).wait_for()


def test_a_refusal_of_a_filter_is_shown_in_place(visit):
    page = visit("/contracts")
    page.evaluate("document.querySelector('#field').options[1].value = 'nothing'")
    page.select_option("#field", "nothing")
    page.click("form.controls button")
    page.wait_for_selector("text=请求内容有误")


def test_a_filter_works_without_scripts(visit):
    page = visit("/contracts", script=False)
    page.select_option("#field", "ppp")
    page.click("form.controls button")
    page.wait_for_url(f"**{FILTERED}")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(page.url.partition("/contracts")[0] + "/styleguide")
    assert not page.locator(".copyable button").is_visible()  # what needs a script is not offered
    page.click("text=存为草稿")
    expect(page.locator(".error-summary")).to_be_visible()


def test_a_refused_form_leads_to_its_faults(visit):
    page = visit("/styleguide")
    page.click("text=存为草稿")
    expect(page.locator(".error-summary")).to_be_focused()
    page.click(".error-summary a[href='#kind']")
    expect(page.locator("#kind")).to_be_focused()
    described = page.locator("#amount").get_attribute("aria-describedby")
    assert described == "amount-hint amount-error"
    assert page.locator("#amount-error").is_visible()


def test_what_cannot_be_undone_is_asked_first_and_sent_once(visit):
    page = visit("/styleguide")
    sent, asked = [], []
    page.on("request", lambda r: sent.append(r.method) if r.method == "POST" else None)
    page.once("dialog", lambda d: (asked.append(d.message), d.dismiss()))
    page.click("text=删除草稿")
    assert (len(asked), sent) == (1, [])
    page.evaluate(
        "() => { const form = document.querySelector('form.form');"
        "form.addEventListener('submit', e => { window.times = (window.times || 0) + 1;"
        " e.preventDefault(); }); }"
    )
    page.click("text=存为草稿")
    page.click("text=存为草稿")
    assert page.evaluate("window.times") == 1


def test_what_takes_long_says_so_until_it_is_there(visit):
    page = visit("/styleguide")
    busy = page.locator("#busy")
    expect(busy).to_be_empty()
    page.evaluate(  # no answer comes
        "document.querySelector('form[data-long]').addEventListener('submit',"
        " e => e.preventDefault())"
    )
    page.locator("form[data-long]").get_by_text("存为草稿").click()
    expect(busy).to_contain_text("正在处理")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")  # one went back
    expect(busy).to_be_empty()


def test_a_code_is_copied_by_its_button(visit):
    page = visit("/styleguide")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".copyable button")
    page.wait_for_selector("text=已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "HXW4-9K2M-77QP-3TRD"


def test_the_policy_stops_what_is_inline(browser, site):
    context = browser.new_context()
    watch = Watch(context, site.origin)
    page = context.new_page()
    page.goto(site.origin + "/about")
    watch.assert_no_complaints()
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); document.body.setAttribute('style', 'color: red'); }"
    )
    assert page.evaluate("window.ran") is None
    assert len(watch.complaints) == 2
    context.close()


def test_the_watch_sees_what_is_wrong_with_a_page(browser):
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: BAD)
    with serving(app) as origin:
        context = browser.new_context(viewport={"width": 390, "height": 900})
        watch = Watch(context, origin)
        page = context.new_page()
        page.goto(origin)
        for check in (
            watch.assert_no_complaints,
            watch.assert_no_foreign_requests,
            lambda: assert_accessible(page),
            lambda: assert_fits(page),
        ):
            with pytest.raises(AssertionError):
                check()
        context.close()


BAD = """<!doctype html><html><head><title>x</title></head><body><img src="http://127.0.0.1:9/x.png">
<input><p style="width: 900px; color: #ccc">wide</p><script>missing()</script></body></html>"""
