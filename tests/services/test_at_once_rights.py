"""Two who write of the same right at once: the outcome is that of one after the other."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.cases import Event
from fulfilment_monitor.domain.errors import Invalid, NotOpen
from fulfilment_monitor.domain.facts import Answer
from fulfilment_monitor.domain.passwords import Profile
from fulfilment_monitor.domain.records import read_listing
from fulfilment_monitor.domain.vault import PERSONAL
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.amendments import read_agreement
from fulfilment_monitor.services import (
    amendments,
    cases,
    credit_lists,
    enterprise_contacts,
    measure_answers,
    receipts,
    sign_in,
    signed_links,
    vault,
)
from fulfilment_monitor.services.sign_in import Given, Refused
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.complaints import Complaint, VaultItem
from fulfilment_monitor.store.enterprises import EnterpriseContact
from fulfilment_monitor.store.facts import FactAnswer
from fulfilment_monitor.store.records import CreditEntry, Finding
from tests.conftest import at
from tests.services import account_builders, enterprise_builders
from tests.services.builders import (
    CLERK,
    FIRM,
    ORGAN,
    a_document,
    a_payment,
    contract_id,
    day,
    meanwhile,
    office,
    paid,
    register,
    state,
    sweep,
)
from tests.services.case_builders import (
    BUREAU,
    LEAD_DAY,
    WAY,
    a_town,
    complain,
    drive,
    hand,
    secrets,
)
from tests.services.credit_builders import measures_drawn, measures_of, once, restricted, second
from tests.services.test_measures import PROCUREMENT, a_record
from tests.services.test_records import ITEMS, KEEPER

Act = Callable[[Session], object]
NEW_PASSWORD = "枯藤老树昏鸦小桥流水人家"


def at_once(house: House, first: Act, then: Act) -> object:
    """What comes of `then`, which begins while `first` has written and not committed."""

    def other() -> object:
        with house.sessions.begin() as session:
            return then(session)

    return outcome(house, first, other)


def outcome(house: House, first: Act, other: Callable[[], object]) -> object:
    """The same for what opens its own transactions; what it raises is what comes of it."""

    def tried() -> object:
        try:
            return other()
        except Exception as refusal:
            return refusal

    return meanwhile(house, first, tried)


# --- measures, determinations, lists ----------------------------------------------------------


def revoking(house: House, claim: str, on: str) -> Act:
    hands = hand(house, "director", on)
    return lambda s: cases.fire(s, claim, Event.REVOKE_DETERMINATION, {"reason": "错"}, **hands)


def test_a_measure_imposed_while_its_record_falls_ends_with_it(house: House) -> None:
    on = "2026-01-15"
    with measures_drawn(house):
        claim = a_record(house)
        ulid = measures_of(house)[PROCUREMENT].ulid
        once(house, "accept", ulid, "finance_director", on, starts_on=day("2026-01-16"))
        hands = hand(house, second(house, "finance_director", on), on)
        came = at_once(
            house,
            lambda s: measure_answers.approve(s, ulid, **hands),
            revoking(house, claim, on),
        )
        assert not isinstance(came, Exception)
        measure = measures_of(house)[PROCUREMENT]
        assert (measure.state, measure.to_end_on) == ("ending", day(on))
        assert restricted(house, "2026-03-01") == []


def test_a_measure_accepted_while_its_record_falls_begins_on_no_day(house: House) -> None:
    on = "2026-01-15"
    with measures_drawn(house):
        claim = a_record(house)
        ulid = measures_of(house)[PROCUREMENT].ulid
        hands = hand(house, "finance_director", on)
        came = at_once(
            house,
            lambda s: measure_answers.accept(s, ulid, starts_on=day("2026-01-16"), **hands),
            revoking(house, claim, on),
        )
        assert not isinstance(came, Exception)
        measure = measures_of(house)[PROCUREMENT]
        assert (measure.state, measure.ended_on) == ("ended", day(on))
        assert (measure.starts_on, measure.answered_by) == (None, None)


def test_no_two_determinations_get_one_number(house: House) -> None:
    a_town(house)
    register(house, a_document(), a_document(contract_no="HT-2"))
    sweep(house, LEAD_DAY)
    with house.readers() as session:
        claims = session.scalars(select(Claim.ulid).order_by(Claim.id)).all()
    for claim in claims:
        drive(house, claim, "propose_determination")
    hands = hand(house, "director", "2026-01-08")

    def approving(claim: str) -> Act:
        event, said = Event.APPROVE_DETERMINATION, WAY[-1].details
        return lambda s: cases.fire(s, claim, event, said, **hands)

    came = at_once(house, approving(claims[0]), approving(claims[1]))
    assert isinstance(came, Invalid)
    with house.readers() as session:
        numbers = session.scalars(select(Finding.document_no).order_by(Finding.id)).all()
    assert numbers == [WAY[-1].details["document_no"], None]


def test_an_item_of_a_list_is_entered_once(house: House) -> None:
    a_town(house)
    item = read_listing(Stream.ARREARS, ITEMS[Stream.ARREARS])
    hands = hand(house, KEEPER[Stream.ARREARS], "2026-01-10")

    def enter(session: Session) -> str:
        return credit_lists.enter(session, BUREAU, item, on=day("2026-01-10"), **hands).ulid

    assert isinstance(at_once(house, enter, enter), Invalid)
    with house.readers() as session:
        assert len(session.scalars(select(CreditEntry)).all()) == 1


# --- the vault --------------------------------------------------------------------------------


def erased_while(house: House, write: Callable[[Session, int], object]) -> object:
    """What comes of writing to the vault while the complainant has everything erased."""
    a_town(house)
    register(house, a_document())
    silent = {"name": "示例企业", "uscc": FIRM}
    complaint = complain(house, "2025-09-11", complainant=silent)
    with house.readers() as session:
        who = receipts.find(session, complaint.receipt, secrets(house))
        number = session.scalars(select(Complaint.id)).one()
    hands = {**hand(house, "custodian", "2025-09-12"), "by": who}
    came = at_once(
        house,
        lambda s: vault.erase(s, complaint.complaint, **hands),
        lambda s: write(s, number),
    )
    with house.readers() as session:
        items = session.scalars(select(VaultItem).where(VaultItem.name.in_(PERSONAL))).all()
        assert {(bytes(i.sealed), i.erased_at is not None) for i in items} == {(b"", True)}
    return came


def test_what_is_erased_is_not_sealed_again_from_a_newer_version(house: House) -> None:
    now, keys = at(day("2025-09-12")), secrets(house)
    said = {"contact": "0552-1111111"}
    came = erased_while(house, lambda s, n: vault.renew(s, n, said, keys, by=CLERK, now=now))
    assert came is None


def test_what_is_erased_is_not_said_later(house: House) -> None:
    now, keys = at(day("2025-09-12")), secrets(house)
    said = {"contact": "0552-1111111"}
    came = erased_while(house, lambda s, n: vault.keep(s, n, said, keys, by=CLERK, now=now))
    assert isinstance(came, NotOpen)


# --- passwords --------------------------------------------------------------------------------


def change_password(session: Session, account: int) -> None:
    row = session.get_one(Account, account, with_for_update=True)
    row.password_hash = account_builders.QUICK.hash(NEW_PASSWORD)


def has_new_password(house: House) -> bool:
    with house.readers() as session:
        made = account_builders.account(session, "zhang").password_hash
    return account_builders.QUICK.matches(NEW_PASSWORD, made)


@pytest.fixture
def zhang(house: House) -> Account:
    account_builders.an_account(house, "zhang", ORGAN, Role.CLERK)
    with house.readers() as session:
        return account_builders.account(session, "zhang")


def test_a_password_changed_meanwhile_is_not_hashed_over(house: House, zhang: Account) -> None:
    known = sign_in._Known(zhang.id, zhang.password_hash)
    came = outcome(
        house,
        lambda s: change_password(s, zhang.id),
        lambda: sign_in._rehash(
            house.sessions, account_builders.QUICK, known, account_builders.PASSWORD
        ),
    )
    assert came is None
    assert has_new_password(house)


def test_nobody_signs_in_with_a_password_changed_outcome(house: House, zhang: Account) -> None:
    class Slow(account_builders.Quick):
        """While it compares, the password is changed."""

        def matches(self, password: str, hashed: str | None) -> bool:
            right = super().matches(password, hashed)
            with house.sessions.begin() as session:
                change_password(session, zhang.id)
            return right

    code = account_builders.code_of(house, "zhang")
    given = Given("zhang", account_builders.PASSWORD, code, account_builders.NETWORK)
    with pytest.raises(Refused):
        sign_in.sign_in(
            house.sessions, Slow(), secrets(house), Profile.ASVS, given,
            now=account_builders.NOW, today=account_builders.TODAY,
        )  # fmt: skip
    assert has_new_password(house)


# --- enterprises ------------------------------------------------------------------------------

ON = "2025-09-12"


@pytest.mark.parametrize("before", [False, True])
def test_one_contact_is_in_use(house: House, before: bool) -> None:
    a_town(house)
    register(house, a_document())
    if before:
        enterprise_builders.reachable(house, "2025-09-10")
    by, keys = enterprise_builders.firm(house), enterprise_builders.secrets(house)

    def change(name: str) -> Act:
        given = enterprise_builders.CONTACT | {"name": name}
        return lambda s: enterprise_contacts.change(
            s, given, keys, by=by, now=at(day(ON)), today=day(ON)
        )

    last = at_once(house, change("一"), change("二"))
    with house.readers() as session:
        in_use = select(EnterpriseContact.ulid).where(EnterpriseContact.ended_at.is_(None))
        assert session.scalars(in_use).all() == [last]


@pytest.fixture
def fact(house: House) -> str:
    """The department says it has paid; the enterprise can be reached."""
    a_town(house)
    register(house, a_document(a_payment(due_on="2025-10-10")))
    enterprise_builders.reachable(house, "2025-09-10")
    return state(house, paid("2025-09-10", by="government"), "2025-09-11")


def using(house: House, made: signed_links.Made, said: str) -> Act:
    key, keys = enterprise_builders.key_of(made), enterprise_builders.secrets(house)
    now, law = enterprise_builders.later(ON, 1), office(house)
    return lambda s: signed_links.use(s, key, Answer(said), keys, office=law, now=now)


def answers(house: House) -> list[str]:
    with house.readers() as session:
        return list(session.scalars(select(FactAnswer.answer)))


def test_of_two_links_to_one_statement_one_answers(house: House, fact: str) -> None:
    one, other = (enterprise_builders.link(house, fact, ON) for _ in range(2))
    came = at_once(house, using(house, one, "confirmed"), using(house, other, "disputed"))
    assert came is False
    assert answers(house) == ["confirmed"]


def test_a_link_answers_no_terms_changed_outcome(house: House, fact: str) -> None:
    made, contract = enterprise_builders.link(house, fact, ON), contract_id(house)
    hands = {"by": CLERK, "office": office(house), "now": at(day(ON)), "today": day(ON)}
    document = {
        "contract_no": "HT-1",
        "agreed_on": ON,
        "reason": "mutual_agreement",
        "agreed_by": ["government", "enterprise"],
        "changes": [{"obligation": "payment", "amount": "900.00"}],
    }
    _, agreement = read_agreement(document)
    came = at_once(
        house,
        lambda s: amendments.amend_contract(s, contract, agreement, **hands),
        using(house, made, "confirmed"),
    )
    assert came is False
    assert answers(house) == []
