"""Lists page by page: everything once, in one order, and what a page shows is what there is."""

import pytest
from sqlalchemy import event

from fulfilment_monitor.house import House
from fulfilment_monitor.services.alerts import After, list_alerts
from fulfilment_monitor.services.leads import list_leads
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import ALL
from fulfilment_monitor.store import search
from tests.services.builders import Document, a_document, a_payment, day, register, sweep


def swept(house: House) -> None:
    """Six contracts, two due dates, and all steps of a ladder caught up with on two days."""
    dues = ["2025-09-01", "2025-09-01", "2025-09-01", "2025-09-20", "2025-09-20", "2025-09-20"]
    documents = [
        a_document(a_payment(due_on=due), contract_no=f"HT-{i}") for i, due in enumerate(dues)
    ]
    register(house, *documents)
    sweep(house, "2025-09-10")
    sweep(house, "2025-10-30")


def place(item: Document) -> After:
    raised_on, due_on, obligation_id, rule = item["after"]
    return After(day(raised_on), day(due_on), obligation_id, rule)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_alerts_hold_everything_once_in_order(house: House, size: int) -> None:
    swept(house)
    with house.readers() as session:
        whole = [place(i) for i in list_alerts(session, ALL, house.policy).items]
        seen: list[After] = []
        while page := list_alerts(
            session,
            ALL,
            house.policy,
            after=seen[-1] if seen else None,
            limit=size,
            count=False,
        ).items:
            seen += [place(i) for i in page]
            assert len(seen) <= len(whole)
    assert seen == whole
    assert len(set(seen)) == len(seen) > 20
    newest_first = sorted(whole, key=lambda a: a.rule)
    newest_first.sort(key=lambda a: a[:3], reverse=True)
    assert whole == newest_first
    assert len({a[:3] for a in whole}) < len(whole)  # some differ by the rule alone


#: How a plan says that the bound of a page is sought in the index; and how to have no small
#: table read whole, which is the cheapest at this size.
_SOUGHT = {
    "sqlite": ("EXPLAIN QUERY PLAN", "ix_alert_raised_on ((raised_on,due_on,obligation_id)<", ()),
    "postgresql": (
        "EXPLAIN",
        "Index Cond: (ROW(raised_on, due_on, obligation_id) <= ROW(",
        ("SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off"),
    ),
}


def test_a_page_of_alerts_begins_in_the_index(house: House) -> None:
    swept(house)
    explain, sought, before = _SOUGHT[house.engine.dialect.name]
    asked: list[tuple[str, object]] = []
    with house.readers() as session:
        connection = session.connection()
        event.listen(
            connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
        )
        middle = place(list_alerts(session, ALL, house.policy).items[10])
        asked.clear()
        list_alerts(session, ALL, house.policy, after=middle, limit=5, count=False)
        [(statement, given)] = asked
        for setting in before:
            connection.exec_driver_sql(setting)
        plan = connection.exec_driver_sql(f"{explain} {statement}", given).all()  # type: ignore[arg-type]
    words = [str(step[-1]) for step in plan]
    assert any(sought in w for w in words), words


def test_money_of_the_lists_is_named_by_its_currency(house: House) -> None:
    register(
        house,
        a_document(contract_no="HT-1"),
        a_document(contract_no="HT-2", currency="EUR"),
    )
    sweep(house, "2025-10-30")
    with house.readers() as session:
        contracts = {i["contract_no"]: i["currency"] for i in list_contracts(session, ALL).items}
        leads = {i["contract_no"]: i["currency"] for i in list_leads(session, ALL).items}
    assert contracts == leads == {"HT-1": "CNY", "HT-2": "EUR"}


@pytest.mark.parametrize("near", [0, 3, 100])
def test_a_search_finds_the_same_however_far_it_looks_first(
    house: House, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(search, "_NEAR", near)
    titles = ["道路养护", "设备采购", "道路照明", "设备维护", "道路改造", "污水处理", "设备检测"]
    register(house, *(a_document(contract_no=f"HT-{i}", title=t) for i, t in enumerate(titles)))
    with house.readers() as session:
        for word, expected in {
            "道路": [5, 3, 1],
            "污水": [6],
            "设备": [7, 4, 2],
            "核电": [],
        }.items():
            for size in (1, 2, 3):
                rows: list[int] = []
                while page := list_contracts(
                    session,
                    ALL,
                    text=word,
                    before=rows[-1] if rows else None,
                    limit=size,
                    count=False,
                ).items:
                    rows += [i["row"] for i in page]
                    assert len(rows) <= len(expected)
                assert rows == expected, (word, size)
            chosen = list_contracts(session, ALL, text=word, field="ppp", limit=2).items
            assert chosen == []
