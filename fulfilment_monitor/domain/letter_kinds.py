"""Letters: which there are, to whom, who may issue them, and what each may say, as a table.

Source: 发改财金〔2023〕1103号 二（二）、三（五）、三（六）.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from .authority import Role
from .cases import Event

#: What is filled in; several texts are a numbered list where they stand alone.
Value = str | tuple[str, ...]


class LetterKind(StrEnum):
    ACCEPTANCE = "acceptance"
    REJECTION = "rejection"
    TRANSFER = "transfer"
    SUPERVISION = "supervision"
    EXPLANATION = "explanation"
    REPLY = "reply"
    NOTICE = "notice"
    PRIOR_NOTICE = "prior-notice"
    DECISION = "decision"
    MEASURES = "measures"
    REPAIR = "repair"
    REPAIR_DECLINED = "repair-declined"


class Audience(StrEnum):
    COMPLAINANT = "complainant"
    RESPONDENT = "respondent"
    #: The body that holds the claim.
    HANDLER = "handler"


class Rule(NamedTuple):
    """One kind of letter: what it tells, to whom, who may issue it, and what it has to say."""

    label: str
    audience: Audience
    #: The events it tells of, the latest counts; none: it rests on a signed act of supervision.
    events: tuple[Event, ...]
    #: In which capacities it may be issued.
    roles: tuple[Role, ...]
    #: Fields that stand in every such letter, whatever an office makes of the template.
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    #: Events after which it may not be issued any more.
    undone_by: tuple[Event, ...] = ()
    #: Whether it can exist only after a determination; before one nothing speaks of 失信.
    after_determination: bool = False
    #: Whether it bears a number that was given with the act.
    numbered: bool = False


E, K, R = Event, LetterKind, Role
#: It is verified once more; a letter about what came before is out of date.
_AGAIN = (E.REOPEN, E.RESUME, E.REVOKE_DETERMINATION, E.DECIDE_OBJECTION)
_HANDS = (R.HANDLER, R.DIRECTOR)
_CURED = (E.CONFIRM_RECTIFIED, E.SETTLE)
_ENTRY = (R.INTAKE, R.CREDIT_LEAD)
KINDS: Mapping[LetterKind, Rule] = {
    K.ACCEPTANCE: Rule(
        "受理告知书", Audience.COMPLAINANT, (E.ACCEPT,), _ENTRY,
        ("claim", "respondent", "legal_basis"), ("note",), (E.WITHDRAW, E.REOPEN),
    ),
    K.REJECTION: Rule(
        "不予受理告知书", Audience.COMPLAINANT, (E.REJECT,), _ENTRY,
        ("claim", "respondent", "reason", "next_door"), ("note",), (E.REOPEN,),
    ),
    K.TRANSFER: Rule(
        "转办函", Audience.HANDLER, (E.TRANSFER, E.HAND_DOWN, E.ESCALATE),
        (R.INTAKE, R.CREDIT_LEAD, R.SUPERVISOR), ("respondent", "area", "source"),
        ("matter", "answer_by"), (E.RETURN, *_AGAIN),
    ),
    K.SUPERVISION: Rule(
        "督办书", Audience.HANDLER, (), (R.CREDIT_LEAD, R.SUPERVISOR),
        ("claim", "respondent", "demand"), ("limit", "limit_on"), numbered=True,
    ),
    K.EXPLANATION: Rule(
        "不属实的解释说明", Audience.COMPLAINANT, (E.EXPLAIN,), _HANDS,
        ("claim", "respondent", "text", "remedies"), (),
        (*_AGAIN, E.FIND_SUBSTANTIATED, E.FIND_DISPUTED),
    ),
    K.REPLY: Rule(
        "答复书", Audience.COMPLAINANT, (E.ANSWER,), _HANDS,
        ("claim", "respondent", "text", "remedies"), ("result",), _AGAIN,
    ),
    K.NOTICE: Rule(
        "责令整改通知书", Audience.RESPONDENT, (E.RECTIFY,), _HANDS, ("items", "due_on"),
        ("result", "breach", "amount", "legal_basis"),
        (*_AGAIN, *_CURED, E.FIND_DISPUTED, E.GO_TO_LAW),
    ),
    K.PRIOR_NOTICE: Rule(
        "拟认定告知书", Audience.RESPONDENT, (E.NOTIFY_DETERMINATION,), _HANDS,
        ("facts", "grounds", "statement_until"), (), (*_AGAIN, *_CURED),
    ),
    K.DECISION: Rule(
        "认定决定书", Audience.RESPONDENT, (E.APPROVE_DETERMINATION,), _HANDS,
        ("respondent", "facts", "article", "breach", "remedies"),
        ("amount", "violation", "excuse", "heard"), _AGAIN,
        after_determination=True, numbered=True,
    ),
    K.MEASURES: Rule(
        "失信惩戒措施告知书", Audience.RESPONDENT, (E.APPROVE_DETERMINATION,),
        (R.HANDLER, R.DIRECTOR, R.CREDIT_LEAD, R.INTAKE), ("decision_no", "measures"), (),
        _AGAIN, after_determination=True,
    ),
    K.REPAIR: Rule(
        "信用修复决定书", Audience.RESPONDENT, (E.CONFIRM_REPAIR,), _HANDS, ("decision_no",),
        ("measures",), _AGAIN, after_determination=True,
    ),
    K.REPAIR_DECLINED: Rule(
        "不予信用修复决定书", Audience.RESPONDENT, (E.DECLINE_REPAIR,), _HANDS,
        ("decision_no", "reason"), (), (*_AGAIN, E.CONFIRM_REPAIR), after_determination=True,
    ),
}  # fmt: skip

#: Filled in only where somebody complained and all who did are willing to be known.
OPENLY = ("enterprise", "contract_no", "contract_title", "obligation", "claimed", "summary")
#: What a letter to each audience may say beside the fields of its kind. Nothing else leaves.
ALLOWED: Mapping[Audience, tuple[str, ...]] = {
    Audience.RESPONDENT: ("respondent", "area", "matter", "source", *OPENLY),
    Audience.HANDLER: ("respondent", "area", "matter", "breach", "source", "claim", *OPENLY),
    Audience.COMPLAINANT: ("respondent", "area", "claim", "contract_no", "contract_title"),
}
#: What people have written freely; it may name what every other field is careful about.
FREE = (
    "items", "facts", "grounds", "article", "remedies", "heard", "legal_basis", "demand", "reason",
)  # fmt: skip
#: What every letter has, wherever its template ends.
FRAME = ("addressee", "issuer", "number")


def fields_of(kind: LetterKind) -> tuple[str, ...]:
    """The fields a template of a kind may mention."""
    rule = KINDS[kind]
    return tuple(dict.fromkeys((*rule.required, *rule.optional, *ALLOWED[rule.audience])))
