"""The package around releases: who publishes them, by which version of the standard."""

from collections.abc import Sequence
from typing import Any

#: What stands in every package of ours before its content.
PACKAGE: dict[str, Any] = {
    "uri": "urn:fulfilment-monitor:ocds",
    "version": "1.1",
    "extensions": ["urn:fulfilment-monitor:ocds-extension:1"],
    "publisher": {"name": "fulfilment-monitor"},
}


def package_of(
    releases: Sequence[dict[str, Any]], published: str | None, following: str | None = None
) -> dict[str, Any]:
    """A release package.

    Args:
        published: the instant of the newest change in it.
        following: where the next package is found.
    """
    found = {**PACKAGE, "releases": list(releases)}
    if published is not None:
        found["publishedDate"] = published
    if following is not None:
        found["links"] = {"next": following}
    return found
