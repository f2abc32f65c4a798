"""What channels put into their folders, and what waits in the inbox: read, kept, applied."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..clock import Moment
from ..domain.secrets import Secrets
from ..gateways import channel_drops
from ..house import House, inbox_desk, keys_of
from ..schemas.channel_drops import read_file
from ..services import inbox, inbox_work

#: A reading of the clock, each time it is asked.
Moments = Callable[[], Moment]


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
