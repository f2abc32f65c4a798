"""Time made by hand: for the application, its steady clock and the database alike."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from fulfilment_monitor import clock
from fulfilment_monitor.clock import BEIJING, Moment
from fulfilment_monitor.house import House

_SECONDS = "CREATE TABLE IF NOT EXISTS sky.ahead (seconds double precision)"
_CLOCK = """
CREATE OR REPLACE FUNCTION sky.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
'SELECT pg_catalog.clock_timestamp() + seconds * interval ''1 second'' FROM sky.ahead'
"""


@dataclass
class World:
    """True time, which the database shows, and an application whose hands can be moved."""

    began: datetime
    house: House
    #: By how much the hands of the application stand away from the true time.
    off: timedelta = timedelta()
    _ahead: timedelta = field(init=False)
    _steady: float = field(init=False)

    def __post_init__(self) -> None:
        self._ahead = self.began - clock.now()
        self._steady = clock.monotonic()
        if self.house.engine.dialect.name == "sqlite":
            event.listen(self.house.engine, "connect", self._own_julianday)
        else:
            with self.house.engine.begin() as connection:
                connection.execute(text("CREATE SCHEMA sky"))
                connection.execute(text(_SECONDS))
                connection.execute(text("INSERT INTO sky.ahead VALUES (0)"))
                connection.execute(text(_CLOCK))
            event.listen(self.house.engine, "connect", _look_up)
        self.house.close()  # connections made from now on see this sky
        self.wait()

    def moment(self) -> Moment:
        """What the application reads."""
        now = clock.now() + self._ahead + self.off
        return Moment(now, now.astimezone(BEIJING).date())

    def monotonic(self) -> float:
        """What never jumps."""
        return clock.monotonic() - self._steady

    def wait(self, **span: int) -> None:
        """Time passes, for everything."""
        self._ahead += timedelta(**span)
        self._steady -= timedelta(**span).total_seconds()
        if self.house.engine.dialect.name == "postgresql":
            with self.house.engine.begin() as connection:
                moved = text("UPDATE sky.ahead SET seconds = :seconds")
                connection.execute(moved, {"seconds": self._ahead.total_seconds()})

    def _own_julianday(self, connection: Any, _record: object) -> None:
        def julianday(_now: str) -> float:
            return (clock.now() + self._ahead).timestamp() / 86_400 + 2_440_587.5

        connection.create_function("julianday", 1, julianday)


def _look_up(connection: Any, _record: object) -> None:
    """Find the clock of this sky before the server's own."""
    connection.execute("SET search_path = sky, pg_catalog, public")
    connection.commit()
