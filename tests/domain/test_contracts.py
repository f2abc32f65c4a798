"""The vocabulary of contracts: fields, obligations, and what may change a term."""

import pytest

from fulfilment_monitor.domain.contracts import (
    FIELD_CHINESE,
    KIND_CHINESE,
    VOID_EXCUSES,
    AmendmentReason,
    Field,
    Kind,
)
from tests.domain.builders import an_amendment, an_obligation, days


def test_the_fields_are_the_six_of_the_notices():
    # 「政府采购、招标投标、招商引资、政府与社会资本合作、产业扶持、政府投资」 1103号 二（一）
    assert [FIELD_CHINESE[f] for f in Field] == [
        "政府采购",
        "招标投标",
        "招商引资",
        "政府与社会资本合作",
        "产业扶持",
        "政府投资",
    ]


def test_every_kind_of_obligation_has_its_chinese_word():
    assert set(KIND_CHINESE) == set(Kind)
    assert len(set(KIND_CHINESE.values())) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_money_that_is_due_is_met_by_money_alone(kind):
    assert an_obligation(kind).is_payment == (kind in ("payment", "deposit_return"))


@pytest.mark.parametrize("excuse", sorted(VOID_EXCUSES))
def test_an_excuse_the_notices_refuse_is_no_reason_to_change_a_term(excuse):
    with pytest.raises(ValueError, match=excuse):
        AmendmentReason(excuse)


def test_the_excuses_that_are_always_void_are_those_of_notices_and_law():
    # 1103号 二（二）; 民营经济促进法 70; 民法典 532; 条例 14
    assert set(VOID_EXCUSES.values()) == {
        "机构调整",
        "人员变动",
        "行政区划调整",
        "政府换届",
        "机构或者职能调整",
        "负责人变更",
        "内部付款流程",
    }


def test_an_amendment_of_the_amount_alone_moves_no_date():
    assert not an_amendment("2025-08-01", yuan="90.00").moves_date
    assert an_amendment("2025-08-01", due_on="2025-09-01").moves_date
    assert an_amendment("2025-08-01", within=days(10)).moves_date
