"""The life of a claim as a table: states, events, who may, and on what it rests.

A case is a folder; the table runs per claim, one obligation and one respondent. Legality,
buttons, clocks, messages, the diagram and the tests all come from these rows.

Source: 发改财金〔2023〕1103号 二; 保障中小企业款项支付条例（国务院令第802号）第二十一条至第二十六条.
"""

from enum import StrEnum
from typing import NamedTuple

from .authority import Role
from .errors import Refusal


class IllegalStep(Refusal):
    """The table has no such row; `allowed` lists the events that are open."""

    code = "case.not-open"
    title = "The case is not open to this step"
    status = 409


class State(StrEnum):
    #: Raised by the sweep; nobody has complained yet.
    LEAD = "lead"
    #: A complaint has come in.
    RECEIVED = "received"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    VERIFYING = "verifying"
    UNSUBSTANTIATED = "unsubstantiated"
    SUBSTANTIATED = "substantiated"
    RECTIFYING = "rectifying"
    NEGOTIATING = "negotiating"
    LEGAL = "legal"
    SETTLED = "settled"
    RECTIFIED = "rectified"
    REFUSED = "refused"
    DETERMINATION_NOTIFIED = "determination_notified"
    DETERMINED = "determined"
    CLOSED = "closed"


STATE_CHINESE = {
    State.LEAD: "线索",
    State.RECEIVED: "已收到",
    State.REJECTED: "不予受理",
    State.WITHDRAWN: "已撤回",
    State.ACCEPTED: "已受理",
    State.TRANSFERRED: "已转交",
    State.VERIFYING: "核实中",
    State.UNSUBSTANTIATED: "不属实",
    State.SUBSTANTIATED: "属实",
    State.RECTIFYING: "整改中",
    State.NEGOTIATING: "有分歧，协商中",
    State.LEGAL: "法律途径",
    State.SETTLED: "已和解",
    State.RECTIFIED: "已整改",
    State.REFUSED: "拒不整改",
    State.DETERMINATION_NOTIFIED: "已告知拟认定",
    State.DETERMINED: "已认定违约失信",
    State.CLOSED: "已办结",
}


