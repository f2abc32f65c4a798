"""Payment lists: each payment once, whoever lists it and however often; nothing of it guessed."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.contracts import Kind
from fulfilment_monitor.domain.facts import Source
from fulfilment_monitor.domain.money import parse_yuan, show_yuan
from fulfilment_monitor.domain.payment_lines import Decision, Party, PaymentLine
from fulfilment_monitor.domain.payment_outcomes import Outcome, Result
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations, payments
from fulfilment_monitor.services.ledgers import every_id, read_files
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    FIRM,
    INSTITUTION,
    ORGAN,
    Document,
    a_body,
    a_document,
    a_firm,
    a_payment,
    contents,
    contract_id,
    day,
    lead_list,
    office,
    paid,
    register,
    standing,
    state,
    sweep,
    violations,
    wait_for_a_waiting_lock,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = at(day("2026-01-05"))
BY_NUMBER = {"contract_no": "HT-1"}
BY_PARTIES = {"payer": Party(ORGAN), "payee": Party(FIRM)}


def a_line(yuan: str = "1000.00", on: str = "2025-09-10", **more: Any) -> PaymentLine:
    return PaymentLine(day(on), parse_yuan(yuan), **more)


def a_list(
    source: str = "treasury", sha256: str = "0" * 64, apart: int = 5
) -> payments.PaymentList:
    return payments.PaymentList(Source(source), "list.xlsx", sha256, apart)


def book(
    house: House, *lines: PaymentLine, source: str = "treasury", size: int = 500
) -> list[Outcome]:
    """Book a list, some lines a transaction."""
    of, done = a_list(source), []
    for i in range(0, len(lines), size):
        with house.sessions.begin() as session:
            done += booked(session, house, lines[i : i + size], of)
    return done


def booked(
    session: Session, house: House, lines: Sequence[PaymentLine], of: payments.PaymentList
) -> list[Outcome]:
    return payments.book_lines(session, lines, of, by=CLERK, office=office(house), now=NOW)


def results(outcomes: Iterable[Outcome]) -> list[str]:
    return [o.result.value for o in outcomes]


# --- finding the contract -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [
        {"contract_no": "ht－1"},
        {"text": "支付 HT—1 设备款"},
        BY_PARTIES,
        {"payer": Party(name="示例县财政局"), "payee": Party(name="示例企业")},
        {"contract_no": "采购0001", "text": "HT-1"},
    ],
)
def test_a_contract_is_found_by_number_by_text_or_by_its_parties(
    house: House, named: dict[str, Any]
) -> None:
    register(house, a_document())
    assert results(book(house, a_line(**named))) == ["booked"]
    assert standing(house, "2025-09-10")["remaining"] == "0.00"
    assert violations(house) == []


def test_a_number_the_register_spells_strangely_is_found(house: House) -> None:
    register(house, a_document(contract_no="ＨＴ （２０２５） 1"))
    assert results(book(house, a_line(contract_no="HT-1"), a_line(contract_no="ht(2025)1"))) == [
        "unknown",
        "booked",
    ]


def test_a_number_in_a_text_no_index_leads_to_is_found_by_way_of_the_parties(house: House) -> None:
    register(house, a_document(contract_no="县合同 第7号"), a_document(contract_no="县合同 第8号"))
    line = a_line("1.00", text="县合同第8号首付", **BY_PARTIES)
    outcome = book(house, line)[0]
    assert outcome.result is Result.BOOKED
    assert outcome.account is not None
    assert outcome.account.contract.contract_no == "县合同 第8号"


@ONLY_SQLITE
def test_what_was_not_registered_is_unknown_and_not_replaced_by_a_guess(house: House) -> None:
    register(house, a_document())
    lines = [
        a_line(contract_no="HT-9", **BY_PARTIES),
        a_line(payer=Party(INSTITUTION), payee=Party(FIRM)),
        a_line(payer=Party(ORGAN)),
        a_line(),
    ]
    before = contents(house)
    done = book(house, *lines)
    assert results(done) == ["unknown"] * 4
    assert [c.decision for c in done[0].candidates] == [Decision("HT-1", "payment")]
    assert contents(house) == before


def test_who_took_over_a_body_pays_for_it(house: House) -> None:
    register(house, a_document())
    with house.sessions.begin() as session:
        organisations.register_body(session, INSTITUTION, "新局", "institution", by=CLERK, now=NOW)
        organisations.succeed(
            session, ORGAN, INSTITUTION, on=day("2025-08-01"), reason="合并", by=CLERK, now=NOW
        )
    heir = Party(INSTITUTION)
    by_number = a_line("400.00", payer=heir, **BY_NUMBER)
    by_parties = a_line("600.00", payer=heir, payee=Party(FIRM))
    assert results(book(house, by_number, by_parties)) == ["booked", "booked"]


def test_more_contracts_of_two_parties_than_anyone_looks_through_are_ambiguous(
    house: House,
) -> None:
    documents = [
        a_document(a_payment(f"{i}.00", due_on="2025-09-10"), contract_no=f"HT-{i:03d}")
        for i in range(1, 52)
    ]
    register(house, *documents[:50])
    assert results(book(house, a_line("50.00", ref="T1", **BY_PARTIES))) == ["booked"]
    register(house, documents[50])
    outcome = book(house, a_line("51.00", **BY_PARTIES))[0]
    assert (outcome.result, outcome.fact) == (Result.AMBIGUOUS, None)
    assert len({c.decision.contract_no for c in outcome.candidates}) == 10


def test_what_fitted_two_contracts_on_its_day_is_not_settled_by_what_was_paid_later(
    house: House,
) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    doubtful = a_line(on="2025-09-10", ref="T1", **BY_PARTIES)
    later = a_line("1.00", "2025-09-20", ref="T2", contract_no="HT-2")
    for expected in (["ambiguous", "booked"], ["ambiguous", "known"]):
        assert results(book(house, doubtful, later)) == expected


# --- one payment, two sources -------------------------------------------------------------------


@pytest.mark.parametrize(("on", "fulfilled"), [("2025-09-10", "fulfilled"), ("2025-09-12", "late")])
def test_the_treasury_backs_a_claim_and_its_day_counts(
    house: House, on: str, fulfilled: str
) -> None:
    register(house, a_document(facts=[paid("2025-09-10", by="government")]))
    assert standing(house, "2025-09-30")["remaining"] == "1000.00"
    assert results(book(house, a_line(on=on, **BY_NUMBER))) == ["corroborated"]
    shown = standing(house, "2025-09-30")
    assert (shown["remaining"], shown["claimed"]) == ("0.00", "0.00")
    assert shown["state"] == ("fulfilled" if fulfilled == "fulfilled" else "fulfilled_late")
    assert results(book(house, a_line(on=on, **BY_NUMBER))) == ["known"]
    assert violations(house) == []


@ONLY_SQLITE
def test_treasury_bank_and_enterprise_some_days_apart_tell_of_one_payment(house: House) -> None:
    register(house, a_document(a_payment("3000.00", due_on="2025-09-10")))
    state(house, paid("2025-09-12", by="enterprise"), "2025-09-12")
    assert results(book(house, a_line(on="2025-09-10", ref="T1", **BY_NUMBER))) == ["corroborated"]
    bank = a_line(on="2025-09-11", ref="B1", **BY_NUMBER)
    for expected in ("corroborated", "known"):
        assert results(book(house, bank, source="bank")) == [expected]
        assert standing(house, "2025-09-30")["remaining"] == "2000.00"
    next_one = a_line(on="2025-09-13", ref="B2", **BY_NUMBER)
    assert results(book(house, next_one, source="bank")) == ["booked"]
    assert standing(house, "2025-09-30")["remaining"] == "1000.00"


@ONLY_SQLITE
def test_a_line_is_not_taken_for_the_payment_that_the_next_line_is_beyond_doubt(
    house: House,
) -> None:
    claimed = paid("2025-09-12", by="government", obligation="second")
    register(
        house,
        a_document(
            a_payment(key="first", due_on="2025-09-10"),
            a_payment(key="second", due_on="2025-09-12"),
            facts=[claimed],
        ),
    )
    done = book(house, a_line(on="2025-09-10", **BY_NUMBER), a_line(on="2025-09-12", **BY_NUMBER))
    assert results(done) == ["booked", "corroborated"]
    assert [o.answered for o in done] == [(), ()]
    assert [standing(house, "2025-09-12", key)["fulfilled_on"] for key in ("first", "second")] == [
        "2025-09-10",
        "2025-09-12",
    ]


@ONLY_SQLITE
def test_a_list_of_the_paying_side_is_a_list_of_claims(house: House) -> None:
    register(house, a_document())
    assert results(book(house, a_line(**BY_NUMBER), source="government")) == ["booked"]
    shown = standing(house, "2025-09-30")
    assert (shown["remaining"], shown["claimed"]) == ("1000.00", "1000.00")
    assert results(book(house, a_line(**BY_NUMBER))) == ["corroborated"]
    assert standing(house, "2025-09-30")["remaining"] == "0.00"


# --- what booking sets going --------------------------------------------------------------------


def test_a_payment_that_was_missed_closes_the_lead(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    sweep(house, "2025-11-30")
    assert [x["state"] for x in lead_list(house)] == ["open", "open"]
    book(house, a_line(on="2025-10-15", **BY_NUMBER))
    assert {x["contract_no"]: x["state"] for x in lead_list(house)} == {
        "HT-1": "closed",
        "HT-2": "open",
    }
    assert violations(house) == []
    sweep(house, "2025-12-31")
    assert violations(house) == []


def test_many_at_once_are_reckoned_as_each_alone_would_be(house: House) -> None:
    """Duties, timers and messages after a list are those after statements made one by one."""
    register(house, a_document(), a_document(contract_no="HT-2"))
    sweep(house, "2025-09-12")
    sweep(house, "2025-09-20")
    for source, on, yuan, swept in (
        ("enterprise", "2025-09-22", "300.00", "2025-09-30"),
        ("treasury", "2025-09-28", "600.00", "2025-10-31"),
        ("bank", "2025-10-08", "100.00", "2025-11-30"),
    ):
        state(house, paid(on, yuan, source), "2026-01-05")
        line = a_line(yuan, on, contract_no="HT-2", obligation="payment")
        assert results(book(house, line, source=source)) == ["booked"]
        assert _reckoned(house, "HT-1") == _reckoned(house, "HT-2")
        sweep(house, swept)
        assert _reckoned(house, "HT-1") == _reckoned(house, "HT-2")
    assert [x["state"] for x in lead_list(house)] == ["closed", "closed"]


def _reckoned(house: House, number: str) -> list[tuple[Any, ...]]:
    """All that was derived for a contract, without numbers and instants."""
    queries = (
        "SELECT ladder, due_on, owed_fen, from_on, until_on, base_on, ended, lead_on,"
        " replaced_at IS NULL FROM duty WHERE contract_id = :c",
        "SELECT check_on, ladder, due_on, base_on, until_on, seen_on, born_run FROM timer"
        " WHERE contract_id = :c",
        "SELECT rule, raised_on FROM alert WHERE contract_id = :c",
        "SELECT rule, episode, state, closed_on, closed_why FROM lead WHERE contract_id = :c",
        "SELECT m.topic, m.version FROM outbox_message m JOIN contract c ON c.ulid = m.key"
        " WHERE c.id = :c",
    )
    with house.readers() as session:
        about = {"c": contract_id(house, number)}
        return [tuple(r) for q in queries for r in sorted(session.execute(text(q), about), key=str)]


@ONLY_SQLITE
def test_the_import_is_on_the_record_with_the_file_and_what_it_did(house: House) -> None:
    register(house, a_document())
    book(house, a_line(ref="T1", **BY_NUMBER), a_line("1.00", contract_no="HT-9"))
    with house.readers() as session:
        query = "SELECT actor, object_id, body FROM audit_entry WHERE action = 'payments.import'"
        actor, object_id, body = session.execute(text(query)).one()
        (ulid,) = session.scalars(text("SELECT ulid FROM fact")).all()
    assert (actor, object_id) == ("clerk", "0" * 64)
    assert f'"stated":["{ulid}"]' in bytes(body).decode()
    assert '"lines":{"booked":1,"unknown":1}' in bytes(body).decode()
    assert '"source":"treasury"' in bytes(body).decode()


def test_the_cost_of_a_chunk_does_not_grow_with_its_lines(house: House) -> None:
    register(house, *(a_document(contract_no=f"HT-{i:03d}") for i in range(160)))
    lines = [a_line(contract_no=f"HT-{i:03d}", ref=f"T{i}") for i in range(160)]
    book(house, lines[0])  # the first act of all also writes down the policy
    counts = []
    for few in (lines[1:31], lines[31:160]):
        said: list[str] = []
        note = _noting(said)
        event.listen(house.engine, "before_cursor_execute", note)
        assert set(results(book(house, *few))) == {"booked"}
        event.remove(house.engine, "before_cursor_execute", note)
        counts.append(len(said))
    assert counts[0] == counts[1] < 40


def _noting(said: list[str]) -> Any:
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    return note


# --- once ---------------------------------------------------------------------------------------


@ONLY_SQLITE
def test_equal_lines_of_one_list_are_two_payments_and_the_list_again_is_none(house: House) -> None:
    register(house, a_document())
    twins = [a_line("500.00", **BY_NUMBER)] * 2
    for size in (500, 1):
        assert set(results(book(house, *twins, size=size))) == (
            {"booked"} if size > 1 else {"known"}
        )
    assert standing(house, "2025-09-30")["remaining"] == "0.00"


def test_equal_lines_are_counted_across_transactions(house: House) -> None:
    register(house, a_document())
    assert results(book(house, *[a_line("500.00", **BY_NUMBER)] * 2, size=1)) == ["booked"] * 2
    assert results(book(house, *[a_line("500.00", **BY_NUMBER)] * 3)) == [
        "known",
        "known",
        "contradicting",
    ]


def test_a_decided_line_is_known_when_the_list_comes_again(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    line = a_line(ref="T1", **BY_PARTIES)
    assert results(book(house, line)) == ["ambiguous"]
    decided = line._replace(decision=Decision("HT-2", "payment"))
    assert results(book(house, decided)) == ["booked"]
    assert results(book(house, decided, line)) == ["known", "known"]
    assert [standing(house, "2025-09-30", number=n)["remaining"] for n in ("HT-1", "HT-2")] == [
        "1000.00",
        "0.00",
    ]


def test_a_number_of_two_bodies_is_decided_by_what_the_register_calls_the_contract(
    house: House,
) -> None:
    other = a_body(INSTITUTION, "另一单位")
    first, second = register(house, a_document(), a_document(government=other))
    line = a_line(ref="T1", **BY_NUMBER)
    (outcome,) = book(house, line)
    assert outcome.result is Result.AMBIGUOUS
    assert {c.decision.contract_no for c in outcome.candidates} == {first.ulid, second.ulid}
    (decided,) = book(house, line._replace(decision=Decision(second.ulid, "payment")))
    assert decided.result is Result.BOOKED
    assert decided.account is not None
    assert decided.account.id == second.contract_id
    by_name = line._replace(payer=Party(name="示例县财政局"), ref="T2")
    assert results(book(house, by_name)) == ["booked"]


@ONLY_SQLITE
def test_a_line_decided_about_is_known_though_nothing_in_it_leads_to_the_contract(
    house: House,
) -> None:
    register(house, a_document())
    line = a_line(ref="T1", contract_no="HT-9")
    decided = line._replace(decision=Decision("HT-1"))
    assert results(book(house, line, decided)) == ["unknown", "booked"]
    assert results(book(house, line)) == ["known"]
    assert results(book(house, line, line._replace(ref="T2"))) == ["known", "unknown"]
    assert results(book(house, line._replace(fen=1))) == ["unknown"]


@ONLY_SQLITE
def test_a_voucher_of_two_payments_does_not_make_the_one_that_came_back_known(
    house: House,
) -> None:
    register(house, a_document(), a_document(a_payment("1.00"), contract_no="HT-2"))
    lines = [a_line(ref="T1", contract_no=n) for n in ("HT-2", "HT-1")]
    assert results(book(house, *lines)) == ["contradicting", "booked"]
    assert results(book(house, *lines)) == ["contradicting", "known"]


@ONLY_SQLITE
@pytest.mark.parametrize("size", [1, 500])
def test_lines_with_and_without_numbers_are_two_payments_in_any_transaction(
    house: House, size: int
) -> None:
    register(house, a_document())
    lines = [a_line("300.00", **BY_NUMBER), a_line("300.00", ref="T1", **BY_NUMBER)]
    assert results(book(house, *lines, size=size)) == ["booked", "booked"]
    assert results(book(house, *lines, size=size)) == ["known", "known"]


@ONLY_SQLITE
def test_a_voucher_that_pays_two_contracts_is_two_payments(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    lines = [a_line(ref="T1", contract_no=n) for n in ("HT-1", "HT-2")]
    assert results(book(house, *lines)) == ["booked", "booked"]
    assert results(book(house, *lines)) == ["known", "known"]
    assert violations(house) == []


@ONLY_SQLITE
def test_a_statement_corrected_since_is_not_booked_again(house: House) -> None:
    register(house, a_document())
    first = state(house, paid("2025-09-10", "900.00", "treasury"), "2025-09-11")
    state(house, paid("2025-09-10", "800.00", "treasury"), "2025-09-12", supersedes=first)
    assert results(book(house, a_line("900.00", **BY_NUMBER))) == ["known"]
    assert standing(house, "2025-09-30")["remaining"] == "200.00"


@ONLY_SQLITE
def test_a_statement_and_its_correction_are_one_payment(house: House) -> None:
    register(house, a_document())
    first = state(house, paid("2025-09-10", "500.00", "treasury"), "2025-09-11")
    noted = paid("2025-09-10", "500.00", "treasury", note="更正")
    state(house, noted, "2025-09-12", supersedes=first)
    twins = [a_line("500.00", **BY_NUMBER)] * 2
    assert results(book(house, *twins)) == ["known", "booked"]


@ONLY_SQLITE
def test_payments_of_one_day_are_written_in_the_order_in_which_they_were_allotted(
    house: House,
) -> None:
    register(
        house,
        a_document(
            a_payment("100.00", key="p1", due_on="2025-09-01"),
            a_payment("100.00", key="p2", due_on="2025-09-05"),
        ),
    )
    lines = [a_line("70.00", "2025-09-20", **BY_NUMBER), a_line("60.00", "2025-09-10", **BY_NUMBER)]
    assert results(book(house, *lines)) == ["booked", "booked"]
    with house.readers() as session:
        amounts = session.scalars(text("SELECT amount_fen FROM fact ORDER BY id")).all()
    assert amounts == [60_00, 70_00]
    assert violations(house) == []


def test_two_lists_at_once_book_a_payment_once(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    lines = [a_line(contract_no=n) for n in ("HT-2", "HT-1")]
    office(house)
    has_booked, begins = Event(), Event()

    def first() -> list[Outcome]:
        with house.sessions.begin() as session:
            done = booked(session, house, lines, a_list())
            has_booked.set()
            assert begins.wait(30)
            wait_for_a_waiting_lock(house)
        return done

    def second() -> list[Outcome]:
        assert has_booked.wait(30)
        begins.set()
        return book(house, *reversed(lines))

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(first), pool.submit(second)
        assert results(one.result(60)) == ["booked", "booked"]
        assert results(two.result(60)) == ["known", "known"]
    assert violations(house) == []
    with house.readers() as session:
        assert session.scalar(text("SELECT count(*) FROM fact")) == 2


# --- a whole month ------------------------------------------------------------------------------


class Month(NamedTuple):
    """A register and a list of payments, and what has to become of each line."""

    documents: list[Document]
    lines: list[PaymentLine]
    expected: list[str]
    #: What remains of each contract, in fen.
    remaining: dict[str, int]


def a_code(number: int) -> str:
    """A made-up code of a firm, of the right form: GB 11714 inside GB 32100."""
    inner = f"{number:08d}"
    total = sum(int(c) * w for c, w in zip(inner, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    check = 11 - total % 11
    code = "91340321" + inner + {10: "X", 11: "0"}.get(check, str(check))
    known = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return code + known[-sum(known.index(c) * pow(3, i, 31) for i, c in enumerate(code)) % 31]


def a_month(rows: int) -> Month:
    """3 % of the lines fit two contracts, 2 % none; the others belong somewhere beyond doubt."""
    chosen = random.Random(20250930)
    doubtful, strange = rows * 3 // 100, rows * 2 // 100
    good = (rows - doubtful - strange) // 2
    found = Month([], [], [], {})
    told: list[tuple[PaymentLine, str]] = []
    for i in range(good):
        told += _a_contract_and_two_payments(found, i)
    for i in range(doubtful):
        told.append(_a_payment_that_fits_two(found, i))
    for i in range(rows - 2 * good - doubtful):
        told.append((a_line("10.00", contract_no=f"QT-{i:05d}", ref=f"Q{i}"), "unknown"))
    chosen.shuffle(told)
    found.lines.extend(line for line, _ in told)
    found.expected.extend(result for _, result in told)
    return found


def _a_contract_and_two_payments(month: Month, i: int) -> list[tuple[PaymentLine, str]]:
    number, firm = f"HT-2025-{i:05d}", a_code(i)
    second = 600_00 + i % 97
    claim = {3: "2025-09-10", 4: "2025-09-08"}.get(i % 6)
    month.documents.append(
        a_document(
            a_payment("1000.00", key="p1", due_on="2025-09-01"),
            a_payment(show_yuan(second), key="p2", due_on="2025-12-01"),
            contract_no=number,
            enterprise=a_firm(uscc=firm, name=f"示例企业{i}"),
            facts=[paid(claim, by="government", obligation="p1")] if claim else [],
        )
    )
    if i % 6 == 5:  # two equal halves, without numbers
        month.remaining[number] = second
        return [(a_line("500.00", contract_no=number), "booked")] * 2
    month.remaining[number] = second - 250_00
    parties = {"payer": Party(name="示例县财政局"), "payee": Party(firm)}
    ways: list[dict[str, Any]] = [
        {"contract_no": number},
        {"text": f"支付{number}号合同货款"},
        parties,
        {"contract_no": number, **parties},
        {"contract_no": number.lower()},
    ]
    key = None if i % 6 == 1 else "p2"
    part = a_line("250.00", "2025-09-28", contract_no=number, obligation=key, ref=f"B{i}")
    whole = a_line("1000.00", ref=None if i % 4 else f"A{i}", **ways[i % 6])
    return [(whole, "corroborated" if claim else "booked"), (part, "booked")]


def _a_payment_that_fits_two(month: Month, i: int) -> tuple[PaymentLine, str]:
    firm = a_code(50_000_000 + i)
    for twin in "AB":
        number = f"SB-{i:05d}-{twin}"
        month.documents.append(
            a_document(
                a_payment("77.00", due_on="2025-09-01"),
                contract_no=number,
                enterprise=a_firm(uscc=firm),
            )
        )
        month.remaining[number] = 77_00
    line = a_line("77.00", payer=Party(ORGAN), payee=Party(firm), ref=f"D{i}")
    return line, "ambiguous"


def left(house: House) -> dict[str, int]:
    """What remains of each contract, read back from the tables."""
    found: Counter[str] = Counter()
    with house.readers() as session:
        for file in (f for ids in every_id(session) for f in read_files(session, ids).values()):
            ledger = file.ledger(office(house).statute)
            assert ledger.surplus == []
            for s in standings_at(ledger, day("2026-01-01")).values():
                assert s.obligation.kind is Kind.PAYMENT
                assert s.claims == ()
                found[file.terms.contract_no] += s.remaining_fen or 0
    return dict(found)


def run_a_month(house: House, rows: int) -> None:
    month = a_month(rows)
    for i in range(0, len(month.documents), 500):
        register(house, *month.documents[i : i + 500])
    done = book(house, *month.lines)
    assert results(done) == month.expected
    assert len(done) == rows
    assert left(house) == month.remaining
    again = results(book(house, *month.lines))
    back = ("ambiguous", "unknown")
    assert again == [r if r in back else "known" for r in month.expected]
    assert left(house) == month.remaining


@pytest.mark.proves("R-15")
def test_a_month_of_payments_is_booked_once_and_what_is_doubtful_comes_back(house: House) -> None:
    run_a_month(house, 1_000)


@pytest.mark.endurance
def test_ten_thousand_payments_are_booked_once(house: House) -> None:
    run_a_month(house, 10_000)
