"""The channels of the alerts folder in use, and how each of them writes."""

from pathlib import Path
from typing import Any

from .. import resources
from ..domain.channel_files import read_form
from ..domain.channel_maps import ChannelForm, ChannelMaps
from ..domain.channels import Channels, read_channels
from ..domain.errors import BadPolicy
from ..settings import Settings

_NAME = "channels.toml"
_FOLDER = "channels"


@resources.ours_once
def open_channels(settings: Settings) -> Channels:
    """The office's channels; ours, where its folder lists none.

    Raises:
        BadPolicy: the file cannot be used.
    """
    path = Path(settings.alerts_dir) / _NAME if settings.alerts_dir else None
    if path is None or not path.exists():
        path = resources.shipped("alerts") / _NAME
    return read_channels(_read(path))


@resources.ours_once
def open_maps(settings: Settings) -> ChannelMaps:
    """How each channel writes: the office's files, and ours for channels it has no file of.

    Raises:
        BadPolicy: a file cannot be used, or is of a channel that is not listed.
    """
    channels = open_channels(settings)
    ours = _files(resources.shipped("alerts") / _FOLDER)
    theirs = _files(Path(settings.alerts_dir) / _FOLDER) if settings.alerts_dir else {}
    forms: list[ChannelForm] = []
    faults: list[str] = []
    for name, path in sorted({**ours, **theirs}.items()):
        try:
            form = read_form(_read(path), name)
        except BadPolicy as fault:
            faults.append(str(fault))
            continue
        if channels.find(form.channel) is not None:
            forms.append(form)
        elif name in theirs:  # ours may be of a channel this office does not have
            faults.append(f"channels/{name}: channels.toml lists no channel {form.channel!r}")
    if faults:
        raise BadPolicy("\n".join(faults))
    return ChannelMaps(forms)


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.glob("*.toml")}


def _read(path: Path) -> dict[str, Any]:
    try:
        return resources.read_toml(path)
    except (OSError, ValueError) as fault:  # not to be read, not UTF-8, or no TOML
        raise BadPolicy(f"{path}: {fault}") from None
