"""The alert rules of an office: what ships, what may be changed, and how each fault is named."""

from copy import deepcopy
from datetime import date

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.alerts import (
    UNREPORTED,
    WATCHED,
    Audience,
    Severity,
    Step,
    read_policy,
)
from fulfilment_monitor.domain.case_clocks import Clock
from fulfilment_monitor.domain.contracts import Field, Kind
from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.domain.statute import Period, Unit
from tests.domain.builders import policy

STEP = {"at": "T+0", "severity": "notice", "audiences": ["obligor"], "message": "hello"}
RULES = {
    "office": {
        "confirmation_grace_days": 15,
        "reschedulings": 2,
        "registration_days": 30,
        "grace_days": {f.value: 15 for f in Field},
    },
    "ladder": [{"watches": ["payment"], "step": [STEP]}],
}
MESSAGES = {"hello": {"zh": "您好"}}
CASES = {
    "case": {"recusal_months": 24, "retaliation_months": 12, "display_months": 0},
    "ladder": [],
}


def read(rules=RULES, messages=MESSAGES, cases=CASES):
    return read_policy(rules, cases, messages, "v1")


def faults_of(rules):
    with pytest.raises(BadPolicy) as refused:
        read(rules)
    assert str(refused.value).startswith("alerts/rules.toml: ")
    return refused.value.members["faults"]


def with_step(**changes):
    """The rules with the only step changed; `None` leaves the key out."""
    rules = deepcopy(RULES)
    step = {**STEP, **changes}
    rules["ladder"][0]["step"] = [{k: v for k, v in step.items() if v is not None}]
    return rules


def with_office(**changes):
    rules = deepcopy(RULES)
    office = {**rules["office"], **changes}
    rules["office"] = {k: v for k, v in office.items() if v is not None}
    return rules


# --- what ships ----------------------------------------------------------------------------------


def test_the_shipped_policy_watches_every_kind_of_obligation_reported_or_not():
    for kind in Kind:
        reported, silent = policy().ladder(kind), policy().ladder(kind + UNREPORTED)
        assert set(reported) < set(silent)
        offsets = [step.offset for step in reported]
        assert offsets == sorted(offsets)
        assert min(offsets) < 0 < max(offsets)  # before the date as well as after it
    assert all(policy().ladder(name) for name in WATCHED)


def test_the_shipped_policy_says_everything_in_both_languages():
    for steps in policy().ladders.values():
        for step in steps:
            assert set(policy().messages[step.message]) >= {"zh", "en"}, step


def test_no_shipped_message_calls_anybody_untrustworthy_before_a_determination():
    for name, texts in policy().messages.items():
        assert "失信" not in texts["zh"], name


def test_what_comes_later_is_never_milder():
    severities = list(Severity)
    for name in WATCHED:
        ranks = [severities.index(step.severity) for step in policy().ladder(name)]
        assert ranks == sorted(ranks), name


def test_the_version_of_the_policy_is_the_digest_of_its_folder():
    assert policy().version == resources.digest(resources.shipped("alerts"))


# --- what may be written -------------------------------------------------------------------------


def test_a_step_is_named_by_what_it_watches_and_when():
    (step,) = read(with_step(at="T-30")).ladder("payment")
    assert step == Step(-30, "payment.t-30", Severity.NOTICE, (Audience.OBLIGOR,), "hello")
    (named,) = read(with_step(name="soon")).ladder("payment")
    assert named.rule == "payment.soon"


def test_steps_are_put_in_the_order_of_their_days():
    rules = deepcopy(RULES)
    rules["ladder"][0]["step"] = [{**STEP, "at": at} for at in ("T+7", "T-30", "T+0", "T-1")]
    assert [s.offset for s in read(rules).ladder("payment")] == [-30, -1, 0, 7]


def test_a_step_for_the_unreported_stands_only_on_their_ladder():
    found = read(with_step(only="unreported"))
    assert found.ladder("payment") == ()
    assert [s.rule for s in found.ladder("payment.unreported")] == ["payment.t+0"]


def test_one_ladder_may_watch_several_things_each_under_its_own_name():
    rules = deepcopy(RULES)
    rules["ladder"][0]["watches"] = ["payment", "dispute"]
    found = read(rules)
    assert [s.rule for n in ("payment", "dispute") for s in found.ladder(n)] == [
        "payment.t+0", "dispute.t+0",
    ]  # fmt: skip


