"""What the API says of files."""

from .shown import Shown, text, whole


class KeptOut(Shown):
    """A file that is kept, as statements name it."""

    sha256 = text("of the bytes; name it by this")
    name = text()
    size = whole()
    media_type = text()
