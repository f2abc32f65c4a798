"""Who stands on which side of a published contract: told by identifiers, never by names."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..parties import (
    Enterprise,
    Government,
    GovernmentKind,
    Ownership,
    Size,
    foreign_code,
    uscc_fault,
)
from .codes import CHINESE_SCHEMES, is_natural_person
from .values import Note, by_id, fitted, ident, obj, objs, text, texts

#: The scheme of codes we give to parties that were published without any.
UNPUBLISHED = "ocid"
_SCHEME, _NUMBER = 40, 70
_BUYING = frozenset({"buyer", "procuringEntity"})
_COUNTRY = re.compile(r"[A-Z]{2}")
NOWHERE = "000000"


class Party(NamedTuple):
    name: str
    code: str
    roles: frozenset[str] = frozenset()
    natural: bool = False


class Parties(NamedTuple):
    government: Government
    co_governments: tuple[Government, ...]
    enterprise: Enterprise
    region: str
    notes: tuple[Note, ...]


class Directory:
    """The parties of one contracting process."""

    def __init__(self, compiled: dict[str, Any], ocid: str) -> None:
        self._compiled, self._ocid = compiled, ocid
        self._listed = {i: p for p in objs(compiled.get("parties")) if (i := ident(p.get("id")))}

    def look_up(self, reference: object) -> Party | None:
        """The party a reference means; None where it says nothing at all."""
        named = obj(reference)
        number = ident(named.get("id"))
        listed = self._listed.get(number or "", {})
        both = (listed, named)
        code = next((c for p in both if (c := _identified(p))), None)
        name = next((n for p in both if (n := text(p.get("name"), 300))), None) or next(
            (n for p in both if (n := text(obj(p.get("identifier")).get("legalName"), 300))), None
        )
        if code is None and number is not None:
            code = foreign_code(fitted(self._prefix, _SCHEME), fitted(number, _NUMBER))
        if code is None and name is None:
            return None
        roles = frozenset(texts(listed.get("roles"))) | frozenset(texts(named.get("roles")))
        natural = any(is_natural_person(p) for p in both)
        return Party(name or "（名称未公布）", code or "", roles, natural)

    @property
    def _prefix(self) -> str:
        return "-".join(self._ocid.split("-")[:2]) or UNPUBLISHED

    def unpublished(self, side: str) -> str:
        """A code for a party of this process that has none: it is the same as no other."""
        return foreign_code(UNPUBLISHED, fitted(f"{self._ocid}#{side}", _NUMBER))

    def with_role(self, role: str) -> list[dict[str, Any]]:
        return [p for p in self._listed.values() if role in texts(p.get("roles"))]

    def spellings(self) -> dict[str, list[str]]:
        """Every name under which each code stands in the process, in order of appearance."""
        found: dict[str, list[str]] = defaultdict(list)
        for reference in self._references():
            party, name = self.look_up(reference), text(reference.get("name"), 300)
            if party and party.code and name and name not in found[party.code]:
                found[party.code].append(name)
        return found

    def _references(self) -> Iterator[dict[str, Any]]:
        compiled = self._compiled
        yield from self._listed.values()
        yield obj(compiled.get("buyer"))
        yield obj(obj(compiled.get("tender")).get("procuringEntity"))
        for award in objs(compiled.get("awards")):
            yield from objs(award.get("suppliers"))
        for contract in objs(compiled.get("contracts")):
            for paid in objs(obj(contract.get("implementation")).get("transactions")):
                yield from (obj(payer_of(paid)), obj(payee_of(paid)))

    def is_paying_office(self, payer: Party, others: frozenset[str]) -> bool:
        """Whether a payer is an office that pays for the buyer, such as a treasury."""
        outside = bool(payer.code) and payer.code not in others
        return outside and "payer" in payer.roles and not payer.roles & _BUYING


def payer_of(transaction: dict[str, Any]) -> object:
    """Who paid; `providerOrganization` is the name in version 1.0."""
    return transaction.get("payer") or _as_reference(transaction.get("providerOrganization"))


def payee_of(transaction: dict[str, Any]) -> object:
    """Who was paid; `receiverOrganization` is the name in version 1.0."""
    return transaction.get("payee") or _as_reference(transaction.get("receiverOrganization"))


def _as_reference(identifier: object) -> dict[str, Any]:
    named = obj(identifier)
    return {"identifier": named, "name": named.get("legalName")} if named else {}


def _identified(party: dict[str, Any]) -> str | None:
    """The code of a party that carries an identifier of a scheme."""
    identifier = obj(party.get("identifier"))
    scheme, number = text(identifier.get("scheme"), 1_000), ident(identifier.get("id"))
    if number is None or scheme is None:
        return None
    if scheme in CHINESE_SCHEMES and uscc_fault(number) is None:
        return number
    return foreign_code(fitted(scheme, _SCHEME), fitted(number, _NUMBER))


def parties_of(compiled: dict[str, Any], contract: dict[str, Any], directory: Directory) -> Parties:
    """The parties of a contract; one that was not published gets a code of its own."""
    notes: list[Note] = []
    here = ("contracts", ident(contract.get("id")) or "")
    bodies = _distinct(directory, _buyers(compiled, directory))
    firms = _distinct(directory, _suppliers(compiled, contract, directory))
    taken = {b.code for b in bodies if b.code}
    firms = [f for f in firms if not f.code or f.code not in taken]
    body = _settled(directory, bodies, "government", "政府方", notes, here)
    firm = _settled(directory, firms, "enterprise", "企业方", notes, here)
    if len(firms) > 1:
        detail = f"供应商共 {len(firms)} 家，登记第一家“{firm.name}”，其余见原始公布内容"
        notes.append(Note(here, "ocds.several-suppliers", detail))
    if firm.natural:
        notes.append(Note(here, "party.natural-person", "供应商为自然人，公开页面应隐去其姓名"))
    government = Government(body.name, body.code, GovernmentKind.ORGAN)
    others = [b for b in bodies[1:] if b.code and b.code not in (body.code, firm.code)]
    return Parties(
        government,
        tuple(Government(b.name, b.code, GovernmentKind.ORGAN) for b in others),
        Enterprise(firm.name, firm.code, Ownership.UNKNOWN, Size.UNKNOWN),
        _region(compiled, body),
        tuple(notes),
    )


def _buyers(compiled: dict[str, Any], directory: Directory) -> Iterator[dict[str, Any]]:
    found = [obj(compiled.get("buyer")), *directory.with_role("buyer")]
    if any(directory.look_up(b) for b in found):
        yield from found
        return
    yield obj(obj(compiled.get("tender")).get("procuringEntity"))
    yield from directory.with_role("procuringEntity")


def _suppliers(
    compiled: dict[str, Any], contract: dict[str, Any], directory: Directory
) -> list[dict[str, Any]]:
    """Suppliers of the contract itself, of its award, of the process, or whoever was paid."""
    awards = objs(compiled.get("awards"))
    award = by_id(awards, ident(contract.get("awardID"))) or (awards[0] if len(awards) == 1 else {})
    paid = objs(obj(contract.get("implementation")).get("transactions"))
    for found in (
        objs(contract.get("suppliers")),
        objs(award.get("suppliers")),
        directory.with_role("supplier"),
        directory.with_role("privateParty"),
        [obj(payee_of(t)) for t in paid],
    ):
        if any(directory.look_up(s) for s in found):
            return found
    return []


def _distinct(directory: Directory, references: object) -> list[Party]:
    found: list[Party] = []
    for reference in references if isinstance(references, list) else list(references):  # type: ignore[call-overload]
        party = directory.look_up(reference)
        if party and not any(party.code and party.code == p.code for p in found):
            found.append(party)
    return found


def _settled(
    directory: Directory,
    found: list[Party],
    side: str,
    called: str,
    notes: list[Note],
    here: tuple[str, ...],
) -> Party:
    party = found[0] if found else None
    if party is None:
        notes.append(Note(here, "party.unpublished", f"{called}未公布，以占位名称登记"))
        return Party(f"（未公布的{called}）", directory.unpublished(side))
    if not party.code:
        detail = f"{called}“{party.name}”没有标识代码，不与其他合同的同名主体合并"
        notes.append(Note(here, "party.without-identifier", detail))
        return party._replace(code=directory.unpublished(side))
    return party


def _region(compiled: dict[str, Any], body: Party) -> str:
    """Two letters of the country where the publisher or the scheme of the buyer's code tells it."""
    scheme = body.code.split(":")[0].split("-")[0] if ":" in body.code else ""
    for party in objs(compiled.get("parties")):
        address = obj(party.get("address"))
        named = address.get("country") or address.get("countryName")
        if "buyer" in texts(party.get("roles")) and isinstance(named, str):
            if _COUNTRY.fullmatch(named):
                return named
            break
    return scheme if _COUNTRY.fullmatch(scheme) else NOWHERE