class Event(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    REQUEST_SUPPLEMENT = "request_supplement"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"
    MERGE = "merge"
    SPLIT = "split"
    TRANSFER = "transfer"
    HAND_DOWN = "hand_down"
    RETURN = "return"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    TAKE_UP = "take_up"
    EXTEND = "extend"
    CONTACT = "contact"
    ANSWER = "answer"
    FIND_UNSUBSTANTIATED = "find_unsubstantiated"
    EXPLAIN = "explain"
    FIND_SUBSTANTIATED = "find_substantiated"
    FIND_DISPUTED = "find_disputed"
    LOG_ROUND = "log_round"
    SETTLE = "settle"
    SETTLEMENT_BROKEN = "settlement_broken"
    RECTIFY = "rectify"
    REMIND = "remind"
    CONFIRM_RECTIFIED = "confirm_rectified"
    REFUSE = "refuse"
    NOTIFY_DETERMINATION = "notify_determination"
    HEAR = "hear"
    PROPOSE_DETERMINATION = "propose_determination"
    DECLINE_DETERMINATION = "decline_determination"
    APPROVE_DETERMINATION = "approve_determination"
    OBJECT = "object"
    DECIDE_OBJECTION = "decide_objection"
    REVOKE_DETERMINATION = "revoke_determination"
    GO_TO_LAW = "go_to_law"
    LOOK_AGAIN = "look_again"
    RECORD_JUDGMENT = "record_judgment"
    RESUME = "resume"
    LIST = "list"
    REPORT_PROGRESS = "report_progress"
    LIFT = "lift"
    REQUEST_REPAIR = "request_repair"
    CONFIRM_REPAIR = "confirm_repair"
    DECLINE_REPAIR = "decline_repair"
    REOPEN = "reopen"
    CLOSE = "close"


EVENT_CHINESE = {
    Event.ACCEPT: "受理",
    Event.REJECT: "不予受理",
    Event.REQUEST_SUPPLEMENT: "要求补正",
    Event.SUPPLEMENT: "补正",
    Event.WITHDRAW: "撤回投诉",
    Event.DISMISS: "线索不立案",
    Event.MERGE: "并案",
    Event.SPLIT: "分案",
    Event.TRANSFER: "转交",
    Event.HAND_DOWN: "交办",
    Event.RETURN: "退回",
    Event.ESCALATE: "提级办理",
    Event.REASSIGN: "回避改派",
    Event.TAKE_UP: "接办",
    Event.EXTEND: "延长期限",
    Event.CONTACT: "联系投诉人",
    Event.ANSWER: "书面答复",
    Event.FIND_UNSUBSTANTIATED: "核实为不属实",
    Event.EXPLAIN: "解释说明",
    Event.FIND_SUBSTANTIATED: "核实为属实",
    Event.FIND_DISPUTED: "核实为有分歧",
    Event.LOG_ROUND: "记录协商",
    Event.SETTLE: "达成和解",
    Event.SETTLEMENT_BROKEN: "和解未履行",
    Event.RECTIFY: "责令整改",
    Event.REMIND: "催告",
    Event.CONFIRM_RECTIFIED: "确认整改完成",
    Event.REFUSE: "记录拒不整改",
    Event.NOTIFY_DETERMINATION: "告知拟认定",
    Event.HEAR: "听取陈述申辩",
    Event.PROPOSE_DETERMINATION: "提出认定",
    Event.DECLINE_DETERMINATION: "不同意认定",
    Event.APPROVE_DETERMINATION: "批准认定",
    Event.OBJECT: "提出异议",
    Event.DECIDE_OBJECTION: "异议决定",
    Event.REVOKE_DETERMINATION: "撤销认定",
    Event.GO_TO_LAW: "进入法律途径",
    Event.LOOK_AGAIN: "跟踪法律程序",
    Event.RECORD_JUDGMENT: "记录裁判结果",
    Event.RESUME: "恢复核实",
    Event.LIST: "挂牌督办",
    Event.REPORT_PROGRESS: "报告进展",
    Event.LIFT: "解除挂牌",
    Event.REQUEST_REPAIR: "申请信用修复",
    Event.CONFIRM_REPAIR: "确认信用修复",
    Event.DECLINE_REPAIR: "不予信用修复",
    Event.REOPEN: "重新办理",
    Event.CLOSE: "办结",
}


class Guard(StrEnum):
    """What must be so besides the state; each is a question put to the claim's own record."""

    #: The coded questions of scope were answered, and answered so that the case is ours.
    IN_SCOPE = "in_scope"
    #: Asked for missing items at most once.
    ASKED_ONCE = "asked_once"
    #: Nobody else complains of it and the register shows no breach.
    NOBODY_LEFT = "nobody_left"
    #: The addressee is eligible: never the respondent, nor anyone near it.
    ELIGIBLE = "eligible"
    WITHIN_CEILING = "within_ceiling"
    #: What both sides say is on record.
    POSITIONS = "positions"
    EXPLAINED = "explained"
    CONTACTED = "contacted"
    ANSWERED = "answered"
    #: Served notice, reminder after its date or declared refusal, and no accepted reason.
    REFUSAL_SHOWN = "refusal_shown"
    #: Every obligation of the claim is met by facts both sides or a third stand for.
    MET = "met"
    BOTH_AGREED = "both_agreed"
    #: The period to state and be heard is over, or used.
    HEARD = "heard"
    PROPOSED = "proposed"
    ANOTHER_PERSON = "another_person"
    #: The settlement has in fact been missed.
    BROKEN = "broken"
    NOT_LISTED = "not_listed"
    LISTED = "listed"
    #: Its handler reports what is listed; its respondent what it puts right, with evidence.
    REPORTABLE = "reportable"
    NOT_CONTESTED = "not_contested"
    CONTESTED = "contested"
    #: An application for repair is open.
    REPAIR_ASKED = "repair_asked"
    #: No obligation, record or measure is open.
    NOTHING_OPEN = "nothing_open"


class Transition(NamedTuple):
    source: State
    event: Event
    target: State
    #: In which capacities it may be done.
    roles: frozenset[Role]
    #: What was decided, where an event has more than one end.
    outcome: str = ""
    needs: tuple[Guard, ...] = ()
    #: The topic told to other platforms.
    tells: str = ""
    #: The article that allows it.
    basis: str = ""


class Answer(StrEnum):
    """How an objection was decided."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Judgment(StrEnum):
    FOR_COMPLAINANT = "for_complainant"
    FOR_RESPONDENT = "for_respondent"
    SETTLED = "settled"


S, E, R, G = State, Event, Role, Guard
_N2 = "发改财金〔2023〕1103号 二（二）"
_N6 = "发改财金〔2023〕1103号 三（六）"
_N8 = "发改财金〔2023〕1103号 四（八）"
_D25 = "条例第二十五条"
_BENGBU = "蚌信用办〔2024〕1号 二（二）"
_OURS = "本平台规则"
_ENTRY = (R.INTAKE, R.CREDIT_LEAD)
_HANDS = (R.HANDLER,)
_LATER = (S.SUBSTANTIATED, S.RECTIFYING)
_ROWS = (
    # sources, event, target, roles, outcome, needs, tells, basis
    # --- taken in ---
    (S.LEAD, E.ACCEPT, S.ACCEPTED, _ENTRY, "", (), "case.accepted", _N2),
    (S.LEAD, E.DISMISS, S.CLOSED, (*_ENTRY, R.SYSTEM), "", (), "case.closed", _OURS),
    (S.RECEIVED, E.ACCEPT, S.ACCEPTED, _ENTRY, "", (G.IN_SCOPE,), "case.accepted", _D25),
    (S.RECEIVED, E.REJECT, S.REJECTED, _ENTRY, "", (), "case.rejected", _D25),
    (S.RECEIVED, E.REQUEST_SUPPLEMENT, S.RECEIVED, _ENTRY, "", (G.ASKED_ONCE,), "case.progress", _OURS),
    (S.RECEIVED, E.SUPPLEMENT, S.RECEIVED, (R.COMPLAINANT, *_ENTRY), "", (), "", _OURS),
    ((S.LEAD, S.RECEIVED, S.ACCEPTED), E.HAND_DOWN, S.TRANSFERRED, (R.CREDIT_LEAD, R.SUPERVISOR), "", (G.ELIGIBLE,), "case.transferred", _N8),
    ((S.RECEIVED, S.ACCEPTED, S.TRANSFERRED, S.VERIFYING, S.NEGOTIATING), E.WITHDRAW, S.WITHDRAWN, (R.COMPLAINANT, *_ENTRY), "", (G.NOBODY_LEFT,), "case.closed", _OURS),
    # --- passed on ---
    (S.ACCEPTED, E.TRANSFER, S.TRANSFERRED, _ENTRY, "", (G.ELIGIBLE,), "case.transferred", _D25 + "第一款"),
    (S.TRANSFERRED, E.RETURN, S.ACCEPTED, _HANDS, "", (), "case.progress", "黑营商发〔2023〕19号 二"),
    ((S.TRANSFERRED, S.VERIFYING), E.ESCALATE, S.TRANSFERRED, (R.CREDIT_LEAD, R.SUPERVISOR, R.SYSTEM), "", (G.ELIGIBLE,), "case.transferred", "黑营商发〔2023〕19号 二"),
    (S.TRANSFERRED, E.TAKE_UP, S.VERIFYING, _HANDS, "", (), "case.progress", "云发改财金〔2023〕1064号 二（二）"),
    # --- verified ---
    ((S.VERIFYING, S.NEGOTIATING, S.LEGAL), E.EXTEND, None, (R.DIRECTOR,), "", (G.WITHIN_CEILING,), "case.progress", _D25 + "第二款"),
    ((S.VERIFYING, S.NEGOTIATING), E.FIND_UNSUBSTANTIATED, S.UNSUBSTANTIATED, _HANDS, "", (), "case.verified", _N2),
    ((S.VERIFYING, S.NEGOTIATING), E.FIND_SUBSTANTIATED, S.SUBSTANTIATED, _HANDS, "", (G.POSITIONS,), "case.verified", _N2),
    ((S.VERIFYING, *_LATER), E.FIND_DISPUTED, S.NEGOTIATING, _HANDS, "", (), "case.verified", _BENGBU),
    (S.UNSUBSTANTIATED, E.EXPLAIN, S.UNSUBSTANTIATED, _HANDS, "", (), "case.answered", _N2),
    # --- disputed ---
    (S.NEGOTIATING, E.LOG_ROUND, S.NEGOTIATING, _HANDS, "", (), "", _BENGBU),
    ((S.VERIFYING, S.NEGOTIATING, *_LATER), E.GO_TO_LAW, S.LEGAL, (R.HANDLER, R.INTAKE, R.COMPLAINANT), "", (), "case.progress", _BENGBU),
    (S.LEGAL, E.LOOK_AGAIN, S.LEGAL, _HANDS, "", (), "", _BENGBU),
    (S.LEGAL, E.RECORD_JUDGMENT, S.SUBSTANTIATED, _HANDS, Judgment.FOR_COMPLAINANT, (), "case.verified", _BENGBU),
    (S.LEGAL, E.RECORD_JUDGMENT, S.UNSUBSTANTIATED, _HANDS, Judgment.FOR_RESPONDENT, (), "case.verified", _BENGBU),
    (S.LEGAL, E.RECORD_JUDGMENT, S.SETTLED, _HANDS, Judgment.SETTLED, (G.BOTH_AGREED,), "case.settled", _BENGBU),
    ((S.NEGOTIATING, S.LEGAL), E.RESUME, S.VERIFYING, _HANDS, "", (), "case.progress", _OURS),
    # --- put right ---
    (S.SUBSTANTIATED, E.RECTIFY, S.RECTIFYING, _HANDS, "", (), "case.progress", _N2),
    (S.RECTIFYING, E.REMIND, S.RECTIFYING, _HANDS, "", (), "", _N2),
    ((S.RECTIFYING, S.SETTLED, S.REFUSED, S.DETERMINATION_NOTIFIED), E.CONFIRM_RECTIFIED, S.RECTIFIED, _HANDS, "", (G.MET,), "case.rectified", _N2),
    ((S.NEGOTIATING, *_LATER, S.REFUSED, S.DETERMINATION_NOTIFIED), E.SETTLE, S.SETTLED, _HANDS, "", (G.BOTH_AGREED,), "case.settled", _BENGBU),
    (S.SETTLED, E.SETTLEMENT_BROKEN, S.SUBSTANTIATED, (R.SYSTEM, R.HANDLER), "", (G.BROKEN,), "case.reopened", _BENGBU),
    (S.RECTIFYING, E.REFUSE, S.REFUSED, _HANDS, "", (G.REFUSAL_SHOWN,), "case.progress", _N2),
    # --- determined ---
    (S.REFUSED, E.NOTIFY_DETERMINATION, S.DETERMINATION_NOTIFIED, _HANDS, "", (), "case.progress", _N2),
    (S.DETERMINATION_NOTIFIED, E.HEAR, S.DETERMINATION_NOTIFIED, _HANDS, "", (), "", _N2),
    (S.DETERMINATION_NOTIFIED, E.PROPOSE_DETERMINATION, S.DETERMINATION_NOTIFIED, _HANDS, "", (G.HEARD,), "", _N2),
    (S.DETERMINATION_NOTIFIED, E.DECLINE_DETERMINATION, S.DETERMINATION_NOTIFIED, (R.DIRECTOR,), "", (G.PROPOSED, G.ANOTHER_PERSON), "", _N2),
    (S.DETERMINATION_NOTIFIED, E.APPROVE_DETERMINATION, S.DETERMINED, (R.DIRECTOR,), "", (G.PROPOSED, G.ANOTHER_PERSON), "case.determined", _N2),
    ((S.UNSUBSTANTIATED, S.DETERMINED), E.OBJECT, None, (R.RESPONDENT, R.COMPLAINANT, R.INTAKE), "", (G.NOT_CONTESTED,), "case.progress", _OURS),
    ((S.UNSUBSTANTIATED, S.DETERMINED), E.DECIDE_OBJECTION, S.VERIFYING, (R.REVIEWER,), Answer.UPHELD, (G.CONTESTED,), "case.reopened", _OURS),
    ((S.UNSUBSTANTIATED, S.DETERMINED), E.DECIDE_OBJECTION, None, (R.REVIEWER,), Answer.REJECTED, (G.CONTESTED,), "case.progress", _OURS),
    (S.DETERMINED, E.REVOKE_DETERMINATION, S.VERIFYING, (R.DIRECTOR, R.REVIEWER), "", (), "case.reopened", _OURS),
    # --- repaired ---
    (S.DETERMINED, E.REQUEST_REPAIR, S.DETERMINED, (R.RESPONDENT, R.HANDLER), "", (G.NOT_CONTESTED,), "case.progress", _N6),
    (S.DETERMINED, E.CONFIRM_REPAIR, S.RECTIFIED, (R.DIRECTOR,), "", (G.REPAIR_ASKED, G.MET, G.ANOTHER_PERSON), "case.repaired", _N6),
    (S.DETERMINED, E.DECLINE_REPAIR, S.DETERMINED, (R.DIRECTOR,), "", (G.REPAIR_ASKED,), "case.progress", _N6),
    # --- ended, and begun again ---
    (S.UNSUBSTANTIATED, E.CLOSE, S.CLOSED, _HANDS, "", (G.EXPLAINED, G.CONTACTED, G.NOT_CONTESTED, G.NOT_LISTED), "case.closed", _N2),
    (S.NEGOTIATING, E.CLOSE, S.CLOSED, _HANDS, "", (G.ANSWERED, G.CONTACTED, G.NOT_LISTED), "case.closed", _BENGBU),
    (S.RECTIFIED, E.CLOSE, S.CLOSED, _HANDS, "", (G.ANSWERED, G.NOTHING_OPEN, G.NOT_LISTED), "case.closed", _N2),
    ((S.UNSUBSTANTIATED, S.RECTIFIED), E.REOPEN, S.VERIFYING, (R.HANDLER, R.REVIEWER, R.CREDIT_LEAD), "", (), "case.reopened", _OURS),
    (S.CLOSED, E.REOPEN, S.ACCEPTED, _ENTRY, "", (), "case.reopened", _OURS),
    ((S.REJECTED, S.WITHDRAWN), E.REOPEN, S.RECEIVED, _ENTRY, "", (), "case.reopened", _OURS),
)  # fmt: skip

#: States nobody waits in; a reason can open them again.
FINAL = frozenset({S.REJECTED, S.WITHDRAWN, S.CLOSED})
LIVE = tuple(s for s in State if s not in FINAL)
_HANDLED = tuple(s for s in LIVE if s not in (S.LEAD, S.RECEIVED, S.ACCEPTED))
#: In these a respondent is putting right what was found, or keeping what was settled.
_PUTTING_RIGHT = (S.RECTIFYING, S.SETTLED)
_REPORTED = tuple(s for s in _HANDLED if s not in _PUTTING_RIGHT)
#: What may be done in many states and changes none of them.
_BESIDE = (
    (LIVE, E.MERGE, None, _ENTRY, "", (), "", _OURS),
    (LIVE, E.SPLIT, None, _ENTRY, "", (), "", _OURS),
    (LIVE, E.REASSIGN, None, (R.SYSTEM,), "", (), "", _N2),
    (LIVE, E.CONTACT, None, (R.INTAKE, R.HANDLER, R.CREDIT_LEAD), "", (), "", _BENGBU),
    (_HANDLED, E.ANSWER, None, _HANDS, "", (), "case.answered", _D25 + "第二款"),
    (_HANDLED, E.LIST, None, (R.CREDIT_LEAD, R.SUPERVISOR), "", (G.NOT_LISTED,), "case.progress", _N8),
    (_REPORTED, E.REPORT_PROGRESS, None, _HANDS, "", (G.LISTED,), "", _N8),
    (_PUTTING_RIGHT, E.REPORT_PROGRESS, None, (R.HANDLER, R.RESPONDENT), "", (G.REPORTABLE,), "", _N2),
    (_HANDLED, E.LIFT, None, (R.CREDIT_LEAD, R.SUPERVISOR), "", (G.LISTED,), "case.progress", _N8),
)  # fmt: skip


def _expand() -> tuple[Transition, ...]:
    found = []
    for sources, event, target, roles, outcome, needs, tells, basis in (*_ROWS, *_BESIDE):
        for source in sources if isinstance(sources, tuple) else (sources,):
            end = source if target is None else target
            row = Transition(
                source, event, end, frozenset(roles), str(outcome), needs, tells, basis
            )
            found.append(row)
    return tuple(found)


TRANSITIONS = _expand()
_BY_KEY = {(t.source, t.event, t.outcome): t for t in TRANSITIONS}
#: In which capacities an event can be done at all, whatever the state.
ROLES_OF = {
    event: frozenset(role for t in TRANSITIONS if t.event is event for role in t.roles)
    for event in Event
}


def step(state: State, event: Event, outcome: str = "") -> Transition:
    """The transition `event` fires from `state`.

    Raises:
        IllegalStep: the table has no such row; `allowed` names what is open.
    """
    found = _BY_KEY.get((state, event, outcome))
    if found is not None:
        return found
    ends = sorted(t.outcome for t in TRANSITIONS if (t.source, t.event) == (state, event))
    if ends:
        wanted = f"{event} decides {' or '.join(ends)}, not {outcome!r}"
        raise IllegalStep(wanted, outcomes=ends)
    raise IllegalStep(f"cannot {event} a claim that is {state}", allowed=events_open(state))


def events_open(state: State, role: Role | None = None) -> list[str]:
    """The events the table has for a state, in the order of the table; for one role, or all."""
    rows = (t for t in TRANSITIONS if t.source is state and (role is None or role in t.roles))
    return list(dict.fromkeys(t.event.value for t in rows))


def mermaid() -> str:
    """The table as a Mermaid state diagram, without what changes no state."""
    lines = ["stateDiagram-v2", f"    [*] --> {S.LEAD}: sweep", f"    [*] --> {S.RECEIVED}"]
    for t in TRANSITIONS:
        if t.source is t.target:
            continue
        decided = f" [{t.outcome}]" if t.outcome else ""
        roles = ", ".join(sorted(t.roles))
        lines.append(f"    {t.source} --> {t.target}: {t.event}{decided} ({roles})")
    lines += [f"    {s} --> [*]" for s in sorted(FINAL)]
    return "\n".join(lines) + "\n"
