"""All words of the pages, from the books they are written in.

A part of the pages writes its texts in `texts_<part>.py` and its names of codes in
`labels_<part>.py`, and adds a line below; nothing may be said twice.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from . import (
    labels,
    labels_accounts,
    labels_clerk,
    labels_frame,
    labels_officer,
    texts,
    texts_accounts,
    texts_admin,
    texts_api,
    texts_clerk,
    texts_complaint,
    texts_details,
    texts_enterprise,
    texts_frame,
    texts_notifications,
    texts_officer,
    texts_oversight,
    texts_public,
    texts_refusals,
    texts_respondent,
    texts_webhooks,
)

Word = TypeVar("Word")


def merge(books: Iterable[Mapping[str, Word]]) -> dict[str, Word]:
    """One book of many.

    Raises:
        ValueError: two books have words for the same key.
    """
    merged: dict[str, Word] = {}
    for book in books:
        if twice := merged.keys() & book.keys():
            raise ValueError(f"said twice: {', '.join(sorted(twice))}")
        merged |= book
    return merged


#: Chinese, then English, by the key a template says.
TEXTS = merge(
    (
        texts.TEXTS,
        texts_accounts.TEXTS,
        texts_admin.TEXTS,
        texts_api.TEXTS,
        texts_clerk.TEXTS,
        texts_complaint.TEXTS,
        texts_details.TEXTS,
        texts_enterprise.TEXTS,
        texts_frame.TEXTS,
        texts_notifications.TEXTS,
        texts_officer.TEXTS,
        texts_oversight.TEXTS,
        texts_public.TEXTS,
        texts_refusals.TEXTS,
        texts_respondent.TEXTS,
        texts_webhooks.TEXTS,
    )
)

#: Chinese, then English, by the kind of code and the code.
LABELS = merge(
    (
        labels.LABELS,
        labels_accounts.LABELS,
        labels_clerk.LABELS,
        labels_frame.LABELS,
        labels_officer.LABELS,
    )
)
