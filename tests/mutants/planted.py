"""Bugs to plant, each in one place of one file: what the tests of the spine must not let live."""

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    #: The file, below `fulfilment_monitor/`, and a text that stands in it exactly once.
    file: str
    old: str
    new: str
    #: What it would mean.
    meaning: str
    #: The example that finds it soonest: profile and seed, one of those chosen for the machine.
    example: str
    #: The one assertion that sees it, in all chosen examples, where no other does: `i_2:3` is the
    #: third one of the second invariant. None where several do.
    seen_only_by: str | None = None


MUTANTS = (
    # --- the calendar and the dates ------------------------------------------------------------
    Mutant(
        "calendar.one-day-late",
        "domain/calendar.py",
        "place = self._rank[index] + count - 1",
        "place = self._rank[index] + count",
        "working days are counted one too far",
        "dense:11",
    ),
    Mutant(
        "calendar.count-one-more",
        "domain/calendar.py",
        "return self._rank[end.toordinal() - self._base] - ",
        "return 1 + self._rank[end.toordinal() - self._base] - ",
        "between two days there is one working day too many",
        "dense:11",
        "i_14:2",
    ),
    Mutant(
        "calendar.no-roll",
        "domain/calendar.py",
        "while not self.is_working_day(last):",
        "while not last:",
        "a term ends on a day of rest",
        "dense:3",
    ),
    Mutant(
        "calendar.never-provisional",
        "domain/calendar.py",
        "return begins not in self.years",
        "return False",
        "a date is shown as certain though the year's notice is not out",
        "dense:3",
        "i_13:1",
    ),
    Mutant(
        "dates.no-ceiling",
        "domain/duedates.py",
        "ceiling = statute.find(CEILING_TERM, contract.signed_on) if reached else None",
        "ceiling = None",
        "an agreed term of more than 60 days is taken as agreed",
        "dense:3",
    ),
    Mutant(
        "dates.acceptance-never-lapses",
        "domain/triggers.py",
        "if as_of <= ends or dispute_upstream(",
        "if as_of or dispute_upstream(",
        "a buyer who never accepts never has to pay",
        "dense:11",
    ),
    Mutant(
        "calendar.long-terms-longer",
        "domain/calendar.py",
        "place = self._rank[index] + count - 1",
        "place = self._rank[index] + count - (count < 16)",
        "a long term in working days ends a day late",
        "dense:11",
        "i_14:1",
    ),
    # --- what was said -------------------------------------------------------------------------
    Mutant(
        "facts.claim-counts-as-paid",
        "domain/facts.py",
        "if f.by in _KNOW_OF_MONEY or f.is_confirmed)",
        "if f.by in Source)",
        "the debtor's word settles the debt",
        "dense:11",
    ),
    Mutant(
        "facts.corrected-ones-count-too",
        "services/ledgers.py",
        "for f in statements if f.id not in gone],",
        "for f in statements],",
        "a correction counts beside what it corrects",
        "dense:2",
    ),
    Mutant(
        "facts.signed-ones-can-be-taken-back",
        "services/facts.py",
        "    if fact.is_confirmed:\n        raise NotOpen(",
        "    if fact is None:\n        raise NotOpen(",
        "a side takes back what the other has signed",
        "dense:11",
        "i_8:1",
    ),
    Mutant(
        "facts.unrecorded-answer",
        "services/facts.py",
        'audit.note(session, by, f"fact.{answer.value}", "fact", ulid, body, now=now)',
        "del body",
        "nobody can tell who confirmed",
        "dense:11",
        "i_3:7",
    ),
    Mutant(
        "states.dispute-ignored",
        "domain/standings.py",
        "in_dispute = bool(disputes) and not undisputed",
        "in_dispute = False",
        "what is disputed is overdue all the same",
        "dense:3",
    ),
    Mutant(
        "states.waived-and-still-owed",
        "domain/standings.py",
        "if remaining is not None and (fulfilled_on or waived_on):",
        "if remaining is not None and fulfilled_on:",
        "a debt that was let go is shown as owed",
        "dense:11",
    ),
    Mutant(
        "interest.from-the-due-date",
        "domain/interest.py",
        "owed, start = principal_fen, due_on + timedelta(days=1)",
        "owed, start = principal_fen, due_on",
        "a day of interest too much",
        "dense:11",
    ),
    Mutant(
        "terms.missed-date-moves",
        "services/amendments.py",
        "if standing.days_late or standing.state is State.OVERDUE:",
        "if not standing.obligation.key:",
        "both sides agree a breach away afterwards",
        "dense:11",
        "i_7:1",
    ),
    Mutant(
        "states.remaining-shown-whole",
        "services/registry.py",
        '"remaining": show_yuan_or_none(standing.remaining_fen),',
        '"remaining": show_yuan_or_none(terms.amount_fen),',
        "what has been paid is shown as owed",
        "dense:11",
        "i_6:1",
    ),
    Mutant(
        "states.disputed-shown-as-undisputed",
        "services/registry.py",
        "show_yuan_or_none(standing.undisputed_fen)",
        "show_yuan_or_none(standing.remaining_fen)",
        "what the parties differ about is shown as agreed",
        "dense:3",
        "i_6:2",
    ),
    Mutant(
        "states.first-claim-not-shown",
        "services/registry.py",
        "for m in standing.claims)",
        "for m in standing.claims[1:])",
        "nobody sees that the body says it has paid",
        "dense:11",
        "i_6:3",
    ),
    Mutant(
        "facts.dispute-let-go-twice",
        "services/facts.py",
        "        [(contract_id, file.keys, fact)],\n",
        "        [(contract_id, file.keys, fact)] * (1 + (fact.kind is FactKind.UNDISPUTED)),\n",
        "one statement is filed twice",
        "dense:3",
        "i_8:4",
    ),
    Mutant(
        "facts.recorded-when-they-happened",
        "services/facts.py",
        '            "recorded_at": now,\n'
        '            "recorded_by": by.name,\n'
        "        }\n"
        "        for fact_id",
        '            "recorded_at": now.replace(fact.on.year, fact.on.month, fact.on.day),\n'
        '            "recorded_by": by.name,\n'
        "        }\n"
        "        for fact_id",
        "what was said late looks as if it had been said in time",
        "dense:11",
        "i_7:3",
    ),
    Mutant(
        "interest.payments-change-nothing",
        "services/registry.py",
        "standing.due.on, until, rate, standing.payments)",
        "standing.due.on, until, rate, ())",
        "interest runs on what has been paid",
        "dense:2",
        "i_5:2",
    ),
    Mutant(
        "terms.nobody-may-move-a-date",
        "services/amendments.py",
        "if standing.days_late or standing.state is State.OVERDUE:",
        "if standing.obligation.key:",
        "both sides cannot move a date in time",
        "dense:3",
        "i_8:2",
    ),
    # --- duties and timers ---------------------------------------------------------------------
    Mutant(
        "duties.grace-one-day-more",
        "domain/duties.py",
        "earliest = due_on + timedelta(days=max(1, policy.grace_days[contract.field]))",
        "earliest = due_on + timedelta(days=1 + policy.grace_days[contract.field])",
        "leads open a day late",
        "dense:11",
    ),
    Mutant(
        "duties.claim-gives-no-time",
        "domain/duties.py",
        "return max(earliest, answer_by)",
        "return min(earliest, answer_by)",
        "the firm is not asked about a claim before a lead goes out",
        "dense:13",
    ),
    Mutant(
        "duties.dispute-cures",
        "domain/duties.py",
        "CURES = frozenset({Ended.FULFILLED,",
        "CURES = frozenset({Ended.DISPUTED, Ended.FULFILLED,",
        "who disputes a debt is rid of its lead",
        "dense:3",
        "i_1:1",
    ),
    Mutant(
        "timers.left-behind",
        "services/duties.py",
        "session.execute(delete(Timer).where(*theirs))",
        "del theirs",
        "a timer of a date that was replaced still rings",
        "dense:11",
    ),
    Mutant(
        "timers.seen-forgotten",
        "services/duties.py",
        "timer = timer_row(row, known or Seen(None, born), policy)",
        "timer = timer_row(row, Seen(None, born), policy)",
        "a word in a gap swallows the steps of the gap",
        "dense:3",
    ),
    Mutant(
        "duties.claim-gives-a-day-less",
        "domain/duties.py",
        "timedelta(days=policy.confirmation_grace_days)",
        "timedelta(days=policy.confirmation_grace_days - 1)",
        "the firm has a day less to answer a claim",
        "dense:13",
        "i_13:2",
    ),
    Mutant(
        "timers.far-ones-a-day-late",
        "services/duties.py",
        "    if check_on is None:\n        return None\n",
        "    if check_on is None:\n"
        "        return None\n"
        '    check_on += timedelta(days=(check_on - row["from_on"]).days > 45)\n',
        "what lies far ahead is looked at a day late",
        "dense:3",
        "i_13:3",
    ),
    # --- leads ---------------------------------------------------------------------------------
    Mutant(
        "leads.one-episode-only",
        "domain/leads.py",
        "return 1 + sum(until_on is None or day < until_on for day in cured)",
        "return 1",
        "a second breach has no lead",
        "dense:11",
    ),
    Mutant(
        "leads.successor-ignored",
        "services/breaches.py",
        "answering = organisations.responsible(session, set(owing.values()), as_of)",
        "answering = {body: body for body in owing.values()}",
        "a body that was dissolved answers for what it owed",
        "dense:13",
    ),
    Mutant(
        "leads.closed-without-the-reason",
        "services/leads.py",
        "closed_on=on, closed_why=why)",
        'closed_on=on, closed_why="closed")',
        "a lead is closed, and nobody can see why",
        "dense:11",
    ),
    Mutant(
        "leads.message-in-a-later-transaction",
        "services/breaches.py",
        "exchange.enqueue_new(session, messages, now=raising.now)",
        'waiting = globals().setdefault("_WAITING", [])\n'
        "    exchange.enqueue_new(session, waiting, now=raising.now)\n"
        "    waiting[:] = messages",
        "a crash between the two leaves a lead nobody is told of",
        "dense:11",
    ),
    Mutant(
        "interest.of-leads-a-day-more",
        "services/breaches.py",
        "return late_interest(principal, b.due_on, until, rate, payments)",
        "until = date.fromordinal(until.toordinal() + 1)\n"
        "    return late_interest(principal, b.due_on, until, rate, payments)",
        "a lead claims a day of interest too much",
        "dense:11",
        "i_5:1",
    ),
    Mutant(
        "leads.deeds-owe-nothing",
        "services/breaches.py",
        '"outstanding_fen": b.owed_fen,',
        '"outstanding_fen": b.owed_fen or 0,',
        "a lead about a deed names an amount",
        "dense:11",
        "i_6:4",
    ),
    Mutant(
        "figures.closed-leads-stay-counted",
        "services/leads.py",
        "    tallies.note(session, tallies.closed(session, lead))\n",
        "",
        "the board counts leads that are closed",
        "dense:11",
        "i_13:4",
    ),
    Mutant(
        "record.closed-before-it-was-known",
        "services/leads.py",
        'audit.note(session, by, "lead.close", "lead", lead.ulid, body, now=now)',
        'audit.note(session, by, "lead.close", "lead", lead.ulid, body, now=now.replace(minute=0))',
        "a lead is closed, by the record, before anybody knew why",
        "dense:11",
        "i_7:2",
    ),
    Mutant(
        "record.lead-closed-when-raised",
        "services/leads.py",
        '"closed_on": on.isoformat(), "why": why}',
        '"closed_on": lead.raised_on.isoformat(), "why": why}',
        "the record has another day for the end of a breach than the lead",
        "dense:11",
        "i_3:3",
    ),
    Mutant(
        "outbox.closed-leads-not-told",
        "services/leads.py",
        '[exchange.Message("lead.closed", lead.ulid, 2, body)]',
        "[]",
        "others go on acting on a lead that is closed",
        "dense:11",
        "i_3:4",
    ),
    Mutant(
        "outbox.lead-opened-as-second-version",
        "services/breaches.py",
        'exchange.Message("lead.opened", r["ulid"], 1,',
        'exchange.Message("lead.opened", r["ulid"], 2,',
        "a reader that waits for the first version waits for ever",
        "dense:11",
        "i_3:2",
    ),
    # --- the sweep -----------------------------------------------------------------------------
    Mutant(
        "sweep.last-of-a-batch-left",
        "store/sweep_sql.py",
        '"(SELECT * FROM timer WHERE (check_on, duty_id) <= (:last_on, :last_duty))"',
        '"(SELECT * FROM timer WHERE (check_on, duty_id) < (:last_on, :last_duty))"',
        "what stands last in a batch is forgotten",
        "dense:11",
    ),
    Mutant(
        "sweep.every-step-at-first",
        "store/sweep_sql.py",
        "AND l.days <= min(:d, max(t.base_on, COALESCE(",
        "AND l.days < :never - min(:d, max(t.base_on, COALESCE(",
        "an old contract floods its body with warnings",
        "dense:11",
        "i_2:2",
    ),
    Mutant(
        "sweep.warns-of-what-is-over",
        "store/sweep_sql.py",
        "WHERE t.until_on IS NULL OR t.until_on > :d) s",
        "WHERE true) s",
        "who has paid is warned all the same",
        "dense:11",
    ),
    Mutant(
        "sweep.lead-a-day-late",
        "store/sweep_sql.py",
        'f"SELECT duty_id, lead_on <= :d AND',
        'f"SELECT duty_id, lead_on < :d AND',
        "a lead that is due today is never opened",
        "dense:3",
    ),
    Mutant(
        "sweep.records-nothing-as-something",
        "services/sweeps.py",
        "if batch.alerts or opened or closed:",
        "if batch.duties >= 0:",
        "each sweep writes to the record though it did nothing",
        "dense:11",
        "i_2:4",
    ),
    Mutant(
        "sweep.rehearsal-in-earnest",
        "services/sweeps.py",
        "        session.rollback()",
        "        session.commit()",
        "a dry run raises what it was only to foretell",
        "dense:11",
    ),
    Mutant(
        "sweep.loses-steps-of-a-dispute",
        "store/sweep_sql.py",
        "      ON l.ladder = s.ladder AND l.days >= s.from_day AND l.days <= :d - s.due_on\n"
        "   WHERE true",
        "      ON l.ladder = s.ladder AND l.days >= s.from_day AND l.days <= :d - s.due_on\n"
        "   WHERE l.ladder <> 'dispute'",
        "nobody is told how long a dispute has lasted",
        "dense:3",
        "i_2:1",
    ),
    Mutant(
        "sweep.raised-when-it-held",
        "store/sweep_sql.py",
        "         s.due_on + l.days, :d, :told\n    FROM (SELECT t.*",
        "         s.due_on + l.days, s.due_on + l.days, :told\n    FROM (SELECT t.*",
        "a late warning looks as if it had come in time",
        "dense:11",
        "i_2:3",
    ),
    Mutant(
        "sweep.rehearsal-tells-no-leads",
        "services/sweeps.py",
        "            total = _plus(total, batch, opened)\n        session.rollback()",
        "            total = _plus(total, batch, 0)\n        session.rollback()",
        "a dry run foretells less than is then done",
        "dense:13",
        "i_2:5",
    ),
    Mutant(
        "record.a-lead-twice",
        "services/sweeps.py",
        '"leads": [lead.ulid for lead in opened],',
        '"leads": [lead.ulid for lead in [*opened, *opened[:1]]],',
        "one lead has two entries in the record",
        "dense:11",
        "i_3:1",
    ),
    Mutant(
        "record.duties-as-alerts",
        "services/sweeps.py",
        '            "alerts": batch.alerts,\n            "leads"',
        '            "alerts": batch.duties,\n            "leads"',
        "the record counts what was looked at, not what was raised",
        "dense:11",
        "i_3:6",
    ),
    Mutant(
        "outbox.told-of-duties-as-alerts",
        "services/sweeps.py",
        '"alerts": batch.alerts}',
        '"alerts": batch.duties}',
        "others are told of more alerts than there are",
        "dense:11",
        "i_3:5",
    ),
    # --- in and out ----------------------------------------------------------------------------
    Mutant(
        "import.disputed-ones-come-back",
        "services/submissions.py",
        "return new[len(left) :], [",
        "return new, [",
        "to import a document again undoes what the other side said of it",
        "dense:13",
    ),
    Mutant(
        "outbox.one-version-only",
        "services/exchange.py",
        "last.get(key, 0) + 1",
        "1",
        "the second change of a contract is told to nobody",
        "dense:11",
        "i_4:3",
    ),
    Mutant(
        "record.chain-not-linked",
        "store/chain.py",
        '"prev": head.hash,',
        '"prev": hashed,',
        "an entry can be taken out of the record unseen",
        "dense:11",
        "i_3:8",
    ),
    Mutant(
        "outbox.all-waiting-noted-as-sent",
        "services/exchange.py",
        "update(OutboxMessage).where(OutboxMessage.id.in_(list(ids)))",
        "update(OutboxMessage).where(OutboxMessage.sent_at.is_(None))",
        "what was never sent is noted as sent",
        "dense:13",
        "i_4:1",
    ),
    Mutant(
        "outbox.sent-again",
        "services/exchange.py",
        "        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.topic.in_(list(topics)))\n"
        "        .order_by(OutboxMessage.id)\n"
        "        .limit(limit)\n"
        "        .with_for_update(skip_locked=True)\n"
        "    )\n"
        "    return [Waiting(m.id, m.topic, m.key, m.body) for m in session.scalars(query)]\n"
        "\n"
        "\n"
        "def mark_sent(session: Session, ids: Iterable[int], *, now: datetime) -> None:\n"
        '    """These have arrived; they are never claimed again."""\n'
        "    statement = update(OutboxMessage).where(OutboxMessage.id.in_(list(ids)))\n",
        "        .where(OutboxMessage.topic.in_(list(topics)))\n"
        "        .order_by(OutboxMessage.sent_at.is_not(None), OutboxMessage.id)\n"
        "        .limit(limit)\n"
        "        .with_for_update(skip_locked=True)\n"
        "    )\n"
        "    return [Waiting(m.id, m.topic, m.key, m.body) for m in session.scalars(query)]\n"
        "\n"
        "\n"
        "def mark_sent(session: Session, ids: Iterable[int], *, now: datetime) -> None:\n"
        '    """These have arrived; they are never claimed again."""\n'
        "    ids = OutboxMessage.id.in_(list(ids)), OutboxMessage.sent_at.is_(None)\n"
        "    statement = update(OutboxMessage).where(*ids)\n",
        "what has arrived is sent again, for ever",
        "dense:11",
        "i_4:2",
    ),
    Mutant(
        "outbox.queued-again-when-sent",
        "services/exchange.py",
        "values(sent_at=now)",
        "values(sent_at=now, queued_at=now)",
        "nobody can tell how long a message waited",
        "dense:11",
        "i_8:3",
    ),
)
