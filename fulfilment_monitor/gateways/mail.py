"""E-mail over SMTP: encrypted unless the settings say that the line is ours."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from .. import clock
from ..domain.errors import Refusal
from ..settings import Settings

_SECONDS = 15
_REFUSED_FOR_GOOD = 500


class NotTaken(Refusal):
    """A gateway did not take a message; `for_good` where another attempt would end the same."""

    code = "message.not-taken"
    title = "The message was not taken"
    status = 503

    def __init__(self, fault: str, *, for_good: bool = False) -> None:
        super().__init__(fault)
        self.fault, self.for_good = fault, for_good


def send(settings: Settings, name: str, to: str, subject: str, text: str) -> None:
    """Hand one message over.

    Args:
        name: what it is known by, the same at every attempt.

    Raises:
        NotTaken: the server cannot be reached, or does not take it.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{name}@{settings.smtp_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connect(settings) as server:
            if settings.smtp_tls == "starttls":
                server.starttls(context=_trusted(settings))
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as fault:
        code = next(iter(fault.recipients.values()))[0]
        raise NotTaken(f"smtp.{code}", for_good=code >= _REFUSED_FOR_GOOD) from None
    except smtplib.SMTPResponseException as fault:
        raise NotTaken(f"smtp.{fault.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as fault:  # words of these may name addresses
        raise NotTaken(f"smtp.{type(fault).__name__}") from None


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=_trusted(settings))
    return smtplib.SMTP(host, port, timeout=_SECONDS)


def _trusted(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.outward_authorities or None)
