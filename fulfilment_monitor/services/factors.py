"""Second factors of accounts: a sealed seed, the last step used, ten codes that stand in."""

import base64
import binascii
import secrets as randomness
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlencode

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..domain import second_factor
from ..domain.errors import Invalid, Issue
from ..domain.secrets import Keyed, KeyUnknown, Secrets, Unsealable
from ..store.accounts import Account, RecoveryCode
from ..store.once import insert_all
from . import accounts

RECOVERY_CODES = 10
#: How long a seed that was shown waits for its first code.
_WAITS = timedelta(minutes=30)
_ISSUER = "合同履约监测"


class Offered(NamedTuple):
    """A new seed as its holder sees it; `sealed` comes back with the first code."""

    sealed: str
    spelt: str
    link: str


def offer(account: Account, secrets: Secrets, now: datetime) -> Offered:
    """A seed for an account; nothing is kept until a code of it was given."""
    seed = randomness.token_bytes(second_factor.SEED_BYTES)
    until = int((now + _WAITS).timestamp()).to_bytes(8, "big")
    sealed = secrets.seal(until + seed, _about("offer", account))
    text = f"{sealed.key_id}.{base64.urlsafe_b64encode(sealed.content).decode()}"
    return Offered(text, second_factor.spelt(seed), _link(seed, account))


def offered_again(account: Account, sealed: str, secrets: Secrets, now: datetime) -> Offered | None:
    """The same offer, for a form that is shown once more; None where it does not stand any more."""
    seed = _seed_of(account, sealed, secrets, now)
    if seed is None:
        return None
    return Offered(sealed, second_factor.spelt(seed), _link(seed, account))


def take_up(
    session: Session, account: Account, sealed: str, code: str, secrets: Secrets, now: datetime
) -> list[str]:
    """Make an offered seed the account's second factor; returns ten recovery codes, told once.

    Raises:
        Invalid: the offer was not made to this account of late, or the code is not of it.
    """
    seed = _seed_of(account, sealed, secrets, now)
    step = None if seed is None else second_factor.step_of(seed, code, now, after=0)
    if seed is None or step is None:
        raise Invalid([Issue("/code", "code.wrong", "验证码不正确：请核对手机时间后重新输入")])
    account.totp_key, account.totp_sealed = secrets.seal(seed, _about("totp", account))
    account.totp_step = step
    return new_recovery(session, account, secrets, now)


def new_recovery(session: Session, account: Account, secrets: Secrets, now: datetime) -> list[str]:
    """Ten codes in place of those before; told once."""
    accounts.void_recovery(session, account.id, now)
    made = [accounts.new_code(secrets) for _ in range(RECOVERY_CODES)]
    insert_all(
        session,
        RecoveryCode,
        [{"account_id": account.id, "hash": hashed, "used_at": None} for _, hashed in made],
    )
    return [code for code, _ in made]


def give(session: Session, account: Account, code: str, secrets: Secrets, now: datetime) -> bool:
    """Whether a code is the second factor of an account now; whichever it is, it is used up.

    The account has to be locked.
    """
    if account.totp_sealed is None or account.totp_key is None:
        return False
    if second_factor.looks_like_code(code):
        sealed = Keyed(account.totp_key, bytes(account.totp_sealed))
        seed = secrets.unseal(sealed, _about("totp", account))
        step = second_factor.step_of(seed, code, now, after=account.totp_step)
        if step is not None:
            account.totp_step = step
        return step is not None
    spent = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.hash.in_(accounts.code_hashes(code, secrets)),
        )
        .values(used_at=now)
    )
    return bool(spent.rowcount)  # type: ignore[attr-defined]


def _seed_of(account: Account, sealed: str, secrets: Secrets, now: datetime) -> bytes | None:
    key_id, _, text = sealed.partition(".")
    try:
        content = base64.urlsafe_b64decode(text.encode())
        opened = secrets.unseal(Keyed(key_id, content), _about("offer", account))
    except (Unsealable, KeyUnknown, binascii.Error, ValueError):
        return None
    until = int.from_bytes(opened[:8], "big")
    return opened[8:] if now.timestamp() <= until else None


def _about(what: str, account: Account) -> bytes:
    return f"account.{what}:{account.ulid}".encode()


def _link(seed: bytes, account: Account) -> str:
    """What an authenticator opens: `otpauth://totp/…`."""
    secret = base64.b32encode(seed).decode()
    asked = urlencode({"secret": secret, "issuer": _ISSUER}, quote_via=quote)
    return f"otpauth://totp/{quote(_ISSUER)}:{quote(account.handle)}?{asked}"
