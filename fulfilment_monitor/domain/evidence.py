"""Files that prove something: what may be handed in, and what a look at the bytes can find."""

from enum import StrEnum


class FileState(StrEnum):
    """What the last look at a file's bytes found."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    MISSING = "missing"
