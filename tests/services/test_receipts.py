"""Receipts: whoever holds the code sees how things stand; nobody learns anything by guessing."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, func, select, update

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.domain.case_clocks import Clock
from fulfilment_monitor.domain.cases import FINAL, STATE_CHINESE, Event, State
from fulfilment_monitor.domain.errors import NotFound, NotOpen, Refusal
from fulfilment_monitor.domain.receipts import NOTHING, OBJECTION, Progress, spell
from fulfilment_monitor.domain.secrets import Purpose, Secrets
from fulfilment_monitor.gateways.keyring import open_keyring, rotate
from fulfilment_monitor.house import House
from fulfilment_monitor.services import code_holders, organisations, receipts
from fulfilment_monitor.store.cases import Case, Claim, ClaimDuty, ClaimEvent
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim, Receipt
from fulfilment_monitor.store.ids import new_ulid
from tests.services.builders import a_document, contents, day, office, register
from tests.services.case_builders import CITY, COUNTY, COUNTY_CREDIT, a_person, a_town, actor
from tests.services.complaint_builders import (
    ON,
    Complained,
    a_claim,
    ask,
    complain,
    decide,
    keys,
    look,
    noon,
    statements,
)

WRONG = "0000-0000-0000-0000-0000-0000"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return keys(tmp_path)


def lookup(house: House, code: str, secrets: Secrets, on: str = ON) -> Progress:
    with house.readers() as session:
        return receipts.look_up(session, code, secrets, today=day(on))


def an_event(house: House, claim: str, event: Event, on: str = ON, **details: str) -> None:
    """Something that was sent to the complainant, put on the claim's record."""
    with house.sessions.begin() as session:
        found = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
        found.version += 1
        session.add(
            ClaimEvent(
                ulid=new_ulid(noon(on)), claim_id=found.id, seq=found.version, event=event.value,
                outcome="", source=found.state, target=found.state, role=Role.HANDLER.value,
                actor="handler", on=day(on), at=noon(on, 1), details=details,
            )
        )  # fmt: skip


def a_clock(house: House, claim: str, clock: Clock, due_on: str | None, *basis: str) -> None:
    with house.sessions.begin() as session:
        found = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
        session.add(
            ClaimDuty(
                claim_id=found.id, clock=clock.value, from_on=day(ON), basis=list(basis),
                due_on=due_on and day(due_on), provisional=False, opened_at=noon(),
            )
        )  # fmt: skip


# --- what is shown ----------------------------------------------------------------------------


