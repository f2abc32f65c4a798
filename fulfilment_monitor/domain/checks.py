"""What is wrong with a contract document as a whole, and what in it deserves a look.

Faults refuse the contract. Findings never do: they are shown at registration and ever after.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from .contracts import SIGNING, Clause, Contract, Kind, Obligation, Subject
from .duedates import CEILING_TERM, has_payment_term, under_decree
from .errors import Issue
from .facts import Fact, FactKind, Source
from .interest import floor_findings
from .ledger import Ledger, in_order
from .money import spell_yuan
from .parties import FAULT_DETAIL, CodeFault, Enterprise, Government, Side, uscc_fault
from .states import Standing, State
from .statute import Statute, Unit

_USCC_OF_BODIES = ("11", "12")
_RETENTION_LIMIT = "con.retention"


class Submission(NamedTuple):
    """A contract document that has been read: the terms, and the facts known at once."""

    contract: Contract
    facts: tuple[Fact, ...]
    #: For each obligation, its place in the document: repeated ones share one.
    places: tuple[int, ...] = ()

    def located(self, issue: Issue) -> Issue:
        """An issue with its pointer into the document as it was written."""
        _, name, *rest = [*issue.pointer.split("/"), ""]
        if name != "obligations" or not rest[0].isdigit() or not self.places:
            return issue
        steps = [str(self.places[int(rest[0])]), *(r for r in rest[1:] if r)]
        return issue._replace(pointer="/".join(["/obligations", *steps]))


def faults(submission: Submission) -> list[Issue]:
    """Everything that makes a document impossible to register, each with its place in it."""
    contract, facts = submission.contract, submission.facts
    return [
        *_party_faults(contract),
        *obligation_faults(contract),
        *_fact_faults(contract, facts),
    ]


def _party_faults(contract: Contract) -> Iterator[Issue]:
    places: list[tuple[str, Government | Enterprise]] = [("/government", contract.government)]
    places += [(f"/co_governments/{i}", g) for i, g in enumerate(contract.co_governments)]
    places.append(("/enterprise", contract.enterprise))
    for place, party in places:
        fault = None if ":" in party.code else uscc_fault(party.code)
        if fault is not None and fault is not CodeFault.INNER_CHECK_CHARACTER:
            yield Issue(f"{place}/uscc", fault.value, FAULT_DETAIL[fault])
    seen: set[str] = set()
    for place, party in places:
        if party.code in seen:
            yield Issue(place, "party.twice", f"{party.code} stands for more than one party")
        seen.add(party.code)


def obligation_faults(contract: Contract) -> Iterator[Issue]:
    """What is wrong with the obligations of a contract among themselves."""
    keys = Counter(o.key for o in contract.obligations)
    bodies = {contract.government.code, *(g.code for g in contract.co_governments)}
    for i, o in enumerate(contract.obligations):
        place = f"/obligations/{i}"
        if keys[o.key] > 1 or o.key == SIGNING:
            yield Issue(f"{place}/key", "obligation.key-taken", f"{o.key!r} must be unique here")
        if o.due_on is not None and o.after is not None:
            detail = "give either due_on, or after with within, not both"
            yield Issue(f"{place}/due_on", "obligation.two-dates", detail)
        if o.within is not None and o.after is None:
            detail = "within counts from something: name it in after"
            yield Issue(f"{place}/within", "obligation.within-without-after", detail)
        if o.after is not None and o.after != SIGNING and o.after not in keys:
            detail = f"{o.after!r} is no obligation of this contract"
            yield Issue(f"{place}/after", "obligation.after-unknown", detail)
        if o.obligor_code is not None and o.obligor_code not in bodies:
            detail = f"{o.obligor_code!r} is no government party of this contract"
            yield Issue(f"{place}/obligor", "obligation.obligor-unknown", detail)
    known = {SIGNING, *keys}
    if all(o.after is None or o.after in known for o in contract.obligations):
        try:
            in_order(contract.obligations)
        except ValueError as circle:
            detail = f"these count from each other in a circle: {circle}"
            yield Issue("/obligations", "obligation.circle", detail)


def _fact_faults(contract: Contract, facts: Iterable[Fact]) -> Iterator[Issue]:
    keys = {o.key for o in contract.obligations}
    refs: set[tuple[str, str]] = set()
    for i, fact in enumerate(facts):
        for issue in fact_faults(fact, keys):
            yield issue._replace(pointer=f"/facts/{i}{issue.pointer}")
        if fact.ref is not None:
            if (fact.by, fact.ref) in refs:
                detail = f"{fact.by.value} uses the reference {fact.ref!r} twice"
                yield Issue(f"/facts/{i}/ref", "fact.ref-taken", detail)
            refs.add((fact.by, fact.ref))


def fact_faults(fact: Fact, keys: Iterable[str]) -> Iterator[Issue]:
    """What is wrong with one statement about a contract that has these obligations."""
    if fact.obligation is None and fact.kind is not FactKind.PAID:
        yield Issue("/obligation", "fact.obligation-missing", f"{fact.kind.value} needs one")
    if fact.obligation is not None and fact.obligation not in keys:
        detail = f"{fact.obligation!r} is no obligation of this contract"
        yield Issue("/obligation", "fact.obligation-unknown", detail)
    if fact.kind is FactKind.WAIVED and fact.amount_fen is not None:
        detail = "a waiver gives up the whole; agree on a smaller amount in an amendment"
        yield Issue("/amount", "fact.waived-in-part", detail)
    if fact.kind is FactKind.PAID and fact.amount_fen is None:
        yield Issue("/amount", "fact.amount-missing", "a payment needs its amount")


def findings(ledger: Ledger, standings: Iterable[Standing]) -> list[Issue]:
    """What in a contract deserves a look, in the order of the document."""
    contract = ledger.contract
    found = [
        *_region_findings(contract, ledger.statute),
        *_party_findings(contract),
        *_amount_findings(contract, ledger.statute),
        *floor_findings(
            contract.signed_on,
            contract.annual_rate,
            ledger.statute,
            in_scope=under_decree(contract),
        ),
        *_clause_findings(contract, ledger.statute),
    ]
    place = {o.key: f"/obligations/{i}" for i, o in enumerate(contract.obligations)}
    for standing in standings:
        found += _date_findings(ledger, standing, place[standing.obligation.key])
    if ledger.surplus:
        fen = sum(m.fen for m in ledger.surplus)
        found.append(_finding("/facts", "over-payment", f"付款超过应付总额 {spell_yuan(fen)} 元"))
    return found


def _finding(pointer: str, code: str, detail: str) -> Issue:
    return Issue(pointer, code, detail, "finding")


def _region_findings(contract: Contract, statute: Statute) -> Iterator[Issue]:
    """A code that was none on the day of signing (GB/T 2260, as dated in the table of regions)."""
    fault = statute.regions.fault(contract.region, contract.signed_on)
    if fault is not None:
        yield _finding("/region", "unknown-region", fault)


def _party_findings(contract: Contract) -> Iterator[Issue]:
    government, enterprise = contract.government, contract.enterprise
    for place, code in (("/government", government.code), ("/enterprise", enterprise.code)):
        if ":" not in code and uscc_fault(code) is CodeFault.INNER_CHECK_CHARACTER:
            detail = "统一社会信用代码第9至17位的主体标识码校验不符，请核对"
            yield _finding(f"{place}/uscc", CodeFault.INNER_CHECK_CHARACTER.value, detail)
    if ":" not in government.code and not government.code.startswith(_USCC_OF_BODIES):
        detail = "政府方应为机关或事业单位，其代码通常以11或12开头"
        yield _finding("/government/uscc", "government-code-unusual", detail)
    if enterprise.code.startswith(_USCC_OF_BODIES):
        yield _finding(
            "/enterprise/uscc", "enterprise-code-unusual", "企业方代码以11或12开头，请核对"
        )


def _amount_findings(contract: Contract, statute: Statute) -> Iterator[Issue]:
    owed = [
        (i, o)
        for i, o in enumerate(contract.obligations)
        if o.kind is Kind.PAYMENT and o.obligor is Side.GOVERNMENT
    ]
    for i, o in owed:
        if o.amount_fen is None:
            yield _finding(f"/obligations/{i}/amount", "amount-missing", "付款义务未填写金额")
    known = [o.amount_fen for _, o in owed if o.amount_fen is not None]
    total = sum(known)
    if contract.amount_fen not in (None, total) and known and len(known) == len(owed):
        whole, parts = spell_yuan(contract.amount_fen or 0), spell_yuan(total)
        detail = f"合同金额 {whole} 元，付款义务合计 {parts} 元"
        yield _finding("/amount", "amounts-do-not-add-up", detail)
    yield from _retention_findings(contract, [o for _, o in owed], statute)


def _retention_findings(
    contract: Contract, owed: list[Obligation], statute: Statute
) -> Iterator[Issue]:
    """Quality deposits of works over the limit in force at signing (建质〔2017〕138号 第七条)."""
    kept = sum(o.amount_fen or 0 for o in owed if o.retention)
    whole = contract.amount_fen or sum(o.amount_fen or 0 for o in owed)
    for limit in statute.limits:
        at_most = limit.at_most if limit.id == _RETENTION_LIMIT else None
        if contract.subject is not Subject.WORKS or not limit.holds_on(contract.signed_on):
            continue
        if at_most is not None and kept > whole * at_most:
            share = f"{at_most * 100:f}".rstrip("0").rstrip(".")
            detail = f"质量保证金 {spell_yuan(kept)} 元超过价款的 {share}%（{limit.source}）"
            yield _finding("/obligations", "retention-over-3-percent", detail)


class _Frowned(NamedTuple):
    """A clause the law frowns on, and the rule that says so."""

    code: str
    what: str
    rule: str
    #: What is to be said beside the rule.
    more: str = ""


_CLAUSES = {
    Clause.PAY_WHEN_PAID: _Frowned(
        "clause-pay-when-paid",
        "以收到第三方付款为付款条件",
        "ban.back-to-back",
        "；对机关、事业单位见条例第七条、第十四条及最长期限",
    ),
    Clause.AUDIT_AS_SETTLEMENT: _Frowned(
        "clause-audit-as-settlement", "以审计结果作为结算依据", "settlement.audit"
    ),
    Clause.FORCED_NONCASH: _Frowned(
        "clause-forced-noncash", "强制接受非现金支付方式", "ban.noncash"
    ),
}


def _clause_findings(contract: Contract, statute: Statute) -> Iterator[Issue]:
    """Clauses the law frowns on, in the words of the version in force at signing."""
    for clause, frowned in _CLAUSES.items():
        if clause not in contract.clauses:
            continue
        rule = statute.find_rule(frowned.rule, contract.signed_on)
        said = f"合同订立于 {contract.signed_on}，当时条例没有这项规定"
        if rule is not None:
            said = f"{rule.about}（{rule.source}）{frowned.more}"
        yield _finding(f"/clauses/{clause.value}", frowned.code, f"{frowned.what}：{said}")


def _date_findings(ledger: Ledger, standing: Standing, place: str) -> Iterator[Issue]:
    terms, due = standing.obligation, standing.due
    if terms.due_on is None and terms.after is None:
        yield _finding(place, "obligation-without-date", "未约定履行日期，请补录")
    elif standing.state is State.UNDATED:
        yield _finding(place, "term-missing", "已具备起算条件，但无约定期限亦无法定期限，请补录")
    if terms.due_on is not None and not ledger.statute.calendar.is_working_day(terms.due_on):
        yield _finding(
            f"{place}/due_on", "due-on-rest-day", f"约定日期 {terms.due_on} 为休息日，按原文不顺延"
        )
    if due.agreed_on is not None or _surely_over_ceiling(ledger, terms):
        ceiling = ledger.statute.term(CEILING_TERM, ledger.contract.signed_on)
        when = f"，以 {due.on} 监测" if due.agreed_on is not None else ""
        detail = f"约定付款期限超过法定最长期限{ceiling.period}（{ceiling.source}）{when}"
        yield _finding(
            f"{place}/within" if terms.within else f"{place}/due_on",
            "agreed-term-exceeds-ceiling",
            detail,
        )
    if due.provisional:
        yield _finding(
            place, "date-provisional", f"{due.on} 所在年度的放假安排尚未公布，日期为暂定"
        )
    if standing.claims:
        fen = sum(m.fen for m in standing.claims)
        detail = f"政府方称已付 {spell_yuan(fen)} 元，尚无对方、国库、银行或法院印证"
        yield _finding(place, "claim-unconfirmed", detail)


def _surely_over_ceiling(ledger: Ledger, terms: Obligation) -> bool:
    """Whether an agreed term is over the ceiling whatever day it starts on."""
    if terms.within is None or terms.after in (None, SIGNING):
        return False
    if not has_payment_term(ledger.contract, terms):
        return False
    before = next(o for o in ledger.contract.obligations if o.key == terms.after)
    if before.kind not in (Kind.DELIVERY, Kind.ACCEPTANCE, Kind.SETTLEMENT):
        return False
    ceiling = ledger.statute.find(CEILING_TERM, ledger.contract.signed_on)
    if ceiling is None:
        return False
    shortest = {Unit.DAY: 1, Unit.WORKING_DAY: 1, Unit.MONTH: 28, Unit.YEAR: 365}
    return terms.within.length * shortest[terms.within.unit] > ceiling.length


def fact_findings(
    facts: Iterable[Fact], obligations: Iterable[Obligation], today: date
) -> Iterator[Issue]:
    """Statements that are accepted and worth a look: of the future, or without effect."""
    creditor = {
        o.key: Source.ENTERPRISE if o.obligor is Side.GOVERNMENT else Source.GOVERNMENT
        for o in obligations
    }
    for i, fact in enumerate(facts):
        if fact.on > today:
            detail = f"{fact.on} 尚未到来；到当日才计入"
            yield _finding(f"/facts/{i}/on", "fact-in-future", detail)
        waives = fact.kind is FactKind.WAIVED and not fact.is_confirmed
        if waives and fact.by is not creditor.get(fact.obligation or ""):
            detail = "只有债权人可以放弃；未经其确认的放弃不生效"
            yield _finding(f"/facts/{i}", "waiver-without-effect", detail)


def late_registration(
    contract: Contract, registered_on: date, allowed_days: int
) -> Iterator[Issue]:
    """A contract that reached the register long after signing (a limit of the office)."""
    if registered_on > contract.signed_on + timedelta(days=allowed_days):
        days = (registered_on - contract.signed_on).days
        yield _finding("/signed_on", "registered-late", f"订立后 {days} 日才登记")
