"""The only place that knows where shipped files lie.

In a wheel, the repository's data folders sit in ``fulfilment_monitor/_shipped``;
in a checkout (and in an editable install) they sit beside the package.
"""

import hashlib
import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeVar

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """The folder ``migrations``, ``alerts`` or ``contracts_samples``.

    Raises:
        FileNotFoundError: neither place has it (a broken install).
    """
    for place in (_PACKAGE / "_shipped" / folder, _PACKAGE.parent / folder):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"shipped folder {folder!r} is missing; reinstall the package")


def law(name: str) -> Path:
    """A file or folder of the law that ships inside the package."""
    return _PACKAGE / "law" / name


class _Choice(Protocol):
    """What says which alerts folder is in use; "" is ours."""

    @property
    def alerts_dir(self) -> str: ...


_S = TypeVar("_S", bound=_Choice)
_T = TypeVar("_T")


def ours_once(load: Callable[[_S], _T]) -> Callable[[_S], _T]:
    """Load the folder that ships once a process, for nothing changes it; an office's every time."""
    ours: list[_T] = []

    @wraps(load)
    def opened(settings: _S) -> _T:
        if settings.alerts_dir:
            return load(settings)
        if not ours:
            ours.append(load(settings))
        return ours[0]

    return opened


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict; `tomllib.TOMLDecodeError` names the line of a fault."""
    return tomllib.loads(path.read_text("utf-8"))


def messages(folder: Path) -> dict[str, dict[str, str]]:
    """The texts of an alerts folder: `messages/<name>.<language>.txt`."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((folder / "messages").glob("*.*.txt")):
        name, language, _ = path.name.split(".", 2)
        found.setdefault(name, {})[language] = path.read_text("utf-8").strip()
    return found


def digest(folder: Path) -> str:
    """A digest of the names and bytes of everything in a folder."""
    hashed = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix().encode()
        for part in (name, content):
            hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()
