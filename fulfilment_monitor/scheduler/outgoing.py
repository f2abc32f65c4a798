"""How messages leave for other platforms: signed, through the one door outward."""

from collections.abc import Callable
from datetime import datetime
from secrets import SystemRandom

from ..domain.clocks import beijing_day
from ..gateways import outward
from ..gateways.carriers import Carriers
from ..gateways.platforms import open_platforms
from ..house import House, keys_of
from ..services.deliveries import Way
from ..services.delivery_forms import Form


def way_out(house: House, now: Callable[[], datetime]) -> Way:
    """With what a pass works.

    Raises:
        BadPolicy: a mapping, or FM_OUTWARD_ALLOW, cannot be used.
        KeysGone, KeysUnusable: as `keys_of`.
    """
    secrets, platforms = keys_of(house), open_platforms(house.settings)
    allow, folder = outward.allowed(house.settings), house.settings.exchange_path()
    return Way(
        house.sessions,
        Carriers(allow, folder, now),
        lambda: Form(platforms, secrets, beijing_day(now()), house.maps),
        now,
        SystemRandom().random,
    )
