"""A complaint as a JSON document; unknown keys are refused, every fault is located.

`{channel, source_no?, origin?, received_on?, respondent: {uscc?, name?}, complainant?: {name?,
uscc?, ownership?, size?, contact?, informant?}, confidential?, refuses_contact?, contract_no?,
contract?: {title?, contract_no?, signed_on?, region?, field?, amount?}, items: [{obligation? |
matter?, breach, amount?}], words?, demand?, natures?: [code], evidence?: [sha256],
judicial_status?: {route, organ, number}, summary?, classified?}`; amounts are yuan as text.
"""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from ..domain.case_codes import Breach, Nature, Origin, Route
from ..domain.complaints import Complainant, Described, Item, Message, Respondent, Suit
from ..domain.errors import Invalid, Issue
from ..domain.parties import FAULT_DETAIL, CodeFault, Ownership, Size, uscc_fault
from .fields import Code, Day, Flag, Own, Strict, Text, Yuan, issues_of

_MOST_ITEMS, _MOST_FILES = 50, 50
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REGION = re.compile(r"[0-9]{6}")
#: Ways by which a dispute is before somebody who decides.
_BEFORE_A_JUDGE = (Route.RECONSIDERATION, Route.ARBITRATION, Route.LITIGATION)


class Uscc(Own[str]):
    """A 统一社会信用代码 whose check characters match; `scheme:id` in a foreign register."""

    def take(self, value: Any) -> str:
        code = Text(120).take(value)
        fault = None if ":" in code else uscc_fault(code)
        if fault is not None and fault is not CodeFault.INNER_CHECK_CHARACTER:
            raise ValidationError(FAULT_DETAIL[fault])
        return code


class Matching(Own[str]):
    """A text of one form."""

    def __init__(self, form: re.Pattern[str], wanted: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form, self.wanted = form, wanted

    def take(self, value: Any) -> str:
        if not isinstance(value, str) or not self.form.fullmatch(value):
            raise ValidationError(f"this is {self.wanted}")
        return value


class RespondentIn(Strict):
    uscc = Uscc()
    name = Text(300)

    def check(self, shape: dict[str, Any]) -> None:
        if not shape:
            raise ValidationError("whom is it about? give the code or the name")


class ComplainantIn(Strict):
    name = Text(300)
    uscc = Uscc()
    ownership = Code(Ownership)
    size = Code(Size)
    contact = Text(300)
    informant = Flag()


class DescribedIn(Strict):
    title = Text(200)
    contract_no = Text(100)
    signed_on = Day()
    region = Matching(_REGION, "the six digits of GB/T 2260")
    field = Text(40)
    amount = Yuan()


class ItemIn(Strict):
    obligation = Text(80)
    matter = Text(500)
    breach = Code(Breach, required=True)
    amount = Yuan()

    def check(self, shape: dict[str, Any]) -> None:
        if "obligation" not in shape and "matter" not in shape:
            raise ValidationError("what is owed? name the obligation, or say it in words")


class SuitIn(Strict):
    route = Code(Route, required=True)
    organ = Text(200, required=True)
    number = Text(120, required=True)

    def check(self, shape: dict[str, Any]) -> None:
        if shape.get("route") not in _BEFORE_A_JUDGE:
            known = ", ".join(_BEFORE_A_JUDGE)
            raise ValidationError({"route": [f"one of: {known}"]})


def _size_of_list(most: int) -> validate.Length:
    return validate.Length(min=1, max=most, error=f"from 1 to {most} of them")


class ComplaintIn(Strict):
    channel = Text(40, required=True)
    source_no = Text(120)
    origin = Code(Origin)
    received_on = Day()
    respondent = fields.Nested(RespondentIn, required=True)
    complainant = fields.Nested(ComplainantIn)
    confidential = Flag()
    refuses_contact = Flag()
    contract_no = Text(100)
    contract = fields.Nested(DescribedIn)
    items = fields.List(fields.Nested(ItemIn), required=True, validate=_size_of_list(_MOST_ITEMS))
    words = Text(20_000, lines=True)
    demand = Text(4_000, lines=True)
    natures = fields.List(Code(Nature))
    evidence = fields.List(
        Matching(_SHA256, "a SHA-256, 64 small hexadecimal digits"),
        validate=_size_of_list(_MOST_FILES),
    )
    judicial_status = fields.Nested(SuitIn)
    summary = Text(4_000, lines=True)
    classified = Flag()


_COMPLAINT = ComplaintIn()


def read_complaint(document: object) -> Message:
    """One complaint.

    Raises:
        Invalid: with every fault of shape found; or the contract is a state secret, of which
            nothing is kept here.
    """
    try:
        shape: dict[str, Any] = _COMPLAINT.load(document)  # type: ignore[arg-type]
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None
    if shape.get("classified"):
        detail = "涉及国家秘密的合同不得在本平台登记、投诉，请通过保密渠道反映"
        raise Invalid([Issue("/classified", "classified", detail)])
    who = _complainant(shape.get("complainant"))
    return Message(
        channel=shape["channel"],
        respondent=Respondent(shape["respondent"].get("uscc"), shape["respondent"].get("name")),
        items=tuple(_item(i) for i in shape["items"]),
        complainant=who,
        source_no=shape.get("source_no"),
        origin=shape.get("origin", Origin.COMPLAINT),
        received_on=shape.get("received_on"),
        confidential=shape.get("confidential", who.informant),
        refuses_contact=shape.get("refuses_contact", False),
        contract_no=shape.get("contract_no"),
        described=_described(shape.get("contract")),
        words=shape.get("words"),
        demand=shape.get("demand"),
        natures=tuple(dict.fromkeys(shape.get("natures", ()))),
        evidence=tuple(dict.fromkeys(shape.get("evidence", ()))),
        suit=Suit(**shape["judicial_status"]) if "judicial_status" in shape else None,
        summary=shape.get("summary"),
    )


def _complainant(shape: dict[str, Any] | None) -> Complainant:
    """Who gives neither a name nor a code is an informant."""
    given = dict(shape or {})
    code = given.pop("uscc", None)
    nameless = code is None and "name" not in given
    return Complainant(code=code, **{"informant": nameless, **given})


def _item(shape: dict[str, Any]) -> Item:
    return Item(shape["breach"], shape.get("obligation"), shape.get("matter"), shape.get("amount"))


def _described(shape: dict[str, Any] | None) -> Described | None:
    if not shape:
        return None
    amount = shape.pop("amount", None)
    return Described(amount_fen=amount, **shape)
