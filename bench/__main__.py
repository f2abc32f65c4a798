"""python -m bench [--obligations N] [--acting K]: print the tables."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import sweep, working_days
from fulfilment_monitor.house import House, open_house, upgrade
from fulfilment_monitor.settings import Settings
from tests.postgres import create_database, postgres_server


@contextmanager
def houses() -> Iterator[Iterator[House]]:
    """An empty house on SQLite, then one on a PostgreSQL of our own."""
    with TemporaryDirectory(prefix="fm-bench-") as folder:
        base = Path(folder)
        server = postgres_server(base)
        with server as url:
            yield _opened(f"sqlite:///{base}/bench.db", create_database(url, "bench"))


def _opened(*urls: str) -> Iterator[House]:
    for url in urls:
        settings = Settings(database_url=url)
        upgrade(settings)
        house = open_house(settings)
        yield house
        house.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--obligations", type=int, default=200_000)
    parser.add_argument("--acting", type=int, default=10_000)
    chosen = parser.parse_args()
    ours, loop, times = working_days.run()
    print(f"working days: {ours:.2f} µs a call, day-by-day loop {loop:.0f} µs, {times:.0f} x")
    print(f"\nsweep, {chosen.obligations:,} obligations, medians of 5 alternating pairs")
    print("database     acting   µs a row   floor µs   ratio   second run")
    with houses() as opened:
        for house in opened:
            m = sweep.run(house, chosen.obligations, chosen.acting)
            print(
                f"{house.engine.dialect.name:<11}{m.acting:>8,}{m.sweep_us:>11.1f}"
                f"{m.floor_us:>11.1f}{m.ratio:>8.2f}{m.again_ratio:>12.1%}"
            )


if __name__ == "__main__":
    main()