def test_what_no_ladder_watches_has_no_steps():
    assert read().ladder("permit") == ()
    assert read().ladder("no such thing") == ()


def test_an_office_may_choose_to_wait_for_nothing():
    found = read(with_office(confirmation_grace_days=0, reschedulings=0, registration_days=0))
    assert found.confirmation_grace_days == 0
    assert read().grace_days[Field.PPP] == 15


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({}, "office: a table is missing"),
        ({}, "ladder: a list of tables is missing"),
        ({**RULES, "office": []}, "office: a table is missing"),
        (with_office(grace_days=None), "office.grace_days: a table is missing"),
        (with_office(grace_days={}), "office.grace_days.ppp: a whole number of days"),
        (with_office(reschedulings=None), "office.reschedulings: a whole number"),
        (with_office(reschedulings=-1), "office.reschedulings: a whole number"),
        (with_office(reschedulings="2"), "office.reschedulings: a whole number"),
        (with_office(reschedulings=2.0), "office.reschedulings: a whole number"),
        (with_office(reschedulings=True), "office.reschedulings: a whole number"),
        (with_office(registration_days=None), "office.registration_days: a whole number"),
        (with_office(confirmation_grace_days=-1), "office.confirmation_grace_days: a whole"),
        ({**RULES, "ladder": "payment"}, "ladder: a list of tables is missing"),
        ({**RULES, "ladder": [1]}, "ladder: a list of tables is missing"),
        ({**RULES, "ladder": [{"step": []}]}, "ladder[0].watches: is empty; allowed: delivery"),
        (
            {**RULES, "ladder": [{"watches": ["payments"], "step": []}]},
            "ladder[0].watches: ['payments']; allowed: ",
        ),
        (
            {**RULES, "ladder": [{"watches": "payment", "step": []}]},
            "ladder[0].watches: ['payment']; allowed: ",
        ),
        (
            {**RULES, "ladder": [{"watches": ["payment"]}]},
            "ladder[0].step: a list of tables is missing",
        ),
        (with_step(at=None), "ladder[0].step[0].at: None; write"),
        (with_step(at="T+"), "ladder[0].step[0].at: 'T+'; write"),
        (with_step(at="T7"), "ladder[0].step[0].at: 'T7'; write"),
        (with_step(at="T+12345"), "ladder[0].step[0].at: 'T+12345'"),
        (with_step(at=7), "ladder[0].step[0].at: 7; write"),
        (with_step(severity=None), "ladder[0].step[0].severity: None; allowed: notice"),
        (with_step(severity="red"), "ladder[0].step[0].severity: 'red'; allowed: notice"),
        (with_step(audiences=None), "ladder[0].step[0].audiences: "),
        (with_step(audiences=[]), "ladder[0].step[0].audiences: "),
        (with_step(audiences=["press"]), "ladder[0].step[0].audiences: ['press']"),
        (with_step(audiences="obligor"), "ladder[0].step[0].audiences: "),
        (with_step(message=None), "ladder[0].step[0].message: there is no messages/None.zh.txt"),
        (with_step(message="bye"), "ladder[0].step[0].message: there is no messages/bye.zh.txt"),
        (with_step(only="reported"), "ladder[0].step[0].only: 'reported'; allowed: unreported"),
        (with_step(name="Too loud"), "ladder[0].step[0].name: 'Too loud'; small letters"),
    ],
)
def test_a_fault_is_named_with_its_place(rules, fault):
    assert any(f.startswith(fault) for f in faults_of(rules))


@pytest.mark.parametrize(
    ("key", "value"),
    [("audiences", 5), ("message", ["hello"]), ("name", 5), ("severity", ["notice"]), ("only", 1)],
)
def test_a_value_of_the_wrong_kind_is_a_fault_like_any_other(key, value):
    faults = faults_of(with_step(**{key: value}))
    assert any(f.startswith(f"ladder[0].step[0].{key}: ") for f in faults)


def test_a_misspelt_key_is_a_fault_and_not_a_step_for_everybody():
    assert any("ladder[0].step[0].olny" in f for f in faults_of(with_step(olny="unreported")))


