"""Where an enterprise is reached: a name, a telephone, an e-mail address; and how it is shown."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from .errors import Invalid, Issue

_LONGEST = {"name": 60, "phone": 20, "email": 120}
_PHONE = re.compile(r"\+?\d(?:[ -]?\d){6,16}", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}", re.ASCII)
#: How many signs at the start and the end of a number stay readable.
_SHOWN = (3, 4)


class Contact(NamedTuple):
    """At least one of telephone and e-mail is there."""

    name: str
    phone: str = ""
    email: str = ""


def check_contact(given: Mapping[str, str]) -> Contact:
    """A contact as it was typed, in one form.

    Raises:
        Invalid: something is missing, too long, or cannot be a number or an address.

    >>> check_contact({"name": "财务科", "phone": "０550-1234567"})
    Contact(name='财务科', phone='0550-1234567', email='')
    """
    said = {k: unicodedata.normalize("NFKC", given.get(k, "")).strip() for k in _LONGEST}
    issues = [
        Issue(f"/{k}", "too-long", f"at most {most} characters")
        for k, most in _LONGEST.items()
        if len(said[k]) > most
    ]
    if not said["name"]:
        issues.append(Issue("/name", "missing-field", "whom to ask for is missing"))
    if not (said["phone"] or said["email"]):
        issues.append(Issue("/phone", "missing-field", "a telephone number or an e-mail address"))
    if said["phone"] and not _PHONE.fullmatch(said["phone"]):
        issues.append(Issue("/phone", "invalid-field", "this is no telephone number"))
    if said["email"] and not _EMAIL.fullmatch(said["email"]):
        issues.append(Issue("/email", "invalid-field", "this is no e-mail address"))
    if issues:
        raise Invalid(issues)
    return Contact(**said)


def masked(contact: Contact) -> Contact:
    """A contact as a page may show it.

    >>> masked(Contact("财务科", "13800001234", "office@example.com"))
    Contact(name='财**', phone='138****1234', email='o*****@example.com')
    """
    name = contact.name[:1] + "*" * (len(contact.name) - 1)
    first, last = _SHOWN
    hidden = len(contact.phone) - first - last
    phone = contact.phone and (
        contact.phone[:first] + "*" * hidden + contact.phone[-last:] if hidden > 0 else "*******"
    )
    local, at, host = contact.email.partition("@")
    return Contact(name, phone, local[:1] + "*" * (len(local) - 1) + at + host)