@pytest.mark.proves("R-18")
def test_the_holder_of_the_code_sees_how_it_stands_and_who_has_it(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    register(house, a_document())
    claim = a_claim(house, "HT-1")
    a_clock(house, claim, Clock.EXPLAIN, None, "未设定")
    a_clock(house, claim, Clock.HANDLE, "2025-12-03", "条例第二十五条", "30日")
    a_clock(house, claim, Clock.TAKE_UP, "2025-12-20", "本机关期限")
    kept = complain(house, secrets, claim, confidential=False)
    an_event(
        house, claim, Event.ANSWER, "2025-11-20", text="已核实", remedies="可以起诉", how="letter"
    )
    shown = lookup(house, kept.code, secrets, "2025-11-21")
    assert (shown.found, shown.received_on, shown.confidential) == (True, day(ON), False)
    [one] = shown.claims
    assert one[:5] == (claim, "payment", "核实中", day(ON), "示例县人民政府")
    assert (one.due_on, one.basis) == (day("2025-12-03"), ("条例第二十五条", "30日"))
    assert one.answers == ((day("2025-11-20"), "书面答复", "已核实", "可以起诉"),)
    assert one.objection == ""


def test_of_a_confidential_one_only_the_kind_of_body_is_shown(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    handled = complain(house, secrets, a_claim(house))
    taken_in = complain(house, secrets, a_claim(house, holder=CITY, addressee=None))
    over = a_claim(house, state=State.CLOSED, holder_id=None, closed_on=day(ON), closed_at=noon())
    ended = complain(house, secrets, over)
    holders = [lookup(house, c.code, secrets).claims[0].holder for c in (handled, taken_in, ended)]
    assert holders == ["上级部门", "受理单位", ""]


def test_the_body_shown_is_the_one_that_answers_today(house: House, secrets: Secrets) -> None:
    a_town(house)
    kept = complain(house, secrets, a_claim(house), confidential=False)
    with house.sessions.begin() as session:
        organisations.succeed(
            session, COUNTY, CITY, on=day("2026-01-01"), reason="撤县设区",
            by=Actor("test"), now=noon(),
        )  # fmt: skip
    before, after = (
        lookup(house, kept.code, secrets, "2025-12-31"),
        lookup(house, kept.code, secrets, "2026-01-01"),
    )
    assert [p.claims[0].holder for p in (before, after)] == ["示例县人民政府", "示例市人民政府"]


def test_the_way_to_object_is_shown_where_an_objection_is_taken_and_nowhere_else(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    offered = set()
    for state in State:
        for contested in (False, True):
            ended = {"closed_on": day(ON), "closed_at": noon()} if state in FINAL else {}
            claim = a_claim(house, state=state, contested=contested, **ended)
            kept = complain(house, secrets, claim)
            [shown] = lookup(house, kept.code, secrets).claims
            assert shown.state == STATE_CHINESE[state]
            assert (shown.objection == OBJECTION) is objects(house, kept, claim, secrets), state
            if shown.objection:
                offered.add((state, contested))
    assert offered == {(State.UNSUBSTANTIATED, False)}


def objects(house: House, kept: Complained, claim: str, secrets: Secrets) -> bool:
    """Whether an objection of the holder of a code is taken; it is taken back."""
    with house.sessions() as session:
        try:
            code_holders.object_to(
                session, kept.code, claim, "验收记录未被采信", secrets,
                office=office(house), now=noon(), today=day(ON),
            )  # fmt: skip
        except Refusal:
            return False
        finally:
            session.rollback()
    return True


def test_a_refusal_names_the_right_door(house: House, secrets: Secrets) -> None:
    a_town(house)
    claim = a_claim(
        house, state=State.REJECTED, holder_id=None, closed_on=day(ON), closed_at=noon()
    )
    kept = complain(house, secrets, claim)
    an_event(house, claim, Event.REJECT, reason="criminal", next_door="公安机关")
    [answer] = lookup(house, kept.code, secrets).claims[0].answers
    assert answer[1:] == ("不予受理", "涉嫌犯罪，应向公安机关报案", "公安机关")


def test_nothing_of_another_complainant_is_shown(house: House, secrets: Secrets) -> None:
    a_town(house)
    shared, other = a_claim(house), a_claim(house)
    first = complain(house, secrets, shared, other, identity="甲")
    an_event(house, shared, Event.ANSWER, "2025-11-05", text="致甲", remedies="一")
    second = complain(house, secrets, shared, on="2025-11-10", identity="乙")
    an_event(house, shared, Event.ANSWER, "2025-11-20", text="致甲和乙", remedies="二")
    request = ask(house, first.ulid)
    decide(house, request)
    look(house, request, secrets)
    theirs = lookup(house, second.code, secrets)
    assert [c.claim for c in theirs.claims] == [shared]
    assert [a[2:] for a in theirs.claims[0].answers] == [("", "二")]
    assert theirs.accesses == ()
    ours = lookup(house, first.code, secrets)
    assert {c.claim for c in ours.claims} == {shared, other}
    assert len(ours.accesses) == 1
    assert [a.remedies for c in ours.claims for a in c.answers] == ["一", "二"]
    assert not {"甲", "乙", "致甲"} & set(str(theirs))


@pytest.mark.proves("A15")
def test_a_receipt_answers_for_ever_also_after_merges(house: House, secrets: Secrets) -> None:
    a_town(house)
    claims = [a_claim(house) for _ in range(3)]
    kept = [complain(house, secrets, c) for c in claims]
    with house.sessions.begin() as session:  # what merging three into the first does to the rows
        into = session.scalars(select(Case.id).order_by(Case.id)).first()
        session.execute(update(Claim).values(case_id=into, state=State.RECTIFYING.value))
        session.execute(update(Complaint).values(case_id=into))
        session.execute(update(Case).where(Case.id != into).values(merged_into_id=into))
    for claim, one in zip(claims, kept, strict=True):
        [shown] = lookup(house, one.code, secrets, "2045-01-01").claims
        assert (shown.claim, shown.state) == (claim, "整改中")


# --- the code ---------------------------------------------------------------------------------


def test_the_code_is_nowhere_and_its_hash_is_keyed(house: House, secrets: Secrets) -> None:
    a_town(house)
    kept = complain(house, secrets, a_claim(house))
    everything = "\n".join(row for rows in contents(house).values() for row in rows)
    for written in (kept.code, kept.code.replace("-", ""), kept.code[:9]):
        assert written not in everything
    with house.readers() as session:
        [hashed] = session.scalars(select(Receipt.code_mac))
    assert (
        bytes(hashed) == secrets.mac(Purpose.RECEIPT, kept.code.replace("-", "").encode()).content
    )


def test_a_code_is_found_however_it_is_typed_and_no_other_is(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    kept = complain(house, secrets, a_claim(house))
    bare = kept.code.replace("-", "")
    for typed in (kept.code, bare, kept.code.lower(), f" {kept.code.replace('-', ' ')}\n"):
        assert lookup(house, typed, secrets).found
    for i, letter in enumerate(bare):
        near = bare[:i] + ("7" if letter != "7" else "8") + bare[i + 1 :]
        assert lookup(house, near, secrets) == NOTHING
    for wrong in ("", bare[:-1], bare + "0", "%", kept.ulid, WRONG):
        assert lookup(house, wrong, secrets) == NOTHING


def test_guessing_finds_nothing(house: House, secrets: Secrets) -> None:
    a_town(house)
    complain(house, secrets, a_claim(house))
    random = Random(7)
    with house.readers() as session:
        for _ in range(60):
            assert not receipts.look_up(
                session, spell(random.getrandbits(120)), secrets, today=day(ON)
            ).found


def test_codes_given_out_under_an_old_pepper_are_found(house: House, tmp_path: Path) -> None:
    a_town(house)
    old = open_keyring(tmp_path / "keys")
    before = complain(house, old, a_claim(house))
    rotate(tmp_path / "keys", Purpose.RECEIPT)
    ring = open_keyring(tmp_path / "keys")
    after = complain(house, ring, a_claim(house))
    assert [lookup(house, c.code, ring).found for c in (before, after)] == [True, True]
    assert not lookup(house, after.code, old).found
    with house.readers() as session:
        assert set(session.scalars(select(Receipt.key_id))) == set(ring.ids(Purpose.RECEIPT))


def test_the_holder_acts_under_the_pseudonym_of_the_complaint(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    kept = complain(house, secrets, a_claim(house))
    with house.readers() as session:
        by = receipts.find(session, kept.code.lower(), secrets)
        with pytest.raises(NotFound):
            receipts.find(session, WRONG, secrets)
    assert (by.name, by.person, by.roles) == (kept.ulid, None, {Role.COMPLAINANT})


# --- hit and miss -----------------------------------------------------------------------------


def shape(value: object) -> object:
    """What a thing is made of, without what it says."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: shape(v) for name, v in zip(value._fields, value, strict=True)}
    return "list" if isinstance(value, tuple) else "one"


@pytest.mark.proves("C7")
def test_a_hit_and_a_miss_send_the_same_statements_and_have_the_same_shape(
    house: House, secrets: Secrets
) -> None:
    a_town(house)
    register(house, a_document())
    claims = [a_claim(house, "HT-1"), a_claim(house), a_claim(house)]
    kept = [complain(house, secrets, *claims[:n]) for n in (1, 3)]
    a_clock(house, claims[0], Clock.HANDLE, "2025-12-03", "条例第二十五条")
    an_event(house, claims[0], Event.ANSWER, text="已核实", remedies="可以起诉")
    codes = [*(c.code for c in kept), WRONG, "", "x" * 500, spell(2**120 - 1)]
    sent, shapes = [], []
    for code in codes:
        with house.readers() as session:
            found: list[Progress] = []

            def work(code: str = code, found: list[Progress] = found) -> None:
                found.append(receipts.look_up(session, code, secrets, today=day(ON)))

            plain = [" ".join(s.split("(")[0].split()) for s in statements(session, work)]
        sent.append(plain)
        shapes.append(shape(found[0]))
        assert len(found[0].claims) >= 1
    assert len(sent[0]) >= 10
    assert all(s == sent[0] for s in sent[1:])
    assert all(s == shapes[0] for s in shapes[1:])


@pytest.mark.proves("C7")
def test_a_miss_reads_as_much_as_a_hit(house: House, secrets: Secrets) -> None:
    """Of one complaint, a wrong code reads its rows as the right one does, and shows none."""
    a_town(house)
    claims = [a_claim(house), a_claim(house)]
    kept = complain(house, secrets, *claims)
    a_clock(house, claims[0], Clock.HANDLE, "2025-12-03", "条例第二十五条")
    read = []
    for code in (kept.code, WRONG):
        with house.readers() as session:
            rows: list[object] = []
            event.listen(
                session, "loaded_as_persistent", lambda _, row, rows=rows: rows.append(row)
            )
            receipts.look_up(session, code, secrets, today=day(ON))
            read.append(sorted(type(row).__name__ for row in rows))
    assert len(read[0]) == 6  # the complaint, two claims, what it says of each, a clock
    assert read[0] == read[1]


@pytest.mark.proves("C7")
def test_all_misses_are_answered_alike_whatever_there_is(house: House, secrets: Secrets) -> None:
    empty = lookup(house, WRONG, secrets)
    a_town(house)
    complain(house, secrets, a_claim(house))
    assert lookup(house, WRONG, secrets) == lookup(house, "no code", secrets) == empty == NOTHING


# --- a lost code ------------------------------------------------------------------------------


def replace(
    house: House, request: str, secrets: Secrets, who: str = "custodian", after: float = 2
) -> str:
    by = actor(house, who, ON)
    with house.sessions.begin() as session:
        return receipts.replace(
            session, request, secrets,
            by=by, office=office(house), now=noon(ON, after), today=day(ON),
        )  # fmt: skip


def verified(house: House, kept: Complained, secrets: Secrets, item: str = "contact") -> str:
    request = ask(house, kept.ulid, item, who="county_lead")
    decide(house, request)
    look(house, request, secrets, who="county_lead")
    return request


@pytest.mark.proves("C11")
def test_a_new_code_takes_two_people_and_the_old_one_dies(house: House, secrets: Secrets) -> None:
    a_town(house)
    kept = complain(house, secrets, a_claim(house), contact="000")
    request = ask(house, kept.ulid, "contact", who="county_lead")
    with pytest.raises(NotOpen):
        replace(house, request, secrets)
    decide(house, request)
    with pytest.raises(NotOpen):  # approved is not yet verified
        replace(house, request, secrets)
    look(house, request, secrets, who="county_lead")
    for who in ("county_lead", "handler"):
        with pytest.raises(Forbidden):
            replace(house, request, secrets, who=who)
    a_person(house, "both", COUNTY_CREDIT, Role.INTAKE, Role.CUSTODIAN)
    own = ask(house, kept.ulid, "contact", who="both")
    decide(house, own)
    look(house, own, secrets, who="both")
    with pytest.raises(Forbidden, match="spoke to the complainant"):
        replace(house, own, secrets, who="both")
    code = replace(house, request, secrets)
    assert lookup(house, code, secrets).found
    assert lookup(house, kept.code, secrets) == NOTHING
    with pytest.raises(NotOpen, match="already"):
        replace(house, request, secrets, after=3)
    assert lookup(house, code, secrets).found


@pytest.mark.proves("C11")
def test_without_a_verified_contact_a_lost_code_stays_lost(house: House, secrets: Secrets) -> None:
    a_town(house)
    claim = a_claim(house)
    nobody = complain(house, secrets, claim)
    somebody = complain(house, secrets, claim, contact="000", identity="甲")
    with pytest.raises(NotOpen, match="no contact"):
        replace(house, verified(house, nobody, secrets), secrets)
    with pytest.raises(NotOpen, match="not been opened"):
        replace(house, verified(house, somebody, secrets, "identity"), secrets)
    with pytest.raises(NotOpen, match="too long ago"):
        replace(house, verified(house, somebody, secrets), secrets, after=26)
    a_person(house, "far", CITY, Role.CUSTODIAN)
    with pytest.raises(NotFound):
        replace(house, verified(house, somebody, secrets), secrets, who="far")
    assert lookup(house, somebody.code, secrets).found


# --- time -------------------------------------------------------------------------------------


def auc(hits: list[float], misses: list[float]) -> float:
    """How often a hit takes longer than a miss: the area under the curve of telling them apart."""
    ranked = sorted([(t, 1) for t in hits] + [(t, 0) for t in misses])
    ranks = sum(i for i, (_, hit) in enumerate(ranked, 1) if hit)
    return (ranks - len(hits) * (len(hits) + 1) / 2) / (len(hits) * len(misses))


def test_the_measure_of_telling_apart_is_right() -> None:
    assert auc([3.0, 4.0], [1.0, 2.0]) == 1
    assert auc([1.0, 4.0], [2.0, 3.0]) == 0.5
    assert auc([1.0, 2.0], [3.0]) == 0


@pytest.mark.endurance
@pytest.mark.proves("C7")
def test_nobody_can_tell_a_hit_from_a_miss_by_its_time(house: House, secrets: Secrets) -> None:
    n = 2_000
    a_town(house)
    register(house, a_document())
    random = Random(11)
    claims = [a_claim(house) for _ in range(40)]
    for claim in claims[::2]:
        a_clock(house, claim, Clock.HANDLE, "2025-12-03", "条例第二十五条")
        an_event(house, claim, Event.ANSWER, text="已核实", remedies="可以起诉")
    codes = [
        complain(house, secrets, *random.sample(claims, random.randint(1, 3))).code
        for _ in range(120)
    ]
    measure = timer(house, secrets)
    for code in codes:
        measure(code)  # both ways are warm
    tries = [(random.choice(codes), 1) for _ in range(n)]
    tries += [(spell(random.getrandbits(120)), 0) for _ in range(n)]
    random.shuffle(tries)
    times: dict[int, list[float]] = {0: [], 1: []}
    for code, hit in tries:
        times[hit].append(measure(code))
    found = auc(times[1], times[0])
    assert 0.45 <= found <= 0.55, found


def timer(house: House, secrets: Secrets) -> Callable[[str], float]:
    def measure(code: str) -> float:
        begun = time.perf_counter()
        lookup(house, code, secrets)
        return time.perf_counter() - begun

    return measure


def test_every_complaint_can_be_read_in_the_place_of_another(
    house: House, secrets: Secrets
) -> None:
    """The decoy is no fixed row, whose pages would be warmer than others."""
    a_town(house)
    claim = a_claim(house)
    kept = {complain(house, secrets, claim).id for _ in range(5)}
    random = Random(3)
    with house.readers() as session:
        found = {
            receipts._decoy(session, secrets.mac(Purpose.RECEIPT, random.randbytes(8)))
            for _ in range(200)
        }
        assert session.scalar(select(func.count()).select_from(ComplaintClaim)) == 5
    assert found == kept
