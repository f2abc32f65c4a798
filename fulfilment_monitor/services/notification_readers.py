"""Who reads a notification: the holders of posts who have an account, and accounts of enterprises.

Who is near the respondent of a claim is told nothing of it, whatever post they hold; nor of a sign
of retaliation, which would tell that somebody complained.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Role
from ..domain.bodies import Matter
from ..domain.notifications import About, Reader
from ..domain.regions import stem
from ..store.accounts import Account
from ..store.organisations import Organisation
from ..store.people import Posting
from ..store.sets import among
from .conflicts import recused
from .hierarchy import competent_body, superior_of
from .kinship import answered_for, read_kinship
from .office import Office
from .people import holds_on

_ROLES: Mapping[Reader, Role] = {
    Reader.CLERK: Role.CLERK,
    Reader.HEAD: Role.HEAD,
    Reader.SUPERIOR: Role.HEAD,
    Reader.CREDIT_LEAD: Role.CREDIT_LEAD,
    Reader.SUPERVISOR: Role.SUPERVISOR,
    Reader.HANDLER: Role.HANDLER,
    Reader.DIRECTOR: Role.DIRECTOR,
    Reader.INTAKE: Role.INTAKE,
}
#: Of a contract, who is on the government side.
_DEPARTMENT = frozenset({Reader.CLERK, Reader.HEAD})
#: What tells of a respondent that there is a claim against it.
_ABOUT_A_RESPONDENT = frozenset({About.CLAIM, About.SIGN})


class Recipient(NamedTuple):
    """An account, or the contact of an enterprise."""

    name: str
    account: int | None = None
    enterprise: int | None = None


class _Post(NamedTuple):
    account: int
    person: int


class Readers:
    """The readers of one run; what was looked up is kept as long."""

    def __init__(self, session: Session, office: Office, today: date) -> None:
        self._session, self._office, self._today = session, office, today
        self._posts: dict[tuple[int, Role], list[_Post]] = {}
        self._watching: list[tuple[str, _Post, int]] | None = None
        self._above: dict[int, int | None] = {}
        self._firms: dict[int, list[Recipient]] = {}

    def of(self, about: About, to: Iterable[Reader], matter: Mapping[str, Any]) -> set[Recipient]:
        """Who is told of a matter in some capacities.

        Args:
            matter: the bodies it concerns, by what they are to it.
        """
        found: set[Recipient] = set()
        posts: list[tuple[_Post, int]] = []
        for reader in to:
            if reader is Reader.ENTERPRISE:
                if matter.get("side") != "government":
                    found |= set(self._firm(matter["enterprise"]))
            elif reader not in _DEPARTMENT or matter.get("side") != "enterprise":
                posts += self._holders(reader, about, matter)
        if about in _ABOUT_A_RESPONDENT:
            posts = self._clear_of(matter["respondent"], posts)
        return found | {Recipient(f"account:{p.account}", p.account) for p, _ in posts}

    def _holders(
        self, reader: Reader, about: About, matter: Mapping[str, Any]
    ) -> list[tuple[_Post, int]]:
        if reader is Reader.SUPERVISOR:
            return self._supervisors(matter["region"])
        body = self._body(reader, about, matter)
        if body is None:
            return []
        posts = self._staff(body, _ROLES[reader])
        if reader is Reader.HANDLER and matter.get("handler") is not None:
            named = [p for p in posts if p.person == matter["handler"]]
            posts = named or posts
        return [(p, body) for p in posts]

    def _body(self, reader: Reader, about: About, matter: Mapping[str, Any]) -> int | None:
        """The body in which a capacity is held."""
        if reader is Reader.SUPERIOR:
            return self._superior(matter["government"])
        if reader is Reader.CREDIT_LEAD and about in (About.CONTRACT, About.CLAIM):
            lead = competent_body(
                self._session, Matter.CREDIT_LEAD, matter["region"], self._today,
                regions=self._office.regions,
            )  # fmt: skip
            return None if lead is None else lead.body_id
        if about is About.CLAIM:
            found: int | None = matter["intake" if reader is Reader.INTAKE else "holder"]
            return found
        body: int = matter["government"]
        return body

    def _superior(self, body: int) -> int | None:
        if body not in self._above:
            self._above[body] = superior_of(self._session, body, self._today)
        return self._above[body]

    def _staff(self, body: int, role: Role) -> list[_Post]:
        key = (body, role)
        if key not in self._posts:
            bodies = answered_for(self._session, body, self._today)
            query = _held(role, self._today).where(among(self._session, Posting.body_id, bodies))
            rows = self._session.execute(query)
            self._posts[key] = [_Post(r.account, r.person_id) for r in rows]
        return self._posts[key]

    def _supervisors(self, region: str) -> list[tuple[_Post, int]]:
        """Supervisors whose body is of a region, or of one above it."""
        if self._watching is None:
            query = _held(Role.SUPERVISOR, self._today).add_columns(Organisation.region)
            query = query.join(Organisation, Organisation.id == Posting.body_id)
            self._watching = [
                (stem(r.region), _Post(r.account, r.person_id), r.body_id)
                for r in self._session.execute(query)
                if r.region is not None
            ]
        return [(p, b) for s, p, b in self._watching if region.startswith(s)]

    def _firm(self, enterprise: int) -> list[Recipient]:
        """Every account of an enterprise, and its contact."""
        if enterprise not in self._firms:
            query = select(Account.id).where(
                Account.enterprise_id == enterprise, Account.disabled_at.is_(None)
            )
            accounts = [Recipient(f"account:{a}", a) for a in self._session.scalars(query)]
            contact = Recipient(f"enterprise:{enterprise}", None, enterprise)
            self._firms[enterprise] = [*accounts, contact]
        return self._firms[enterprise]

    def _clear_of(self, respondent: int, posts: list[tuple[_Post, int]]) -> list[tuple[_Post, int]]:
        """Those who are not near the respondent, by their body or by a post of late."""
        if not posts:
            return []
        family = read_kinship(self._session, [respondent, *(b for _, b in posts)], self._today)
        months = self._office.policy.cases.recusal_months
        pairs = {(p.person, respondent) for p, _ in posts}
        out = recused(self._session, pairs, self._today, months)
        return [
            (p, b)
            for p, b in posts
            if not family.near(b, respondent) and (p.person, respondent) not in out
        ]


def _held(role: Role, today: date) -> Any:
    """Accounts that can sign in, of those who hold a post today."""
    return (
        select(Account.id.label("account"), Posting.person_id, Posting.body_id)
        .join(Account, Account.person_id == Posting.person_id)
        .where(Posting.role == role.value, holds_on(today), Account.disabled_at.is_(None))
        .order_by(Account.id)
    )
