"""What channels put into their folders or answer when asked, and the inbox: read, kept, applied."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..clock import Moment
from ..domain.errors import Issue, NotFound, Refusal
from ..domain.partners import SharedKey
from ..domain.secrets import Secrets
from ..gateways import channel_drops, channel_pulls, signatures
from ..gateways.outward import allowed
from ..house import House, inbox_desk, keys_of
from ..schemas.channel_drops import read_file, read_page
from ..services import inbox, inbox_work, partner_keys, partners

log = logging.getLogger(__name__)

#: A reading of the clock, each time it is asked.
Moments = Callable[[], Moment]


class Pulled(NamedTuple):
    """What a channel answered: items kept, how many of them were new, and what was refused."""

    kept: int
    new: int
    refused: list[Issue]


def take_in(house: House, moment: Moments) -> inbox_work.Worked:
    """Read what lies in the folders of channels, then apply all that waits in the inbox."""
    secrets, root = keys_of(house), house.settings.channel_drop
    for channel in sorted(f.channel for f in house.maps) if root else ():
        if (Path(root) / channel).is_dir():
            take_drop(house, channel, Path(root) / channel, secrets, moment())
    return inbox_work.work(inbox_desk(house, secrets, moment))


def take_drop(
    house: House, channel: str, folder: Path, secrets: Secrets, moment: Moment
) -> list[channel_drops.Dropped]:
    """Keep what lies in the folder of a channel."""

    def read(name: str, file: BinaryIO) -> channel_drops.Read:
        handed = read_file(house.maps, channel, name, file, today=moment.today)
        with house.sessions.begin() as session:
            taken = inbox.hand_over(session, handed, secrets, now=moment.now)
        return channel_drops.Read(len(taken.receipts), taken.new, taken.refused)

    return channel_drops.take(folder, read)


def ask_all(house: House, moment: Moments) -> None:
    """Ask each channel whose mapping says where; one that fails keeps no other waiting."""
    for form in house.maps:
        if form.pull is None:
            continue
        try:
            told = ask(house, form.channel, keys_of(house), moment)
        except Refusal as fault:
            log.warning("channel.unasked", extra={"channel": form.channel, "code": fault.code})
            continue
        if told.new or told.refused:
            counts = {"kept": told.kept, "new": told.new, "refused": len(told.refused)}
            log.info("channel.asked", extra={"channel": form.channel, **counts})


def ask(house: House, channel: str, secrets: Secrets, moment: Moments) -> Pulled:
    """Ask a channel for what is new, at the URL of its mapping, and keep it.

    Raises:
        NotFound: its mapping has no [pull].
        AddressRefused, Unreachable, Astray: see `gateways.channel_pulls`; what pages before had
            is kept.
    """
    form = house.maps.find(channel)
    if form is None or form.pull is None:
        raise NotFound(f"the mapping of {channel} has no [pull]")
    now, today = moment()
    key = _shared_key(house, channel, secrets, moment)

    def headers(url: str) -> Mapping[str, str]:
        return {} if key is None else signatures.sign("GET", url, b"", key, now=moment().now)

    kept, new, refused = 0, 0, list[Issue]()
    pages = channel_pulls.pages(
        form.pull.url, headers, allow=allowed(house.settings),
        following=lambda raw: read_page(house.maps, channel, raw, today=today)[1],
    )  # fmt: skip
    for raw in pages:
        handed, _ = read_page(house.maps, channel, raw, today=today)
        with house.sessions.begin() as session:
            taken = inbox.hand_over(session, handed, secrets, now=now)
        kept, new = kept + len(taken.receipts), new + taken.new
        refused += taken.refused
    return Pulled(kept, new, refused)


def _shared_key(house: House, channel: str, secrets: Secrets, moment: Moments) -> SharedKey | None:
    """The key shared with the partner that is this channel, if there is one."""
    with house.readers() as session:
        for listed in partners.list_partners(session):
            if listed.channel == channel:
                partner = partners.take(session, listed.code)
                return partner_keys.signing_key(session, partner, secrets, now=moment().now)
    return None
