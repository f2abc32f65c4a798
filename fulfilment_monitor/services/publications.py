"""What other registers published (OCDS): kept as it came, and entered as far as it says enough.

Releases are appended and never edited. All that are known of a process are merged in the order of
their dates; each contract of it stands on the register once, found again by ocid and its own id.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.checks import Submission
from ..domain.errors import Issue
from ..domain.ocds.dates import in_order, instant
from ..domain.ocds.process import Plan, plan_process
from ..domain.ocds.values import (
    Note,
    by_id,
    digest_of_json,
    exact_json,
    ident,
    objs,
    parsed,
    pointer_in,
    text,
    texts,
)
from ..store.once import insert_once
from ..store.publications import Publication
from ..store.turns import take_turn
from . import published_terms as terms
from .amendments import Agreement
from .office import Office
from .published_statements import Stated, enter_statements
from .published_steps import Verb
from .submissions import Result


class Statement(NamedTuple):
    """A contract as an export of ours states it: terms, facts, and what was agreed later."""

    ocds_id: str
    submission: Submission
    agreements: tuple[Agreement, ...]


class Given(NamedTuple):
    """A release that can be used; `own` has its contracts where it is an export of ours."""

    release: dict[str, Any]
    own: tuple[Statement, ...] = ()


class Outcome(NamedTuple):
    """What became of one release; issues are findings, with pointers into the release."""

    result: Result
    issues: tuple[Issue, ...]


class Merged(Protocol):
    """The process after each of its releases, and what could not be merged."""

    snapshots: list[dict[str, Any]]
    notes: list[Note]


Merge = Callable[[Sequence[dict[str, Any]]], Merged]


class _Process(NamedTuple):
    """One contracting process of this batch."""

    ocid: str
    #: Places in the batch of the releases that are new, and of those that were known.
    new: tuple[int, ...]
    known: tuple[int, ...]
    #: Every release known so far, oldest first.
    releases: tuple[dict[str, Any], ...]


def add_releases(
    session: Session,
    given: Sequence[Given],
    *,
    merge: Merge,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> list[Outcome]:
    """Keep releases and enter their contracts; one that is known already changes nothing.

    A release counts as `registered` when it is the one with which a contract reached the
    register, as `updated` when it brought something new to a process, and else as `unchanged`.

    Imports take turns: what is merged is all that was kept before, and no number is given twice.
    """
    take_turn(session, "releases")
    verb = Verb(session, by, office, now, today)
    done: dict[int, Outcome] = {}
    ours = [i for i, g in enumerate(given) if g.own]
    written = [exact_json(g.release) for g in given]
    digests = {i: digest_of_json(w) for i, w in enumerate(written)}
    before = _known_digests(session, given)
    done |= _add_own(verb, given, ours, written, digests, before)
    theirs = [i for i in range(len(given)) if i not in done]
    processes = _processes(session, given, theirs, digests, before)
    _keep(verb, [(given[i].release, written[i], digests[i]) for p in processes for i in p.new])
    planned = []
    for process in processes:
        done |= {i: Outcome(Result.UNCHANGED, ()) for i in process.known}
        if process.new:
            merged = merge(process.releases)
            plans = plan_process(process.ocid, process.releases, merged.snapshots)
            planned.append((process, plans, merged.notes))
    entered = terms.enter_plans(verb, [(p.ocid, plans) for p, plans, _ in planned])
    for process, plans, notes in planned:
        done |= _outcomes(process, given, plans, notes, entered)
    return [done[i] for i in range(len(given))]


def _add_own(
    verb: Verb,
    given: Sequence[Given],
    places: Sequence[int],
    written: Sequence[str],
    digests: dict[int, str],
    before: dict[str, set[str]],
) -> dict[int, Outcome]:
    """Exports of ours: what is on the register already is not kept a second time."""
    done: dict[int, Outcome] = {}
    stated: list[tuple[int, int, Stated]] = []
    for i in places:
        ocid = str(given[i].release["ocid"])
        if digests[i] in before[ocid]:
            done[i] = Outcome(Result.UNCHANGED, ())
            continue
        before[ocid].add(digests[i])
        contracts = objs(given[i].release.get("contracts"))
        for place, s in enumerate(given[i].own):
            compiled = by_id(contracts, s.ocds_id)
            entry = Stated(ocid, s.ocds_id, s.submission, s.agreements, compiled)
            stated.append((i, place, entry))
    made = enter_statements(verb, [s for _, _, s in stated])
    results: dict[int, set[Result]] = defaultdict(set)
    issues: dict[int, list[Issue]] = defaultdict(list)
    for (i, place, _), entered in zip(stated, made, strict=True):
        results[i].add(entered.result)
        issues[i] += [f._replace(pointer=f"/contracts/{place}") for f in entered.issues]
    order = (Result.REGISTERED, Result.UPDATED, Result.UNCHANGED)
    for i, found in results.items():
        best = next(r for r in order if r in found)
        done[i] = Outcome(best, tuple(issues[i]))
    new = [i for i in results if done[i].result is not Result.UNCHANGED]
    _keep(verb, [(given[i].release, written[i], digests[i]) for i in new])
    return done


def _known_digests(session: Session, given: Sequence[Given]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    ocids = {str(g.release["ocid"]) for g in given}
    query = select(Publication.ocid, Publication.digest).where(Publication.ocid.in_(ocids))
    for ocid, digest in session.execute(query):
        found[ocid].add(digest)
    return found


def _processes(
    session: Session,
    given: Sequence[Given],
    places: Sequence[int],
    digests: dict[int, str],
    before: dict[str, set[str]],
) -> list[_Process]:
    """The processes that the batch speaks of, in the order in which it does."""
    new: dict[str, list[int]] = {}
    known: dict[str, list[int]] = defaultdict(list)
    for i in places:
        ocid = str(given[i].release["ocid"])
        fresh = new.setdefault(ocid, [])
        twice = any(digests[j] == digests[i] for j in fresh)
        (known[ocid] if twice or digests[i] in before[ocid] else fresh).append(i)
    kept = _kept_releases(session, [ocid for ocid, fresh in new.items() if fresh])
    return [
        _Process(
            ocid,
            tuple(fresh),
            tuple(known[ocid]),
            tuple(in_order([*kept[ocid], *(given[i].release for i in fresh)])),
        )
        for ocid, fresh in new.items()
    ]


def _kept_releases(session: Session, ocids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    query = (
        select(Publication.ocid, Publication.body)
        .where(Publication.ocid.in_(ocids))
        .order_by(Publication.id)
    )
    for ocid, body in session.execute(query):
        found[ocid].append(parsed(body["release"]))
    return found


def _keep(verb: Verb, releases: Sequence[tuple[dict[str, Any], str, str]]) -> None:
    """Append releases as they came: their JSON as text, since a JSON column knows no decimals.

    Args:
        releases: each with its canonical JSON, and the digest of it.
    """
    rows = [
        {
            "ocid": str(release["ocid"]),
            "release_id": (ident(release.get("id")) or "")[:200],
            "dated": instant(release.get("date")),
            "tags": " ".join(t for tag in texts(release.get("tag")) if (t := text(tag, 40)))[:300],
            "digest": digest,
            "body": {"release": written},
            "recorded_at": verb.now,
            "recorded_by": verb.by.name,
        }
        for release, written, digest in releases
    ]
    insert_once(verb.session, Publication, rows, Publication.id)
    digests: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        digests[str(row["ocid"])].append(str(row["digest"]))
    for ocid in sorted(digests):
        verb.note("publication.keep", "process", ocid, {"digests": digests[ocid]})


def _outcomes(
    process: _Process,
    given: Sequence[Given],
    plans: Sequence[Plan],
    merge_notes: Sequence[Note],
    entered: dict[tuple[str, str], terms.Made],
) -> dict[int, Outcome]:
    """The result of each new release, and every note beside the release it speaks of."""
    issues: dict[int, list[Issue]] = {i: [] for i in process.new}
    results = dict.fromkeys(process.new, Result.UPDATED)
    notes = [*merge_notes]
    for plan in plans:
        made = entered.get((process.ocid, plan.ocds_id))
        notes += [*plan.notes, *(made.notes if made else ())]
        if made is not None and made.result is Result.REGISTERED:
            first = next((i for i in process.new if given[i].release is plan.first), None)
            results[process.new[-1] if first is None else first] = Result.REGISTERED
    for note in dict.fromkeys(notes):
        place, pointer = _located(note, process, given)
        issues[place].append(Issue(pointer, note.code, note.detail, "finding"))
    return {i: Outcome(results[i], tuple(issues[i])) for i in process.new}


def _located(note: Note, process: _Process, given: Sequence[Given]) -> tuple[int, str]:
    """The newest release of this batch that holds what a note speaks of, and where."""
    best = (-1, process.new[-1], "")
    for i in process.new:
        pointer = pointer_in(given[i].release, note.path)
        if pointer is not None and pointer.count("/") >= best[0]:
            best = (pointer.count("/"), i, pointer)
    return best[1], best[2]
