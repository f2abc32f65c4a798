"""On what was measured: machine, versions and load, so that figures are read for what they are."""

import os
import platform
import re
import sqlite3
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.places import Place

_PACKAGES = ("SQLAlchemy", "psycopg", "marshmallow", "XlsxWriter", "ocdsmerge")


def machine(place: Place) -> dict[str, str | int]:
    """The machine and what runs on it."""
    engine = create_engine(place.server)
    with engine.connect() as connection:
        server = str(connection.scalar(text("SHOW server_version")))
        durable = ", ".join(
            f"{name} {connection.scalar(text(f'SHOW {name}'))}"
            for name in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        )
    engine.dispose()
    return {
        "processor": _first(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.processor(),
        "processors": os.cpu_count() or 0,
        "memory_gib": round(int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 1024**2, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": f"{sqlite3.sqlite_version} (WAL, synchronous FULL)",
        "postgresql": f"{server.split()[0]} ({durable})",
        **{name.lower(): version(name) for name in _PACKAGES},
    }  # type: ignore[dict-item]


def load() -> list[float]:
    """How many processes wanted a processor, over 1, 5 and 15 minutes."""
    return [round(n, 2) for n in os.getloadavg()]


def _first(pattern: str, file: str) -> str:
    path = Path(file)
    found = re.search(pattern, path.read_text()) if path.exists() else None
    return found[1].strip() if found else ""
