"""Whatever order messages come in, and however often, they leave what one ordered delivery leaves.

One of them breaks our reader: it is laid aside, everything else goes on, and after the fix it is
replayed as if it had come in its time.
"""

import random
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.inbox import object_named
from fulfilment_monitor.domain.secrets import Purpose
from fulfilment_monitor.house import House
from fulfilment_monitor.services import inbox, inbox_work, vault
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.inbox import ChannelItem, InboxMessage
from tests.conftest import at
from tests.services.builders import FIRM, day
from tests.services.case_builders import BUREAU, a_town, secrets
from tests.services.inbox_builders import ON, a_desk, poisoned, put

#: Two channels of one form: one gets every message once, in order, the other anyhow.
ORDERED, ANYHOW = "business-environment", "enterprise-service"
OPERATOR = operator("test")
_POISON = "毒"


class Sent(NamedTuple):
    number: int
    revision: int
    says: str
    amount: int
    confidential: bool


def messages(count: int, chance: random.Random) -> list[Sent]:
    """Messages about fewer items, each in versions from 1 on; one of them is poisoned."""
    found: list[Sent] = []
    while len(found) < count:
        number = len(found)
        last = min(chance.choice((1, 1, 2, 3, 4)), count - len(found))
        hidden = chance.random() < 0.2
        for revision in range(1, last + 1):
            amount = chance.choice((500, 20_000, 3_000_000))
            found.append(Sent(number, revision, f"第{revision}次说明 {number}", amount, hidden))
    at_ = chance.randrange(count)
    found[at_] = found[at_]._replace(says=found[at_].says + _POISON)
    return found


def document(sent: Sent, channel: str) -> dict[str, Any]:
    matter = {"matter": f"{channel} 第{sent.number}项", "breach": "01", "amount": sent.amount}
    return {
        "caseNo": f"N-{sent.number}",
        "revision": sent.revision,
        "status": str(sent.revision),
        "respondent": {"code": BUREAU, "name": "示例县财政局"},
        "complainant": {"name": "示例企业", "code": FIRM, "contact": f"0552-{sent.revision}"},
        "contract": {"no": f"{channel}-{sent.number}"},
        "confidential": sent.confidential,
        "matters": [matter],
        "content": sent.says,
    }


def deliver(house: House, sent: Sent, channel: str) -> None:
    put(house, document(sent, channel), f"{sent.number}/{sent.revision}", channel=channel)


def left_by(house: House, channel: str, numbers: set[int]) -> dict[int, tuple[Any, ...]]:
    """What is on file of each item: everything but what is drawn by chance."""
    keys, found = secrets(house), {}
    with house.readers() as session:
        for number in numbers:
            named = keys.mac(Purpose.DIGEST, object_named(channel, f"N-{number}")).content.hex()
            item = session.get_one(ChannelItem, (channel, f"hmac:{named}"))
            complaint = session.get_one(Complaint, item.complaint_id)
            (row,) = session.execute(
                select(Claim, ComplaintClaim)
                .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
                .where(ComplaintClaim.complaint_id == complaint.id)
            ).all()
            sealed = vault._unsealed(session, complaint, ["words", "contact", "source"], keys)
            sealed["words"].pop("contract_no")
            sealed["words"].pop("matters")
            found[number] = (
                item.version, item.status, row.Claim.state, row.Claim.claimed_fen,
                row.Claim.matter.split("，")[:-1], row.ComplaintClaim.claimed_fen,
                complaint.confidential, complaint.received_on, sealed,
            )  # fmt: skip
    return found


def count_of(house: House, channel: str) -> int:
    with house.readers() as session:
        query = select(func.count()).where(Complaint.channel == channel)
        return session.scalar(query) or 0


def _compare(house: House, count: int, seed: int) -> None:
    chance = random.Random(seed)
    a_town(house)
    sent = messages(count, chance)
    numbers = {s.number for s in sent}
    for one in sent:
        deliver(house, one, ORDERED)
    assert inbox_work.work(a_desk(house), limit=10 * count) == (count, 0, 0)

    copies = [s for s in sent for _ in range(chance.randint(1, 5))]
    chance.shuffle(copies)
    broken = poisoned(house, _POISON)
    later = timedelta(0)
    for copy in copies:
        deliver(house, copy, ANYHOW)
        if chance.random() < 0.05:
            later += timedelta(minutes=chance.randint(0, 30))
            inbox_work.work(a_desk(house, read=broken, later=later), limit=chance.randint(1, 50))
    for _ in range(6):  # until the last try of the poisoned one
        later += timedelta(hours=3)
        inbox_work.work(a_desk(house, read=broken, later=later), limit=10 * count)

    with house.readers() as session:
        (letter,) = inbox.dead(session, by=OPERATOR)
        states = session.execute(
            select(InboxMessage.state, func.count())
            .where(InboxMessage.channel == ANYHOW)
            .group_by(InboxMessage.state)
        )
        assert dict(states.all()) == {"applied": count - 1, "dead": 1}
    with house.sessions.begin() as session:
        inbox.replay(session, letter.receipt, by=OPERATOR, now=at(day(ON)) + later)
    assert inbox_work.work(a_desk(house, later=later)) == (1, 0, 0)
    assert count_of(house, ORDERED) == count_of(house, ANYHOW) == len(numbers)
    assert left_by(house, ANYHOW, numbers) == left_by(house, ORDERED, numbers)


@pytest.mark.proves("F1", "F2", "F3")
@pytest.mark.parametrize("seed", [7])
def test_in_any_order_and_number_they_leave_what_one_ordered_delivery_leaves(
    house: House, seed: int
) -> None:
    _compare(house, 14, seed)


@pytest.mark.endurance
@pytest.mark.proves("F1", "F2", "F3")
def test_a_thousand_messages_leave_what_one_ordered_delivery_leaves(house: House) -> None:
    _compare(house, 1_000, 20251021)
