"""Bodies that help the one responsible for a claim: each with its own task and its own date.

No law says by when a helping body answers: its date is one the handler names, or a term of the
office. Source: 云发改财金〔2023〕1064号 四（六）: 加强协同联动.
"""

from enum import StrEnum


class HelpClock(StrEnum):
    """What is watched of a request for help; also the name of the ladder that watches it."""

    #: Asked, and not answered by the helping body.
    ANSWER = "help.answer"
