"""How often a wrong lookup code may be tried: five an hour from one network, a thousand from all.

A right code is answered whatever others tried before it: who shares a network with somebody that
guesses is not shut out, and nobody can shut out the whole country. Nothing is given away by that,
for no code of 120 bits is found by trying. Complaints are never counted, nor refused.

What is right is counted as nothing by the same statements that count what is wrong: the time an
answer takes tells no one from the other. Networks are kept as keyed hashes.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ..domain.secrets import Purpose, Secrets
from . import rates

_HOUR = timedelta(hours=1)
#: Wrong codes from one network: after the fifth it rests for an hour.
NETWORK = rates.Rule("lookup", _HOUR, (0, 0, 0, 0, 3600))
#: Wrong codes from everywhere: after the thousandth in an hour, one in ten minutes.
ALL = rates.Rule("lookup.all", _HOUR, (*[0] * 999, 600))


def count(session: Session, network: str, secrets: Secrets, *, wrong: bool, now: datetime) -> int:
    """Count a code that was looked up; the seconds to wait, which is 0 for every right one."""
    place = secrets.mac(Purpose.RECEIPT, f"network {network}".encode()).content.hex()
    rests = rates.tally(session, ALL, cost=wrong, now=now)
    return max(rests, rates.tally(session, NETWORK, place, cost=wrong, now=now))
