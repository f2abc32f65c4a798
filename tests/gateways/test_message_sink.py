"""Messages to enterprises: appended whole, readable by the service alone, never lost in silence."""

import json
import stat

import pytest

from fulfilment_monitor.gateways.message_sink import SinkUnusable, send
from tests.conftest import at
from tests.services.builders import day

NOW = at(day("2025-10-20"))


def test_each_message_is_a_line_of_the_day(tmp_path):
    folder = tmp_path / "out" / "messages"
    first = {"id": "1", "by": "email", "to": "office@example.com", "text": "链接\n第二行"}
    assert send(folder, [first, {"id": "2"}], NOW) == 2
    assert send(folder, [{"id": "3"}], NOW) == 1
    file = folder / "messages-2025-10-20.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", "3"]
    assert lines[0] == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SinkUnusable):
        send(tmp_path / "file" / "messages", [{"id": "1"}], NOW)
