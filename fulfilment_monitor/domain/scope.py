"""Whether a complaint is ours: coded questions, and where else to turn when it is not.

Source: 发改财金〔2023〕1103号 二（一）; 条例第二十五条第四款. A matter before a court or
an arbitrator, or under review, is taken in and goes on by that way; missing proof is never a
refusal.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from .case_codes import RejectReason


class Question(StrEnum):
    #: The respondent is a 机关 or 事业单位.
    PUBLIC_BODY = "public_body"
    #: The complainant is a private enterprise or an SME, or may be: unknown counts as yes.
    PRIVATE_OR_SME = "private_or_sme"
    #: One of the six fields, or one the office added.
    FIELD = "field"
    #: There is a contract, an agreement or a promise between the two.
    CONTRACT = "contract"


class Door(NamedTuple):
    """Why a complaint is not ours, and where it would be."""

    reason: RejectReason
    next_door: str


DOORS: Mapping[Question, Door] = {
    Question.PUBLIC_BODY: Door(
        RejectReason.NOT_PUBLIC_BODY,
        "被投诉主体是企业的，可以向人民法院起诉、依约申请仲裁；大型企业拖欠中小企业款项的，"
        "可以通过违约拖欠中小企业款项登记（投诉）平台投诉",
    ),
    Question.PRIVATE_OR_SME: Door(
        RejectReason.NOT_PRIVATE_ENTERPRISE,
        "可以通过12345政务服务热线、信访渠道反映，或者依法申请行政复议、提起诉讼",
    ),
    Question.FIELD: Door(
        RejectReason.OUTSIDE_FIELDS,
        "可以向该事项的主管部门反映，或者通过12345政务服务热线反映",
    ),
    Question.CONTRACT: Door(
        RejectReason.NO_CONTRACT,
        "可以作为线索反映，由监测核实；涉及行政行为的，可以依法申请行政复议、提起诉讼",
    ),
}

QUESTION_CHINESE = {
    Question.PUBLIC_BODY: "被投诉主体是机关或者事业单位",
    Question.PRIVATE_OR_SME: "投诉人是民营企业或者中小企业",
    Question.FIELD: "属于规定的领域",
    Question.CONTRACT: "与被投诉主体订有合同、协议或者有政策承诺",
}


def refused_scope(answers: Mapping[str, bool]) -> list[str]:
    """The questions answered with no, or not at all; empty when the complaint is ours.

    >>> refused_scope({q.value: True for q in Question})
    []
    """
    return [q.value for q in Question if not answers.get(q.value)]
