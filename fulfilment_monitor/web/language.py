"""Which language a page speaks, and how it says things."""

from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask, Response, g, request

from ..domain.clocks import BEIJING
from ..domain.money import parse_yuan, spell_yuan
from .labels import rule_words
from .links import this_page
from .reasons import in_english
from .wording import LABELS, TEXTS

#: The languages a page can be asked for, with what `lang` says of them; the first is the default.
LANGUAGES = {"zh": "zh-Hans", "en": "en"}
_DEFAULT = next(iter(LANGUAGES))
_COOKIE = "lang"
_A_YEAR = 365 * 24 * 60 * 60


def speak(app: Flask) -> None:
    """Choose a language for each request, keep a choice, and give templates their words."""
    app.before_request(_choose)
    app.after_request(_keep)
    app.context_processor(_words)
    app.jinja_env.filters["money"] = money
    app.jinja_env.filters["moment"] = moment


def chosen() -> str:
    """The language of this request; also before one was chosen, in a page about an error."""
    return str(g.get("lang", _DEFAULT))


def _choose() -> None:
    wanted = request.args.get("lang") or request.cookies.get(_COOKIE)
    g.lang = wanted if wanted in LANGUAGES else _DEFAULT


def _keep(response: Response) -> Response:
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(
            _COOKIE,
            request.args["lang"],
            max_age=_A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return response


def _words() -> dict[str, Any]:
    other = next(name for name in LANGUAGES if name != chosen())
    return {
        "lang": chosen(),
        "lang_tag": LANGUAGES[chosen()],
        "other_tag": LANGUAGES[other],
        "switch_to": this_page(lang=other),
        "say": say,
        "label": label,
        "rule_words": lambda rule: rule_words(rule, chosen()),
        "message_of": message_of,
        "reason": reason,
    }


def _pick(pair: tuple[str, str]) -> str:
    return pair[list(LANGUAGES).index(chosen())]


def speaks_of(key: str) -> bool:
    """Whether there are words for a key."""
    return key in TEXTS


def say(key: str, **words: object) -> str:
    """A text of the page, with its words filled in; one of a thing may have a text of its own."""
    single = f"{key}.one"
    found = TEXTS[single] if words.get("n") == 1 and single in TEXTS else TEXTS[key]
    return _pick(found).format_map(words)


def label(kind: str, code: str) -> str:
    """The name of a code; a code nobody has named yet stands for itself."""
    pair = LABELS[kind].get(code)
    return code if pair is None else _pick(pair)


def message_of(messages: dict[str, str]) -> str:
    """The text of an alert, in the language of the page if the office wrote one."""
    return messages.get(chosen()) or messages.get(_DEFAULT) or next(iter(messages.values()), "")


class Said(NamedTuple):
    text: str
    lang: str


def reason(line: str) -> Said:
    """A line of the reasoning of a date or rate; what has no English stands in Chinese."""
    english = in_english(line) if chosen() == "en" else None
    return Said(line, LANGUAGES["zh"]) if english is None else Said(english, LANGUAGES["en"])


def moment(at: datetime | None) -> str:
    """An instant as clocks in Beijing show it; a dash where there is none."""
    return "—" if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def money(yuan: str | None, currency: str = "CNY") -> str:
    """An amount for people; a dash where there is none."""
    if yuan is None:
        return "—"
    spelt = spell_yuan(parse_yuan(yuan))
    if chosen() == "zh" and currency == "CNY":
        return f"{spelt} 元"
    return f"{currency} {spelt}"
