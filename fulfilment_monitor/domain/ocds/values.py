"""Reach into documents that others wrote, where anything may stand anywhere.

Numbers with a fraction are `Decimal`, digit for digit as in the file; never float.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
_DEEPEST = 60
_MOST_DIGITS = 15


class Note(NamedTuple):
    """Something worth a look; `path` leads to it, through lists by the ids of their members."""

    path: tuple[str, ...]
    code: str
    detail: str


def obj(value: object) -> dict[str, Any]:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def objs(value: object) -> list[dict[str, Any]]:
    """The objects of a list; whatever else stands there is passed over."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The strings of a list."""
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def text(value: object, longest: int) -> str | None:
    """One line of text: NFC, line breaks as spaces, no control characters, cut when too long."""
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isprintable() and len(value) <= longest and _is_line(value):
        return value or None
    line = " ".join(unicodedata.normalize("NFC", value).split())
    if not line.isprintable():
        line = "".join(c for c in line if unicodedata.category(c) not in _UNPRINTABLE).strip()
    return (line if len(line) <= longest else line[: longest - 1] + "…") or None


def _is_line(value: str) -> bool:
    return "  " not in value and value[:1] != " " and value[-1:] != " "


def ident(value: object) -> str | None:
    """An identifier as text: `1` and `"1"` are the same one."""
    if isinstance(value, str):
        return text(value, 1_000)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return None


def fitted(name: str, longest: int) -> str:
    """An identifier that has to be short: cut, with a digest of the whole at its end.

    >>> fitted("abc", 5)
    'abc'
    """
    if len(name) <= longest:
        return name
    return name[: longest - 13] + "~" + hashlib.sha256(name.encode()).hexdigest()[:12]


class Amount(NamedTuple):
    """Money of some currency; `fault` is a code where the figure cannot be used."""

    fen: int | None = None
    currency: str | None = None
    fault: str | None = None
    shown: str = ""


def amount_of(value: object) -> Amount:
    """A `Value` of the standard in hundredths, exact; zero and less are of no use here."""
    if not isinstance(value, dict):
        return Amount()
    written, currency = value.get("amount"), value.get("currency")
    named = currency if isinstance(currency, str) and _is_currency(currency) else None
    if written is None:
        return Amount(None, named)
    number = number_of(written)
    if number is None:
        return Amount(None, named, "ocds.amount-unreadable", str(text(str(written), 40)))
    fault = _money_fault(number)
    if fault is not None:
        return Amount(None, named, fault, str(number))
    kind = "ocds.amount-text" if isinstance(written, str) else None
    return Amount(int(number * 100), named, kind, str(number))


def number_of(value: object) -> Decimal | None:
    """A number, or a string that is one (some publishers write them so)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= 40 and value.isascii():
        try:
            number = Decimal(value.strip())
        except ArithmeticError:
            return None
        return number if number.is_finite() and "_" not in value else None
    return None


def _money_fault(number: Decimal) -> str | None:
    if number <= 0:
        return "ocds.amount-not-positive"
    if number.adjusted() >= _MOST_DIGITS:
        return "ocds.amount-too-large"
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:  # unless what is too much is zeros
        exponent = number.normalize().as_tuple().exponent
    return "ocds.amount-decimals" if isinstance(exponent, int) and exponent < -2 else None


def _is_currency(name: str) -> bool:
    return len(name) == 3 and name.isascii() and name.isalpha() and name.isupper()


def by_id(members: Iterable[dict[str, Any]], wanted: str | None) -> dict[str, Any]:
    """The member of a list with this id; an empty object when there is none."""
    if wanted is None:
        return {}
    return next((m for m in members if ident(m.get("id")) == wanted), {})


def with_text_ids(value: Any) -> Any:
    """A copy in which the `id` of everything is text, so that 1 and "1" are merged as one."""
    if isinstance(value, dict):
        return {
            k: _text_id(v) if k in _IDS else with_text_ids(v) if isinstance(v, (dict, list)) else v
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [with_text_ids(v) if isinstance(v, (dict, list)) else v for v in value]
    return value


_IDS = frozenset({"id", "awardID"})


def _text_id(value: Any) -> Any:
    named = ident(value)
    return with_text_ids(value) if named is None else named


def fault_of(document: object) -> str | None:
    """What keeps a parsed document from being kept: nesting, or half a character."""
    try:
        shown = repr(document)  # all texts at once, in which half a character is escaped
    except RecursionError:
        return "json.too-deep"
    if shown.count("{") + shown.count("[") >= _DEEPEST and _is_too_deep(document):
        return "json.too-deep"
    return "json.half-a-character" if "\\ud" in shown and not _is_text(document) else None


def _is_too_deep(document: object) -> bool:
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _is_text(document: object) -> bool:
    """Whether every text in a document can be kept as one: JSON can escape half a character."""
    try:
        json.dumps(document, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def exact_json(value: Any) -> str:
    """JSON in one canonical form: keys sorted, decimals digit for digit, pure ASCII.

    >>> exact_json({"b": Decimal("6360.10"), "a": None})
    '{"a":null,"b":6360.10}'
    """
    return _WRITTEN_DECIMAL.sub(r"\1", _CANONICAL.encode(value))


def _marked(value: object) -> str:
    """A decimal as a text that nothing else can be: half a character, then its digits."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return f"\ud800{value:f}"


_CANONICAL = json.JSONEncoder(separators=(",", ":"), sort_keys=True, default=_marked)
_WRITTEN_DECIMAL = re.compile(r'"\\ud800(-?[0-9.]+)"')


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical form, hexadecimal."""
    return digest_of_json(exact_json(value))


def digest_of_json(written: str) -> str:
    """SHA-256 of what `exact_json` wrote, hexadecimal."""
    return hashlib.sha256(written.encode()).hexdigest()


def parsed(written: str) -> Any:
    """What `exact_json` wrote, with its decimals."""
    return json.loads(written, parse_float=Decimal)


#: Members that speak of persons rather than of the contract.
_PERSONAL = frozenset({"contactPoint", "contact", "additionalContactPoints", "persons", "people"})


def impersonal(value: Any) -> Any:
    """A copy without the members that carry personal data, at any depth."""
    if isinstance(value, dict):
        return {k: impersonal(v) for k, v in value.items() if k not in _PERSONAL}
    return [impersonal(v) for v in value] if isinstance(value, list) else value


def spelled(value: Any) -> Any:
    """A copy in which every decimal is text, for plain JSON."""
    if isinstance(value, dict):
        return {k: spelled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [spelled(v) for v in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def pointer_in(document: Any, path: Iterable[str]) -> str | None:
    """The JSON Pointer of a path in a document, as deep as it leads; None if it leads nowhere.

    Steps through lists are ids of their members, or places in them.
    """
    steps: list[str] = []
    wanted = list(path)
    for step in wanted:
        place: str | None = None
        if isinstance(document, dict) and step in document:
            place, document = step, document[step]
        elif isinstance(document, list):
            for i, member in enumerate(document):
                if ident(obj(member).get("id")) == step or f"#{i}" == step:
                    place, document = str(i), member
                    break
        if place is None:
            break
        steps.append(place.replace("~", "~0").replace("/", "~1"))
    if wanted and len(steps) < min(2, len(wanted)):
        return None
    return "".join(f"/{s}" for s in steps)
