"""The rules of notifications of the alerts folder in use."""

from pathlib import Path

from .. import resources
from ..domain.errors import BadPolicy
from ..domain.notifications import Notifying, read_notifying
from ..settings import Settings

_NAME = "notifications.toml"


@resources.ours_once
def open_notifying(settings: Settings) -> Notifying:
    """The office's rules; ours, where its folder has none.

    Raises:
        BadPolicy: the file cannot be used.
    """
    path = Path(settings.alerts_dir) / _NAME if settings.alerts_dir else None
    if path is None or not path.exists():
        path = resources.shipped("alerts") / _NAME
    try:
        rules = resources.read_toml(path)
    except (OSError, ValueError) as fault:  # not to be read, not UTF-8, or no TOML
        raise BadPolicy(f"{path}: {fault}") from None
    return read_notifying(rules)
