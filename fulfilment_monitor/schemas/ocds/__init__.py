"""Open Contracting Data Standard 1.0 and 1.1: files in, and the standard's own checks."""

from typing import Any

from ...domain.errors import Issue
from ...services.publications import Given
from .own import is_own, statements
from .reading import read_releases
from .standard import ExtraMissing, merger, release_findings, schema_errors


def prepare(release: dict[str, Any]) -> tuple[Given, list[Issue]]:
    """A release ready for the register, and what is odd about it by itself.

    Raises:
        Invalid: an export of our own that contradicts itself.
        ExtraMissing: the packages for open contracting data are not installed.
    """
    findings = release_findings(release)
    return Given(release, statements(release) if is_own(release) else ()), findings


__all__ = ["ExtraMissing", "merger", "prepare", "read_releases", "schema_errors"]
