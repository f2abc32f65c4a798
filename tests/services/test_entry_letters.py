"""受理告知书 and 不予受理告知书: each after its act, to who complained, with what it rests on."""

import pytest

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.errors import NotFound, NotOpen
from fulfilment_monitor.domain.letter_kinds import LetterKind
from fulfilment_monitor.domain.letters import Paper
from fulfilment_monitor.gateways.letters import open_letters
from fulfilment_monitor.house import House
from fulfilment_monitor.services import letters
from fulfilment_monitor.settings import Settings
from tests.services.builders import a_document, day, office, register
from tests.services.case_builders import (
    IN_SCOPE,
    a_town,
    a_world,
    act,
    actor,
    complain,
    secrets,
)

K = LetterKind
TEMPLATES = open_letters(Settings())
ON = "2025-09-12"


def preview(house: House, claim: str, kind: LetterKind, who: str) -> Paper:
    with house.readers() as session:
        return letters.preview(
            session, claim, kind, TEMPLATES, secrets=secrets(house), by=actor(house, who, ON),
            office=office(house), today=day(ON),
        )  # fmt: skip


@pytest.fixture
def town(house: House) -> House:
    """The town, and a contract of a small firm whose payment was missed two days ago."""
    a_town(house)
    register(house, a_document())
    return house


@pytest.mark.proves("R-34")
def test_a_complaint_that_is_taken_in_is_answered_with_number_and_basis(town: House) -> None:
    claim = complain(town, "2025-09-11").claims[0]
    with pytest.raises(NotOpen, match="needs accept first"):
        preview(town, claim, K.ACCEPTANCE, "county_lead")
    act(town, claim, "accept", "county_lead", ON, scope=IN_SCOPE, note="请保持联系电话畅通")
    paper = preview(town, claim, K.ACCEPTANCE, "county_lead")
    assert (paper.title, paper.addressee, paper.day) == ("受理告知书", "示例企业", day(ON))
    assert paper.signature[0] == "示例县发展改革委"
    lines = paper.text.splitlines()
    assert f"你（单位）反映示例县财政局有关问题的投诉（事项编号：{claim}）已经受理。" in lines
    assert "发改财金〔2023〕1103号 二（一）。" in lines
    assert "请保持联系电话畅通" in lines
    with pytest.raises(NotOpen):
        preview(town, claim, K.REJECTION, "county_lead")
    with pytest.raises(Forbidden):
        preview(town, claim, K.ACCEPTANCE, "bureau_head")


def test_what_the_decree_governs_is_taken_in_under_the_decree(town: House) -> None:
    claim = complain(town, "2025-09-11", channel="sme-payment", source_no="1").claims[0]
    act(town, claim, "accept", "sme_intake", ON, scope=IN_SCOPE)
    text = preview(town, claim, K.ACCEPTANCE, "sme_intake").text
    assert "《保障中小企业款项支付条例》第二十五条。" in text
    assert "1103号" not in text
    assert "其他说明" not in text  # nothing was noted


@pytest.mark.proves("R-34")
def test_a_refusal_names_its_reason_and_the_next_door_until_it_is_taken_back(town: House) -> None:
    claim = complain(town, "2025-09-11").claims[0]
    said = {"reason": "other-body", "next_door": "示例市住房和城乡建设局", "note": "材料已退回"}
    act(town, claim, "reject", "county_lead", ON, **said)
    paper = preview(town, claim, K.REJECTION, "county_lead")
    assert (paper.title, paper.addressee) == ("不予受理告知书", "示例企业")
    for words in ("依法应由其他机关办理", said["next_door"], said["note"]):
        assert words in paper.text
    with pytest.raises(NotOpen):
        preview(town, claim, K.ACCEPTANCE, "county_lead")
    with pytest.raises(NotFound):  # it came in elsewhere
        preview(town, claim, K.REJECTION, "sme_intake")
    act(town, claim, "reopen", "county_lead", ON, reason="补充了材料")
    with pytest.raises(NotOpen):
        preview(town, claim, K.REJECTION, "county_lead")


def test_of_a_lead_nobody_complained_of_nobody_is_told(house: House) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    with pytest.raises(NotOpen, match="nobody has complained"), house.readers() as session:
        letters.preview(
            session, claim, K.ACCEPTANCE, TEMPLATES, secrets=secrets(house), by=None,
            office=office(house), today=day("2025-10-21"),
        )  # fmt: skip
