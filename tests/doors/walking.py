"""Walk through pages as a person does without scripts: follow what is shown, fill in, send."""

from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask.testing import FlaskClient

_VOID = frozenset({"input", "link", "meta", "br", "hr", "img"})


class Element:
    """A piece of a page."""

    def __init__(self, tag: str, attrs: dict[str, str | None], parent: "Element | None") -> None:
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children: list[Element | str] = []

    @property
    def text(self) -> str:
        """What is read there, white space aside."""
        parts = (c if isinstance(c, str) else c.text for c in self.children)
        return " ".join("".join(parts).split())

    def get(self, name: str) -> str:
        return self.attrs.get(name) or ""

    def all(self, *tags: str) -> "Iterator[Element]":
        """Everything below with one of these tags, in order."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("root", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, dict(attrs), self.at)
        self.at.children.append(found)
        if tag not in _VOID:
            self.at = found

    def handle_endtag(self, tag: str) -> None:
        at = self.at
        while at.parent is not None and at.tag != tag:
            at = at.parent
        if at.parent is not None:
            self.at = at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


class Walk:
    """Where somebody is, and what they see there."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.path, self.status = "", 0
        self.page = Element("root", {}, None)

    def open(self, path: str) -> "Walk":
        """Type an address."""
        return self._arrive(self._client.get(path, follow_redirects=True))

    def follow(self, text: str) -> "Walk":
        """Click the first link that says this."""
        link = next((a for a in self.page.all("a") if text in a.text), None)
        assert link is not None, f"no link says {text!r} on {self.path}"
        return self.open(urljoin(self.path, link.get("href")).partition("#")[0])

    def press(self, text: str, **filled: Any) -> "Walk":
        """Fill fields in by their labels, written with `fill`, and press a button."""
        button = next((b for b in self.page.all("button") if text in b.text), None)
        assert button is not None, f"no button says {text!r} on {self.path}"
        form = _form_of(button)
        sent = [(n, v) for n, v in _fields(form) if n not in filled]
        sent += [(n, v) for n, one in filled.items() for v in _many(one) if v is not None]
        if button.get("name"):
            sent.append((button.get("name"), button.get("value")))
        address = button.get("formaction") or form.get("action")
        path = urljoin(self.path, address).partition("#")[0]
        if form.get("method").lower() != "post":
            return self.open(f"{path}?{urlencode(sent)}")
        data: dict[str, Any] = {}
        for name, value in sent:
            data.setdefault(name, []).append(_sent(value))
        coded = form.get("enctype") or "application/x-www-form-urlencoded"
        answer = self._client.post(path, data=data, content_type=coded, follow_redirects=True)
        for step in (*answer.history, answer):  # a large body waits in a temporary file
            step.request.environ["wsgi.input"].close()
        return self._arrive(answer)

    def field(self, label: str, nth: int = 0) -> str:
        """The name of the field a visible label belongs to."""
        labels = [x for x in self.page.all("label") if x.text.replace("必填", "").strip() == label]
        assert len(labels) > nth, f"no field is called {label!r} on {self.path}"
        controls = {c.get("id"): c for c in self.page.all("input", "select", "textarea")}
        return controls[labels[nth].get("for")].get("name")

    def value(self, name: str) -> str:
        """What a field holds now."""
        form = next(f for f in self.page.all("form") if name in dict(_fields(f)))
        return str(dict(_fields(form))[name])

    @property
    def text(self) -> str:
        """Everything the page says."""
        return next(self.page.all("main")).text

    def _arrive(self, answer: Any) -> "Walk":
        tree = _Tree()
        tree.feed(answer.get_data(as_text=True))
        parts = urlsplit(answer.request.url)
        self.path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.status, self.page = answer.status_code, tree.root
        return self


def _form_of(element: Element) -> Element:
    at: Element | None = element
    while at is not None and at.tag != "form":
        at = at.parent
    assert at is not None, "this button belongs to no form"
    return at


def _fields(form: Element) -> Iterator[tuple[str, Any]]:
    """What a form sends if nothing is touched; empty file fields send nothing."""
    for control in form.all("input", "select", "textarea"):
        name, kind = control.get("name"), control.get("type")
        if control.tag == "select":
            options = list(control.all("option"))
            chosen = next((o for o in options if "selected" in o.attrs), options[0])
            yield name, chosen.get("value")
        elif control.tag == "textarea":
            yield name, control.text
        elif kind in ("checkbox", "radio"):
            if "checked" in control.attrs:
                yield name, control.get("value")
        elif kind != "file":
            yield name, control.get("value")


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _sent(value: Any) -> Any:
    """A field, or a file given as (name, bytes)."""
    return (BytesIO(value[1]), value[0]) if isinstance(value, tuple) else value
