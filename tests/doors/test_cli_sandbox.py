"""`fulfilment-monitor sandbox` as a process: it listens, takes keys from a file, and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from fulfilment_monitor.cli import main


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_it_serves_until_it_is_ended(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    secret = (b"k" * 32).hex()
    keys.write_text(json.dumps({"keys": {"k1": {"algorithm": "hmac-sha256", "secret": secret}}}))
    words = ["sandbox", "--port", str(free_port()), "--keys", str(keys), "--lose", "0.03"]
    running = subprocess.Popen(
        [sys.executable, "-c", "from fulfilment_monitor.cli import main; main()", *words],
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("FM_")},  # noqa: TID251
        # Where the tests run in the background of a shell, it would be deaf to the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert running.stderr is not None
        address = running.stderr.readline().strip()
        state = requests.get(f"{address}/_control", timeout=5).json()
        assert (state["keys"], state["faults"]["lose"]) == (["k1"], 0.03)
        assert secret not in requests.get(f"{address}/_control", timeout=5).text
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("content", ["[]", "{", '{"keys": {"a": {}}}', '{"x": 1}'])
def test_a_file_of_keys_that_is_none_ends_the_command(tmp_path: Path, content: str) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(content)
    assert CliRunner().invoke(main, ["sandbox", "--keys", str(keys)]).exit_code == 2


def test_a_share_above_one_ends_the_command() -> None:
    assert CliRunner().invoke(main, ["sandbox", "--fail", "2"]).exit_code == 2