def test_a_message_without_its_chinese_text_is_a_fault():
    with pytest.raises(BadPolicy, match=r"messages/hello\.zh\.txt"):
        read(messages={"hello": {"en": "hello"}})


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        (
            [{**STEP, "name": "a"}, {**STEP, "name": "b"}],
            "ladder for payment: offset 0 stands twice",
        ),
        (
            [{**STEP, "name": "a"}, {**STEP, "at": "T+1", "name": "a"}],
            "ladder for payment: rule payment.a stands twice",
        ),
    ],
)
def test_two_steps_for_one_day_or_of_one_name_are_a_fault(steps, fault):
    rules = deepcopy(RULES)
    rules["ladder"][0]["step"] = steps
    assert fault in faults_of(rules)


def test_two_ladders_for_one_thing_may_not_say_the_same():
    rules = {**RULES, "ladder": RULES["ladder"] * 2}
    assert "ladder for payment: offset 0 stands twice" in faults_of(rules)


def test_all_faults_are_told_at_once_and_each_of_them_once():
    rules = deepcopy(RULES)
    rules["office"]["reschedulings"] = -1
    rules["ladder"] = [
        {"watches": ["payments"], "step": []},
        {"watches": ["payment", "permit"], "step": [{**STEP, "at": "soon", "severity": "red"}]},
    ]
    places = [f.partition(": ")[0] for f in faults_of(rules)]
    assert {
        "office.reschedulings", "ladder[0].watches", "ladder[1].step[0].at",
        "ladder[1].step[0].severity",
    } <= set(places)  # fmt: skip
    assert places.count("ladder[1].step[0].at") == 1


# --- cases ------------------------------------------------------------------------------------

TERM = {
    "clock": "case.take_up",
    "length": 5,
    "unit": "working_day",
    "source": "某市办法第八条",
    "in_force_from": date(2026, 1, 1),
}


def case_faults(**changes):
    with pytest.raises(BadPolicy) as refused:
        read(cases={**CASES, **changes})
    return refused.value.members["faults"]


def test_the_shipped_case_rules_set_no_limit_of_their_own():
    shipped = policy().cases
    assert shipped.terms == ()
    assert (shipped.recusal_months, shipped.retaliation_months, shipped.display_months) == (
        24,
        12,
        0,
    )
    assert shipped.measured_streams == ("breach",)


def test_escalation_is_proposed_in_the_order_of_the_law():
    """挂牌督办, 督办书, then 约谈 and 通报; each proposed later than the one before."""
    steps = policy().ladders["case.handle"]
    proposed = [policy().cases.proposals.get(s.rule) for s in steps]
    assert [p for p in proposed if p] == ["listed", "letter", "interview", "circular"]


def test_every_clock_of_a_case_is_watched():
    assert all(policy().ladder(clock.value) for clock in Clock)


def test_an_office_sets_a_limit_with_its_source_by_region_and_day():
    county = {**TERM, "region": "340321", "length": 3}
    rules = read(cases={**CASES, "term": [TERM, county]}).cases
    day = date(2026, 6, 1)
    assert rules.term(Clock.TAKE_UP, "340321", day).period == Period(3, Unit.WORKING_DAY)
    assert rules.term(Clock.TAKE_UP, "340322", day).period == Period(5, Unit.WORKING_DAY)
    assert rules.term(Clock.TAKE_UP, "340321", date(2025, 12, 31)) is None
    assert rules.term(Clock.HANDLE, "340321", day) is None


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ({**TERM, "source": " "}, "term[0].source: a limit without a source is not a limit"),
        ({**TERM, "clock": "case.nap"}, "'case.nap' is not a valid Clock"),
        ({**TERM, "length": 0}, "length is a whole number above zero"),
        ({**TERM, "colour": "red"}, "term[0].colour: there is no such key"),
        ({k: v for k, v in TERM.items() if k != "unit"}, "term[0]: 'unit'"),
    ],
)
def test_faults_in_a_limit_are_named(term, fault):
    assert any(fault in f for f in case_faults(term=[term]))


def test_faults_in_the_case_numbers_and_proposals_are_named():
    assert any("case.recusal_months" in f for f in case_faults(case={}))
    step = {**STEP, "proposes": "shout"}
    ladder = [{"watches": ["case.handle"], "step": [step]}]
    assert any("proposes: one of urge" in f for f in case_faults(ladder=ladder))
