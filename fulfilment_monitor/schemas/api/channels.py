"""Messages of channels as the API shows them to who sent them."""

from .shown import Shown, instant, many, tables, text, text_or_none, texts, whole


class FaultOut(Shown):
    """What is wrong at one place of the sender's document."""

    pointer = text("a JSON Pointer into the document that was sent")
    code = text()
    detail = text_or_none()


class StoredOut(Shown):
    """What came is kept; what becomes of it is asked for under the receipt."""

    receipt = text("our number")
    channel = text()
    mapping = text("the version of the mapping it is read by")
    received_at = instant()
    items = whole("how many items were kept")
    receipts = texts("our number of each item of a package")
    refused = many(FaultOut)


class StandingOut(Shown):
    """How a message stands, for who sent it."""

    receipt = text()
    channel = text()
    mapping = text()
    received_at = instant()
    state = text("received, applied or dead")
    state_label = text()
    outcome = text_or_none("taken, known, renewed, superseded or cover")
    errors = many(FaultOut)
    told = tables("how each matter stands, in the fields of the mapping")
