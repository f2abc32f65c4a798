"""The names of codes on officers' pages; the Chinese ones are those of the notices."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..domain.authority import CAPACITIES, ROLE_CHINESE
from ..domain.bodies import MATTER_CHINESE
from ..domain.case_clocks import CLOCK_CHINESE
from ..domain.case_codes import (
    Addressee,
    CloseReason,
    Contact,
    DismissReason,
    Excuse,
    Nature,
    Origin,
    RejectReason,
    Stream,
    Supervision,
    Verification,
)
from ..domain.case_codes import label as chinese_of
from ..domain.cases import EVENT_CHINESE, STATE_CHINESE, Answer, Judgment
from ..domain.letter_kinds import KINDS
from ..domain.measures import MeasureState
from ..domain.records import STATE_CHINESE as RECORD_CHINESE
from ..domain.records import EntryKind
from ..domain.scope import QUESTION_CHINESE
from ..domain.vault import ITEM_CHINESE
from .labels import Words

_ENGLISH = {
    "take_up": "Taken up",
    "find_substantiated": "Found true",
    "find_unsubstantiated": "Found untrue",
    "find_disputed": "Found disputed",
    "return": "Sent back",
    "list": "List for supervision",
    "lift": "Lift the listing",
    "hear": "Hear the respondent",
    "case.accept": "Decide on acceptance",
    "case.handle": "Written result",
    "case.rectify": "Put right",
    "prior-notice": "Notice before determination",
    "notice": "Order to put right",
    "reply": "Written answer",
    "ppp": "Public-private partnership",
    "sme_payment": "Payments to small and medium-sized enterprises",
}


def _english(code: str) -> str:
    words = _ENGLISH.get(code) or code.removeprefix("case.").replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _named(chinese: Mapping[Any, str]) -> dict[str, tuple[str, str]]:
    return {code.value: (zh, _english(code.value)) for code, zh in chinese.items()}


def _coded(*codes: type[StrEnum]) -> dict[str, tuple[str, str]]:
    return _named({code: chinese_of(code) for kind in codes for code in kind})


LABELS: dict[str, Words] = {
    "claim_state": _named(STATE_CHINESE),
    # what a complainant is told stands in Chinese, whatever it comes from
    "told": {
        zh: (zh, _english(code.value))
        for code, zh in (*EVENT_CHINESE.items(), *STATE_CHINESE.items())
    },
    "claim_event": _named(EVENT_CHINESE),
    "capacity": _named({role: ROLE_CHINESE[role] for role in CAPACITIES}),
    "clock": _named(CLOCK_CHINESE),
    "origin": _coded(Origin),
    "nature": _coded(Nature),
    "excuse": _coded(Excuse),
    "verification": _coded(Verification),
    "addressee": _coded(Addressee),
    "contact": _coded(Contact),
    "reject_reason": _coded(RejectReason),
    "dismiss_reason": _coded(DismissReason),
    "close_reason": _coded(CloseReason),
    "supervision": _coded(Supervision),
    "stream": _coded(Stream),
    "objection_answer": {
        Answer.UPHELD.value: ("异议成立", "Upheld"),
        Answer.REJECTED.value: ("异议不成立", "Rejected"),
    },
    "judgment": {
        Judgment.FOR_COMPLAINANT.value: ("支持投诉人", "For the complainant"),
        Judgment.FOR_RESPONDENT.value: ("支持被投诉主体", "For the respondent"),
        Judgment.SETTLED.value: ("调解结案", "Settled"),
    },
    "scope": _named(QUESTION_CHINESE),
    "letter": {kind.value: (rule.label, _english(kind.value)) for kind, rule in KINDS.items()},
    "letter_to": {
        "complainant": ("投诉人", "Complainant"),
        "respondent": ("被投诉主体", "Respondent"),
        "handler": ("承办单位", "Handling body"),
    },
    "measure_state": {
        MeasureState.PROPOSED.value: ("待答复", "Proposed"),
        MeasureState.IMPOSED.value: ("已实施", "Imposed"),
        MeasureState.DECLINED.value: ("不适用", "Declined"),
        MeasureState.ENDING.value: ("待确认解除", "To be ended"),
        MeasureState.ENDED.value: ("已解除", "Ended"),
    },
    "arrears_state": {
        "unpaid": ("未支付", "Unpaid"),
        "partly-paid": ("部分支付", "Partly paid"),
        "disputed": ("有争议", "Disputed"),
    },
    "matter": _named(MATTER_CHINESE),
    "record_state": _named(RECORD_CHINESE),
    "entry_kind": {
        EntryKind.LISTED.value: ("列入", "Listed"),
        EntryKind.CORRECTED.value: ("更正", "Corrected"),
        EntryKind.REPAIRED.value: ("修复", "Repaired"),
        EntryKind.ENDED.value: ("退出", "Ended"),
        EntryKind.WITHDRAWN.value: ("撤销", "Withdrawn"),
    },
    "vault_item": _named(ITEM_CHINESE),
    "request_state": {
        "waiting": ("待决定", "Waiting"),
        "approved": ("已同意，待查阅", "Approved"),
        "refused": ("不同意", "Refused"),
        "opened": ("已查阅", "Opened"),
        "lapsed": ("已过期", "Lapsed"),
    },
    "desk": {
        "mine": ("我经办的", "Mine"),
        "body": ("本单位的", "My body's"),
        "line": ("本条线、本地区的", "My line's"),
        "review": ("待我复核的", "To review"),
    },
    "sign": {
        "contract-ended": ("终止合同", "Contract ended"),
        "contract-suspended": ("中止合同履行", "Contract suspended"),
        "contract-changed": ("变更合同条款", "Contract changed"),
        "acceptance-rejected": ("拒绝验收", "Acceptance refused"),
    },
}
