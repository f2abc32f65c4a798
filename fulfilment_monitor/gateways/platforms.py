"""The mappings of the alerts folder in use."""

from pathlib import Path

from .. import resources
from ..domain.errors import BadPolicy
from ..domain.platforms import Platforms, read_platforms
from ..settings import Settings

_NAME = "platforms"


def open_platforms(settings: Settings) -> Platforms:
    """The office's mappings; ours, where its folder has none.

    Raises:
        BadPolicy: a file cannot be used.
    """
    folder = Path(settings.alerts_dir) / _NAME if settings.alerts_dir else None
    if folder is None or not folder.is_dir():
        folder = resources.shipped("alerts") / _NAME
    files = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            files[path.name] = resources.read_toml(path)
        except (OSError, ValueError) as fault:  # not to be read, not UTF-8, or no TOML
            raise BadPolicy(f"{path}: {fault}") from None
    return read_platforms(files)
