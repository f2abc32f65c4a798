"""Match what was paid to what was owed: certain, or handed back for a person to decide.

Of each line one thing becomes true, and it says why. A statement of another source about the same
payment is corroborated, never added up; nothing is guessed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from .accounts import (
    DECIDED,
    KNOW_OF_MONEY,
    Account,
    Payment,
    Reckoned,
    added,
    own_day,
    own_day_note,
    reckon_account,
    text_note,
)
from .facts import SOURCE_CHINESE, Fact, FactKind, Source
from .money import spell_yuan
from .payment_lines import Decision, PaymentLine
from .payment_outcomes import (
    SETTLED,
    Found,
    How,
    Matter,
    Outcome,
    Result,
    Told,
    content,
    returned,
)

_LONGEST_NOTE = 500


def settle(line: PaymentLine, found: Found, matter: Matter) -> Outcome:
    """Decide what becomes of a line; the caller writes it, and notes it with `tell`."""
    for account in found.accounts if found.how is not How.NOTHING else ():
        known = _earlier(line, account, matter)
        if known is not None and (known.result is Result.KNOWN or len(found.accounts) == 1):
            return known
    if line.decision is not None:
        return _decided(line, line.decision, found, matter)
    if found.how is How.NOTHING or not found.accounts:
        return returned(Result.UNKNOWN, "payment.unknown", _nowhere(line), found, line, matter)
    accounts = found.accounts
    if found.how is not How.PARTIES:
        accounts = tuple(a for a in accounts if not list(_strangers(line, a)))
        if not accounts:
            why = "；".join(dict.fromkeys(w for a in found.accounts for w in _strangers(line, a)))
            return returned(Result.CONTRADICTING, "payment.other-party", why, found, line, matter)
        if len(accounts) == 1:
            return _in_contract(line, accounts[0], matter, is_certain=True)
    return _among(line, found._replace(accounts=accounts), matter)


def tell(line: PaymentLine, outcome: Outcome, told: Told) -> None:
    """Note that a line was judged, so that an equal one after it is the next."""
    if outcome.account is not None:
        told.lines[content(line, outcome.account)] += 1
        if line.ref is not None and outcome.code != "payment.known-ref":
            told.lines["ref", *content(line, outcome.account)] += 1


# --- known already ------------------------------------------------------------------------------


def _earlier(line: PaymentLine, account: Account, matter: Matter) -> Outcome | None:
    """Whether this source has said so before: by its number, else by content and count."""
    said = [(i, f) for i, f in account.everything if f.by is matter.source]
    if line.ref is not None:
        same = [f for _, f in said if f.ref == line.ref]
        if any((own_day(f), f.amount_fen) == (line.on, line.fen) for f in same):
            why = f"凭证号 {line.ref} 此前已登记"
            return Outcome(Result.KNOWN, "payment.known-ref", why, account)
        if same:
            old = f"{own_day(same[0])} {spell_yuan(same[0].amount_fen or 0)} 元"
            why = f"凭证号 {line.ref} 此前已用于 {old}，与本行不同"
            return Outcome(Result.CONTRADICTING, "payment.ref-taken", why, account)
    alike = [(i, f) for i, f in said if (own_day(f), f.amount_fen) == (line.on, line.fen)]
    same_content = content(line, account)
    if line.ref is None:
        there = len(alike)
        counted_here = line.nth_of is not None and account.is_called(line.nth_of)
        turn = max(matter.told.lines[same_content] + 1, line.nth if counted_here else 1)
    else:  # what was stated without a number, and not by this list
        there = sum(f.ref is None and i not in matter.told.ours for i, f in alike)
        turn = matter.told.lines["ref", *same_content] + 1
    if there < turn:
        return None
    return Outcome(Result.KNOWN, "payment.known", "同一来源、同日、同额此前已登记", account)


# --- parties ------------------------------------------------------------------------------------


def _strangers(line: PaymentLine, account: Account) -> Iterator[str]:
    """In what the named parties are not those of the contract; a code says more than a name."""
    sides = (
        ("付款方", line.payer, account.payers),
        ("收款方", line.payee, account.payees),
    )
    for title, party, known in sides:
        if not known.include(party):
            shown = " ".join(filter(None, party))
            yield f"{title}“{shown}”不是合同 {account.contract.contract_no} 的当事人"
    if account.contract.currency != "CNY":
        currency = account.contract.currency
        yield f"合同 {account.contract.contract_no} 以 {currency} 计价，清单以人民币计"


# --- decided by a person ------------------------------------------------------------------------


def _decided(line: PaymentLine, decision: Decision, found: Found, matter: Matter) -> Outcome:
    """Book as a person decided; only what cannot be written comes back."""
    fitting = tuple(a for a in found.accounts if not list(_strangers(line, a)))
    accounts = found.accounts if len(found.accounts) == 1 else fitting
    if len(accounts) != 1:
        several = f"合同编号“{decision.contract_no}”有 {len(found.accounts)} 份合同，请改填登记号"
        why = several if found.accounts else f"决定中的合同“{decision.contract_no}”未登记"
        result = Result.AMBIGUOUS if found.accounts else Result.UNKNOWN
        return returned(result, "payment.decision", why, found, line, matter)
    account = accounts[0]
    line = line._replace(obligation=decision.obligation)
    reckoned = reckon_account(account, line.on, matter.statute)
    key = reckoned.key_of(decision.obligation)
    if decision.obligation is not None and key is None:
        why = f"合同 {account.contract.contract_no} 没有付款义务“{decision.obligation}”"
        return returned(Result.CONTRADICTING, "payment.decision", why, found, line, matter)
    same = _same_payment(line, account, reckoned, key, matter)
    if same is not None and same.fact is not None:
        return same._replace(fact=_noted(same.fact, DECIDED))
    fact = _noted(_statement(line, key, matter), DECIDED)
    return Outcome(Result.BOOKED, "payment.decided", DECIDED, account, fact)


# --- in one contract ----------------------------------------------------------------------------


def _in_contract(
    line: PaymentLine, account: Account, matter: Matter, *, is_certain: bool
) -> Outcome:
    """What becomes of a line in this contract.

    Args:
        is_certain: the line names the contract, so that the law may say which debt it meets.
    """
    reckoned = reckon_account(account, line.on, matter.statute)
    alone = Found(How.NUMBER, (account,))
    key = reckoned.key_of(line.obligation)
    if line.obligation is not None and key is None:
        why = f"合同 {account.contract.contract_no} 没有付款义务“{line.obligation}”"
        return returned(Result.CONTRADICTING, "payment.no-obligation", why, alone, line, matter)
    same = _same_payment(line, account, reckoned, key, matter)
    if same is not None:
        return same
    by_claims = matter.source is Source.GOVERNMENT
    whole = reckoned.owed(by_claims=by_claims)
    if key is not None:
        return _for_obligation(line, account, reckoned, key, whole, matter)
    payers = reckoned.owed_by(line.payer)
    owed = {k: fen for k, fen in whole.items() if k in payers}
    exact = [k for k, fen in owed.items() if fen == line.fen]
    then = [k for k, fen in reckoned.owed_then(by_claims=by_claims).items() if fen == line.fen]
    if len(exact) == 1 and (is_certain or exact == [k for k in then if k in payers]):
        why = f"金额与“{exact[0]}”尚欠金额相同"
        return _new(line, account, reckoned, exact[0], why, "payment.exact", matter)
    if not is_certain:
        result = Result.AMBIGUOUS if then else Result.UNKNOWN
        why = "金额与几项义务相同" if then else "当事人相同，但金额与尚欠的各项义务都不同"
        return returned(result, f"payment.{result.value}", why, alone, line, matter)
    if len(owed) < len(whole):  # the law's order knows no payers
        why = "本行付款方只承担合同中的几项义务，未指明是哪一项"
        return returned(Result.AMBIGUOUS, "payment.ambiguous", why, alone, line, matter)
    why = "未指明义务，依民法典第五百六十条先抵充先到期的债务"
    return _new(line, account, reckoned, None, why, "payment.oldest-first", matter)


def _for_obligation(
    line: PaymentLine,
    account: Account,
    reckoned: Reckoned,
    key: str,
    owed: dict[str, int],
    matter: Matter,
) -> Outcome:
    why = f"清单指明“{key}”"
    if reckoned.at_end[key].obligation.amount_fen is None:
        fact = _statement(line, key, matter)
        return Outcome(Result.BOOKED, "payment.named", why, account, fact)
    if line.fen > owed.get(key, 0):
        return _over(line, account, owed.get(key, 0), reckoned, matter)
    return _new(line, account, reckoned, key, why, "payment.named", matter)


def _new(
    line: PaymentLine,
    account: Account,
    reckoned: Reckoned,
    key: str | None,
    why: str,
    code: str,
    matter: Matter,
) -> Outcome:
    """A payment nobody spoke of yet; what remains has to fall by exactly its amount."""
    fact = _statement(line, key, matter)
    fell = reckoned.fall(added(account, fact), claims=matter.source is Source.GOVERNMENT)
    if fell != line.fen:
        return _over(line, account, fell, reckoned, matter)
    return Outcome(Result.BOOKED, code, why, account, fact)


def _over(
    line: PaymentLine, account: Account, fits: int, reckoned: Reckoned, matter: Matter
) -> Outcome:
    whole = [
        o.key for o in reckoned.payable if o.amount_fen == line.fen and o.amount_fen is not None
    ]
    more = f"；与“{whole[0]}”的全额相同，该项已部分或者全部付清" if len(whole) == 1 else ""
    why = f"本行 {spell_yuan(line.fen)} 元，超过尚欠的 {spell_yuan(fits)} 元{more}"
    found = Found(How.NUMBER, (account,))
    return returned(Result.CONTRADICTING, "payment.over", why, found, line, matter)


# --- one payment, two sources -------------------------------------------------------------------


def _same_payment(
    line: PaymentLine, account: Account, reckoned: Reckoned, key: str | None, matter: Matter
) -> Outcome | None:
    """Whether other sources speak of this payment already; None if none does.

    The same day and amount: one payment by rule. Some days apart, one of two:
    * a claim of the paying side: the source's own day counts, and it answers the claim: not on
      that day. The paying side may then correct its statement.
    * a payment that counts already: it has its day; the source is put beside it, and its own day
      into the note.
    """
    near = [
        p
        for p in reckoned.payments
        if p.fen == line.fen
        and p.is_free_for(matter.source)
        and abs(p.on - line.on).days <= matter.apart_days
        and (key is None or p.obligation in (key, None))
    ]
    near = [p for p in near if p.on == line.on] or near
    if not near:
        return None
    if len({p.obligation for p in near}) > 1:
        alone, why = (
            Found(How.NUMBER, (account,)),
            "同日或者相近日期的同额付款不止一项，涉及不同义务",
        )
        return returned(Result.AMBIGUOUS, "payment.ambiguous", why, alone, line, matter)
    payment = min(near, key=lambda p: (abs(p.on - line.on), p.on))
    return _beside(line, account, reckoned, payment, key, matter)


def _beside(
    line: PaymentLine,
    account: Account,
    reckoned: Reckoned,
    payment: Payment,
    key: str | None,
    matter: Matter,
) -> Outcome:
    knows = matter.source in KNOW_OF_MONEY
    is_news = knows and not payment.is_backed_for(matter.source)
    other = "、".join(SOURCE_CHINESE[s] for s in sorted(payment.by) if s is not matter.source)
    why = f"{other}称 {payment.on} 付款 {spell_yuan(payment.fen)} 元，与本行为同一笔"
    fact = _statement(line, payment.obligation or key, matter)
    answered: tuple[int, ...] = ()
    if payment.on != line.on and is_news:
        answered = payment.claims[-1:]
    elif payment.on != line.on:
        fact = _noted(fact, own_day_note(line.on), on=payment.on)
    after = added(account, fact, without=answered)
    fell = reckoned.fall(after)
    if fell != (line.fen if is_news else 0) and not reckoned.is_open_ended(fact.obligation):
        return _over(line, account, fell, reckoned, matter)
    return Outcome(Result.CORROBORATED, "payment.corroborated", why, account, fact, answered)


# --- among several contracts --------------------------------------------------------------------


def _among(line: PaymentLine, found: Found, matter: Matter) -> Outcome:
    """The one contract in which the line fits exactly, if there is one and no more."""
    if found.more:
        why = "同一付款方与收款方之间的合同过多，请填写合同编号"
        return returned(Result.AMBIGUOUS, "payment.ambiguous", why, found, line, matter)
    tried = [_in_contract(line, a, matter, is_certain=False) for a in found.accounts]
    fits = [o for o in tried if o.result in SETTLED]
    doubtful = [o for o in tried if o.result is Result.AMBIGUOUS]
    if len(fits) == 1 and not doubtful:
        return fits[0]
    if fits or doubtful or found.how is not How.PARTIES:
        why = "几份合同都可能是这一笔" if len(found.accounts) > 1 else tried[0].why
        return returned(Result.AMBIGUOUS, "payment.ambiguous", why, found, line, matter)
    why = "当事人相同的合同中，没有金额相符的义务"
    return returned(Result.UNKNOWN, "payment.unknown", why, found, line, matter)


# --- parts --------------------------------------------------------------------------------------


def _statement(line: PaymentLine, key: str | None, matter: Matter) -> Fact:
    note = None if line.text is None else text_note(line.text)[:_LONGEST_NOTE]
    return Fact(FactKind.PAID, line.on, matter.source, key, line.fen, ref=line.ref, note=note)


def _noted(fact: Fact, note: str, on: date | None = None) -> Fact:
    whole = note if fact.note is None else f"{note}；{fact.note}"
    return replace(fact, note=whole[:_LONGEST_NOTE], on=on or fact.on)


def _nowhere(line: PaymentLine) -> str:
    if line.contract_no is not None:
        return f"登记簿中没有合同编号“{line.contract_no}”"
    if line.payer.is_named and line.payee.is_named:
        return "登记簿中没有这两方之间的合同"
    return "本行没有合同编号，付款方和收款方也不齐全"
