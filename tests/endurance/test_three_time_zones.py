"""The zone of the machine, and of the database's client, changes nothing that is told."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.endurance import year
from tests.endurance.conftest import Databases, Tell

pytestmark = pytest.mark.endurance

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("UTC", "America/Los_Angeles", "Asia/Shanghai")


@pytest.mark.proves("G6", "I-14")
def test_a_year_is_told_alike_to_the_byte_in_three_time_zones(
    databases: Databases, tmp_path: Path, tell: Tell
) -> None:
    began = [begin(databases, tmp_path / zone.replace("/", "-"), zone) for zone in ZONES]
    told = [told_by(process) for process in began]
    assert told[0] == told[1] == told[2]
    assert told[0].count("'raised_on'") > year.CONTRACTS
    tell("seed", year.SEED)
    tell("bytes compared", len(told[0].encode()))
    tell("sha256", hashlib.sha256(told[0].encode()).hexdigest())


def begin(databases: Databases, sink: Path, zone: str) -> subprocess.Popen[str]:
    """A process that lives through the scripted year in a zone."""
    url = databases.new().settings.database_url
    return subprocess.Popen(
        [sys.executable, "-m", "tests.endurance.year", url, str(sink)],
        cwd=ROOT,
        env={**os.environ, "TZ": zone, "PGTZ": zone},  # noqa: TID251 — the machine's, not ours
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told_by(process: subprocess.Popen[str]) -> str:
    told, faults = process.communicate()
    assert process.returncode == 0, faults
    return year.numbered(told)
