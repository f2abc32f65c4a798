"""Send digests to people, in office hours: by SMTP and the SMS gateway, else into the folder.

No transaction is open while a message is on its way.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from ..domain.notifications import Notifying, Way
from ..domain.secrets import Secrets
from ..services import notification_digests
from ..services.notification_digests import Digest
from ..settings import Settings
from . import mail, message_sink, sms
from .mail import NotTaken

log = logging.getLogger(__name__)


def deliver(
    sessions: sessionmaker[Session],
    secrets: Secrets,
    settings: Settings,
    notifying: Notifying,
    now: Callable[[], datetime],
) -> int:
    """Send every digest whose time has come; returns how many arrived."""
    count = 0
    while True:
        with sessions.begin() as session:
            due = notification_digests.take(session, secrets, notifying, now=now())
        if not due:
            return count
        for digest in due:
            try:
                _send(settings, notifying, digest, now())
            except NotTaken as refused:
                log.warning(
                    "notification.not-taken",
                    extra={"digest": digest.ulid, "way": digest.way.value, "why": refused.fault},
                )
                with sessions.begin() as session:
                    notification_digests.failed(
                        session, digest, refused.fault, for_good=refused.for_good, now=now()
                    )
                continue
            with sessions.begin() as session:
                notification_digests.arrived(session, [digest], now=now())
            count += 1


def _send(settings: Settings, notifying: Notifying, digest: Digest, now: datetime) -> None:
    """Hand one over by its way.

    Raises:
        NotTaken: it was not taken.
        SinkUnusable: there is no gateway, and the folder cannot be written.
    """
    subject, text = notifying.written(digest.unread, _address(settings))
    if digest.way is Way.EMAIL and settings.smtp_host:
        mail.send(settings, digest.ulid, digest.to, subject, text)
    elif digest.way is Way.SMS and settings.sms_url:
        sms.send(settings, digest.ulid, digest.to, subject)
    else:
        said = {"id": digest.ulid, "by": digest.way.value, "to": digest.to, "subject": subject}
        message_sink.send(settings.messages_path(), [{**said, "text": text}], now)


def _address(settings: Settings) -> str:
    return settings.address.rstrip("/") + "/notifications" if settings.address else ""
