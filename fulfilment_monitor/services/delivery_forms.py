"""What is said to a partner: a message of ours in the form the partner takes.

Records go through the platform's mapping and are kept as they were said; replies to a channel get
the channel's own number when they leave, and only then, because it lies in the vault.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..domain.channel_maps import ChannelMaps
from ..domain.deliveries import digest_of
from ..domain.partners import RECORDS, REPLIES
from ..domain.platforms import Platforms, Unmappable
from ..domain.secrets import Purpose, Secrets
from ..store.partners import Delivery, Partner
from . import channel_replies


class Form(NamedTuple):
    """How messages are put into form on a day."""

    platforms: Platforms
    secrets: Secrets
    today: date
    #: How channels write; what they are told goes in their own fields and codes.
    maps: ChannelMaps = ChannelMaps()


class NotYet(NamedTuple):
    """The form is not in force: the message waits, complete, until that day."""

    until: date


def is_same(row: Delivery, digest: str | None, secrets: Secrets) -> bool:
    """Whether a digest is that of what was said in a message.

    Of replies to channels a keyed hash is kept: the digest would tell who tries out numbers.
    """
    if row.digest is None or digest is None:
        return False
    if not row.topic.startswith(REPLIES):
        return row.digest == digest
    macs = secrets.macs(Purpose.DIGEST, digest.encode())
    return row.digest in {m.content.hex() for m in macs}


#: Why a message waits, or was refused before it left.
NOT_IN_FORCE = "mapping-not-in-force"


def put(
    session: Session, form: Form, partner: Partner, row: Delivery, body: Mapping[str, Any]
) -> dict[str, Any] | NotYet:
    """What is said of a message; the row keeps it, with its digest, where it may be kept.

    Raises:
        Unmappable: it cannot be put into the form of this partner.
    """
    if row.topic.startswith(REPLIES):
        said = channel_replies.in_their_words(session, body, form.secrets, form.maps, on=form.today)
        row.digest = form.secrets.mac(Purpose.DIGEST, digest_of(said).encode()).content.hex()
        return said
    if row.content is not None:
        return row.content
    content: dict[str, Any] = dict(body)
    if row.topic == RECORDS:
        mapping = form.platforms.find(partner.mapping)
        if mapping is None:
            raise Unmappable(f"there is no mapping {partner.mapping}")
        version = mapping.in_force(form.today)
        if version is None:
            return NotYet(mapping.opens_on())
        content, row.mapping = version.render(body), version.name
    row.content, row.digest, row.why = content, digest_of(content), None
    return content
