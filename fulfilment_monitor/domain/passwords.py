"""What a password has to be, and what keeps them: rules here, the hashing in a gateway.

Two rule books disagree (`docs/access.md`): OWASP ASVS 6.2.5 and 6.2.10 forbid rules of composition
and forced changes, 等保 8.1.4.1 asks for both. A house follows one of them.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from .errors import Issue

SHORTEST, LONGEST = 12, 128
#: What is left of a password without guessable words has to be as long, and of so many characters.
_OWN, _DIFFERENT = 8, 5
_CLASSES = 3
_CHANGE_AFTER = timedelta(days=90)
#: How many passwords before the one that counts may not come back (等保 8.1.4.1).
HISTORY = 5

#: Words most lists of leaked passwords begin with, in English and Pinyin, and rows of a keyboard.
#: Whatever is written around them (digits, years, signs, other spellings such as p@ssw0rd) is
#: taken off before what is left is measured, so each stands for some thousand passwords.
_COMMON = re.findall(
    r"\S+",
    """
    password passwort passwd passw0rd pass letmein welcome login admin administrator root guest
    master superman batman dragon monkey sunshine princess football baseball shadow michael trustno
    iloveyou loveyou forever qwertyuiop qwerty qwert asdfghjkl asdfgh asdf zxcvbnm zxcvbn zxcv
    qazwsxedc qazwsx qweasdzxc qweasd qwer abcdefgh abcdef abcd abc changeme default secret test
    testing demo user system server oracle mysql postgres hello computer internet windows
    woaini woaiwojia woaizhongguo wodemima mima guanliyuan zhongguo beijing shanghai zhengfu
    nihao nihaoma woshi laopo laogong baobei xiaoming zhangwei wangwei qwe asd zxc aaa
    china government contract monitor fulfilment lvyue hetong jiance shixin
    1qaz2wsx3edc 1qaz2wsx 1q2w3e4r5t 1q2w3e4r 1q2w3e 5201314 1314520 520520 147258369 147258
    963852741 123123 112233 321321 abc123 a1b2c3 zaq12wsx
    密码 口令 管理员 我爱你 中国 政府 合同 履约 监测 失信
    """,
)
_LEET = str.maketrans("0134578@$!|", "oieastbasii")
_RUNS = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")
_RUN = 4
_YEAR = re.compile(r"(19|20)\d\d([01]?\d([0-3]?\d)?)?")
_REPEAT = re.compile(r"(.{1,8}?)\1{2,}")
#: Numbers other people know: of a phone, of an identity card, a unified social credit code.
_NUMBER = re.compile(r"1[3-9]\d{9}|\d{17}[\dx]|[0-9a-hj-npqrtuwxy]{2}\d{6}[0-9a-hj-npqrtuwxy]{10}")
_SHORTEST_WORD = 3


class Profile(StrEnum):
    ASVS = "asvs"
    DJBH3 = "djbh3"


class Hasher(Protocol):
    """Makes slow, salted hashes of passwords, and compares; few at once, for each takes memory."""

    def hash(self, password: str) -> str:
        """A hash that says how it was made."""

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is this one's hash; without one it takes as long, and is not."""

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made more weakly than hashes are made now."""


def plain(password: str) -> str:
    """A password as it is hashed: never cut, only its characters composed (NFC)."""
    return unicodedata.normalize("NFC", password)


def faults(password: str, profile: Profile, context: Iterable[str] = ()) -> list[Issue]:
    """What is wrong with a new password.

    Args:
        context: what others know of its owner: the account, names, codes of the body.

    >>> [i.code for i in faults("P@ssw0rd2025!!", Profile.ASVS)]
    ['password.guessable']
    >>> faults("竹影扫阶尘不动月穿潭底水无痕", Profile.ASVS)
    []
    """
    whole = plain(password)
    if not SHORTEST <= len(whole) <= LONGEST:
        return [_issue("length", f"密码应为 {SHORTEST} 至 {LONGEST} 个字符，可以是一句话")]
    if len(_left(whole, context)) < _OWN or len(set(whole)) < _DIFFERENT:
        return [_issue("guessable", "密码容易被猜到：请避开常用词、账号、单位名称、年份和电话")]
    if profile is Profile.DJBH3 and _classes(whole) < _CLASSES:
        return [_issue("classes", "密码应包含大写字母、小写字母、数字、其他字符中的三类")]
    return []


def is_due(profile: Profile, set_at: datetime | None, now: datetime) -> bool:
    """Whether a password has to be changed because of its age."""
    return profile is Profile.DJBH3 and set_at is not None and now - set_at > _CHANGE_AFTER


def remembered(profile: Profile) -> int:
    """How many former passwords are kept, as hashes, so that none of them comes back."""
    return HISTORY if profile is Profile.DJBH3 else 0


def _left(whole: str, context: Iterable[str]) -> str:
    """What is left of a password without what anybody would try first."""
    left = unicodedata.normalize("NFKC", whole).casefold()
    left = _YEAR.sub("", _NUMBER.sub("", left))
    words = sorted({*_COMMON, *_words(context)}, key=len, reverse=True)
    for word in words:
        left = left.replace(word, "")
        plainly = left.translate(_LEET)
        while (at := plainly.find(word)) >= 0:  # the two are as long as each other
            left, plainly = (t[:at] + t[at + len(word) :] for t in (left, plainly))
    return _REPEAT.sub("", _without_runs(left))


def _words(context: Iterable[str]) -> Iterable[str]:
    for text in context:
        folded = unicodedata.normalize("NFKC", text).casefold()
        for word in (folded, *re.split(r"[\W_]+", folded)):
            if len(word) >= _SHORTEST_WORD or (len(word) > 1 and not word.isascii()):
                yield word


def _without_runs(text: str) -> str:
    for run in _RUNS:
        for length in range(len(run), _RUN - 1, -1):
            for start in range(len(run) - length + 1):
                text = text.replace(run[start : start + length], "")
    return text


def _classes(text: str) -> int:
    other = any(not c.isalnum() or not c.isascii() for c in text)
    lower, upper = any("a" <= c <= "z" for c in text), any("A" <= c <= "Z" for c in text)
    return lower + upper + any(c.isdigit() for c in text) + other


def _issue(code: str, detail: str) -> Issue:
    return Issue("/password", f"password.{code}", detail)
