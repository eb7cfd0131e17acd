"""A decision is explained: what, why, what would help, who decides next, how to ask again, who helps."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from policies.bundle import Bundle
from policies.decisions import Content
from policies.engine import Engine, Finding
from policies.explaining import Explained, Explanation, Looked, explain
from policies.facts import Sheet
from policies.lint import Rule
from policies.reconsidered import NOT_ASKED, REFUSED_BY
from policies.referrals import DECLINED_FOR
from policies.saying import Form
from policies.sheet_kinds import KIND_OF_ACT
from policies.wording import ROLES, Wording
from tests.policies.files import rewritten
from tests.policies.sheets import sheet
from tests.policies.sheets_watch import watch
from tests.readability import reading_age

BUNDLE, WORDING = Bundle.load(), Wording.load()
ENGINE = Engine(BUNDLE)
FORMS: tuple[Form, ...] = ("plain", "easy_read", "welsh")
TODAY = date(2025, 6, 3)


def decided(of: Sheet, today: date = TODAY, *, resolved_by: str = "", **more: str | None) -> Explained:
    """The decision about a sheet as it was recorded on 2 June 2025."""
    verdict = ENGINE.decide(of)
    given: dict[str, str | None] = {
        "act": of.act,
        "outcome": verdict.outcome,
        "amount": str(of.amount_pence),
        "service": of.service,
        **more,
    }
    if verdict.outcome == "refer":
        given.setdefault("decide_by", "2025-06-12")
    return Explained(
        reference="BCD-FGH", given={name: value for name, value in given.items() if value is not None},
        content=Content(of.to_bytes().decode(), list(verdict.findings), list(verdict.reviews), verdict.engine),
        decided_on=date(2025, 6, 2), today=today, resolved_by=resolved_by, decided_by="olga", answer_days=28,
        contacts=WORDING.contacts_on("TEST", today),
    )  # fmt: skip


def told(decision: Explained, form: Form = "plain") -> Explanation:
    return explain(decision, form, WORDING, BUNDLE)


def amounts(explanation: Explanation, *members: str) -> set[str]:
    said = " ".join(each.says for name in members for each in getattr(explanation, name))
    return set(re.findall(r"£[\d,.]*\d", said))


SHORT = sheet(amount_pence=7_550, left_pence=5_000)


def test_a_no_says_why_and_what_would_make_it_a_yes() -> None:
    """Each reason stands in words with its source, and beside it what would help."""
    found = told(decided(SHORT))
    assert found.title[0].says == "No. You cannot use £75.50 for “Home care from an agency” in this way."
    assert found.title[1].says == "Your reference is BCD-FGH."
    assert [(each.rule, each.says) for each in found.why] == [
        ("icb_policy.not_enough_left", "There is not enough left on this budget line for £75.50.")
    ]
    assert found.why[0].source == "ICB policy; the budget line's funds"
    assert found.what_would_help[0].says.startswith("What is left is £50.")
    assert found.next[0].says == "No more has to be decided here."
    assert "as often as you need. Name the reference BCD-FGH." in found.ask_again[0].says
    assert tuple(each.role for each in found.help) == ROLES


@pytest.mark.parametrize("of", [SHORT, sheet(amount_pence=123_456, left_pence=999_999)], ids=["short", "large"])
def test_the_numbers_are_the_same_in_every_form(of: Sheet) -> None:
    """Plain, easy read and Welsh name the same pounds and days, written in one way."""
    plain, easy, welsh = (told(decided(of), form) for form in FORMS)
    every = ("title", "why", "what_would_help", "next")
    assert amounts(plain, *every) != set()
    for part in every:
        assert amounts(welsh, part) == amounts(plain, part) == amounts(easy, part), part


def test_easy_read_has_a_picture_for_each_sentence_and_plain_has_none() -> None:
    """Pictures are of the closed list, one for each short sentence."""
    members = [each for each in Explanation.__struct_fields__ if isinstance(getattr(told(decided(SHORT)), each), tuple)]
    members.remove("notice")
    easy, plain = told(decided(SHORT), "easy_read"), told(decided(SHORT))
    yes = decided(SHORT, act="approval", outcome="allow", **{"condition.01": "amount_cap:5000"})
    words = Content("", [], [], "", "Yes, as you said.", conditions={"amount_cap": "For two walks a week."})
    looked = Looked(act="upheld", received_on=TODAY, answer_by=TODAY, answered_on=TODAY, words="It was right.")
    yes = msgspec.structs.replace(yes, content=words, looked=looked, coordinator="C1")
    assert [name for name in members if not getattr(told(yes), name) and not getattr(plain, name)] == []
    for said in (easy, told(yes, "easy_read")):
        assert [each.says for name in members for each in getattr(said, name) if not each.picture] == []
    for said in (plain, told(yes), told(yes, "welsh")):
        assert not any(each.picture for name in members for each in getattr(said, name))
    assert [each.says for each in easy.why] == ["You asked for £75.50.", "There is not so much left."]


SHORT_AND_LARGE = sheet(
    amount_pence=900_000, left_pence=5_000, service_30_days_pence=100_000, service_kind="unsure", service="unsure"
)
WAITING = re.compile(r"Nothing to do|[Yy]ou will hear|You do not have to do|will tell you|i'w wneud nawr")


@pytest.mark.parametrize("form", FORMS)
def test_a_no_does_not_say_to_wait_and_no_sentence_is_said_twice(form: Form) -> None:
    """What would be looked at besides is said apart, once; its remedy of waiting is not, and what helps is."""
    decision = decided(SHORT_AND_LARGE)
    assert decision.content is not None
    effects = [each.effect for each in decision.content.findings]
    assert (decision.given["outcome"], effects) == ("deny", ["deny", "refer", "refer", "refer"])
    found = told(decision, form)
    apart = WORDING.phrases.sentences["also_looked_at"]
    words = {"plain": apart.plain, "easy_read": apart.easy, "welsh": apart.welsh}[form]
    said = [each.says for each in found.why]
    assert said.count(words) == 1
    before = {each.rule for each in found.why[: said.index(words)]}
    assert before == {"icb_policy.not_enough_left"}
    assert not [each.says for each in found.what_would_help if WAITING.search(each.says)]
    assert "icb_policy.service_unsure" in {each.rule for each in found.what_would_help}
    every = [part for each in (*found.why, *found.what_would_help) for part in re.split(r"(?<=[.!?])\s", each.says)]
    assert len(every) == len(set(every)), every


@pytest.mark.parametrize("rule", [each for each in BUNDLE.rules.values() if each.effect == "refer"], ids=lambda r: r.id)
def test_under_a_no_no_rule_that_refers_says_to_wait(rule: Rule) -> None:
    """Whichever it is, in every form; without the no, all of it is said."""
    found = Finding(rule.id, "refer", rule.authority, rule.source, "So.", rule.remedy)
    for outcome in ("deny", "refer"):
        decision = decided(SHORT, outcome=outcome)
        assert decision.content is not None
        decision = msgspec.structs.replace(
            decision, content=msgspec.structs.replace(decision.content, findings=[found])
        )
        for form in FORMS:
            said = " ".join(each.says for each in told(decision, form).what_would_help)
            assert outcome == "refer" or not WAITING.search(said), said
            assert outcome == "deny" or form != "plain" or said == rule.remedy


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reason", [*DECLINED_FOR, None])
def test_a_no_of_an_officer_says_by_its_code_what_would_help(reason: str | None, form: Form) -> None:
    """Each code has its reason and its way on in words; what a person was asked about is there with its rule and source."""
    referred = decided(REFERRED).content
    answered = decided(SHORT, act="approval", outcome="deny", reason=reason)
    content = Content("", [], [], "", "It is for the cinema.")
    found = told(msgspec.structs.replace(answered, of_act="spend", content=content, referred=referred), form)
    helps = WORDING.phrases.sentences[f"help_{reason or 'another'}"]
    assert [each.says for each in found.what_would_help] == [
        {"plain": helps.plain, "easy_read": helps.easy, "welsh": helps.welsh}[form]
    ]
    assert reason is None or f"reason_{reason}" in WORDING.phrases.sentences
    [limit] = {(each.rule, each.source) for each in found.why if each.rule}
    assert limit[0] == "icb_policy.over_single_limit"
    assert limit[1]
    assert "£1,234.56" in " ".join(each.says for each in found.why)


def test_a_no_to_what_was_against_the_person_or_is_told_otherwise_has_no_such_help() -> None:
    """Nobody is told how to get a stop of their payments; of a claim the next step is said."""
    for act in ("stop", "claimed"):
        declined = decided(SHORT, act="approval", outcome="deny", reason="another", service=None)
        declined = msgspec.structs.replace(declined, of_act=act, content=Content("", [], [], "", "So."))
        assert told(declined).what_would_help == ()


def test_welsh_says_in_both_languages_that_it_is_a_draft() -> None:
    """Until somebody signs the texts, the output says that no translator has looked at them."""
    welsh = told(decided(SHORT), "welsh")
    assert (welsh.language, welsh.draft) == ("cy", True)
    assert welsh.notice == (
        "Drafft yw'r testun Cymraeg hwn. Nid oes cyfieithydd wedi'i wirio.",
        "This Welsh text is a draft. No translator has checked it.",
    )
    assert welsh.why[0].says == "Nid oes digon ar ôl ar y llinell gyllideb hon ar gyfer £75.50."
    assert (told(decided(SHORT)).draft, told(decided(SHORT)).notice) == (False, ())


def test_welsh_names_the_service_in_welsh() -> None:
    """In the title and in the reasons; the other forms keep the name of the list."""
    over = sheet(amount_pence=200_000, left_pence=999_999, service_30_days_pence=100_000)
    said = [
        each.says for part in (told(decided(over), "welsh").title, told(decided(over), "welsh").why) for each in part
    ]
    assert [each for each in said if "Home care" in each] == []
    assert len([each for each in said if "“Gofal cartref gan asiantaeth”" in each]) == 2


REFERRED = sheet(amount_pence=123_456, left_pence=999_999)


@pytest.mark.parametrize("form", ["easy_read", "welsh"])
def test_a_rule_that_the_commissioner_worded_anew_says_no_old_words(tmp_path: Path, form: Form) -> None:
    """Another message, another remedy, another rule: its plain words are told in each form, behind that there is a reason."""
    files = "rules/icb_policy.cedar"
    old, new = "a person looks at single amounts above that.", "two people look at single amounts above that."
    name, remedy = "icb_policy.over_single_limit", f'{old}")\n@remedy("'
    for place, (was, now) in enumerate(((old, new), (remedy, remedy + "Ring us. "), (f'"{name}"', f'"{name}_here"'))):
        bundle = Bundle.load(rewritten(tmp_path / str(place), files, was, now))
        verdict = Engine(bundle).decide(REFERRED)
        decision = decided(REFERRED)
        assert decision.content is not None
        content = msgspec.structs.replace(decision.content, findings=list(verdict.findings))
        found = explain(msgspec.structs.replace(decision, content=content), form, WORDING, bundle)
        [finding] = verdict.findings
        untold, plain = found.why
        assert (untold.says, untold.rule) == (_untold(form), finding.rule)
        assert (plain.says, plain.rule, plain.source) == (finding.message, finding.rule, finding.source)
        assert (plain.picture is not None) == (form == "easy_read")
        assert [each.says for each in found.what_would_help] == [finding.remedy]
    assert _untold(form) not in [each.says for each in told(decided(REFERRED), form).why]


def _untold(form: Form) -> str:
    said = WORDING.phrases.sentences["untold"]
    return said.welsh if form == "welsh" else said.easy


def test_a_referral_says_who_decides_and_by_when() -> None:
    """The person is told whom they wait for, and until which day."""
    found = told(decided(REFERRED))
    assert (
        found.title[0].says == "Not decided yet. A person will decide about £1,234.56 for “Home care from an agency”."
    )
    assert [each.says for each in found.next] == [
        "The budget team decides by 12 June 2025. That is 10 days after you asked.",
        "Whoever decides is not the person who asked.",
    ]
    assert (
        told(decided(REFERRED), "welsh")
        .next[0]
        .says.startswith("Tîm y gyllideb sy'n penderfynu erbyn 12 Mehefin 2025.")
    )


@pytest.mark.parametrize(
    ("act", "rules", "says"),
    [
        ("spend", ["icb_policy.over_single_limit"], "The budget team decides by 12 June 2025."),
        (
            "demand",
            ["statute.demand_factors", "icb_policy.safeguarding_first"],
            "The budget team asks the safeguarding team,",
        ),
        (
            "surplus",
            ["icb_policy.over_own_limit", "icb_policy.surplus_care_first"],
            "The budget team asks the care co-ordinator,",
        ),
        (
            "waive",
            ["icb_policy.over_delegated_limit"],
            "Somebody who may decide about so much money does so by 12 June 2025.",
        ),
        ("sign_plan", ["icb_policy.fund_below_zero"], "The finance team decides by 12 June 2025."),
        ("stop", ["statute.stop_is_a_power"], "A second officer of the budget team decides by 12 June 2025."),
        (
            "stop",
            ["statute.stop_is_a_power", "icb_policy.stop_cuts_off_care"],
            "The budget team asks the care co-ordinator,",
        ),
        ("reopen_period", [], "The finance team decides by 12 June 2025."),
    ],
)
def test_who_decides_is_said_by_the_rule_and_else_by_the_act(act: str, rules: list[str], says: str) -> None:
    """Whoever keeps people safe is asked before others; where no rule names anybody the act does, and else it is the team."""
    by_id = {rule.id: rule for rule in BUNDLE.rules.values()}
    findings = [Finding(rule, "refer", by_id[rule].authority, by_id[rule].source, "So.", "So.") for rule in rules]
    decision = decided(REFERRED, act=act, service=None)
    assert decision.content is not None
    decision = msgspec.structs.replace(decision, content=msgspec.structs.replace(decision.content, findings=findings))
    assert told(decision).next[0].says.startswith(says)


ACTS = ("ask", "invoice", "reimbursement", "assignment", *(act for act in KIND_OF_ACT if act != "watch"))
"""Every act that a decision which somebody may be told can be about; a month is watched for staff alone."""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("outcome", ["allow", "refer", "deny"])
def test_every_act_has_its_words_for_every_outcome_in_every_form(act: str, outcome: str) -> None:
    """No act is “this request”, nothing is untold or left in braces, all that a person needs is there, and it is as plain as the
    rest: the reading age of the whole counts the sentences that are put together here."""
    own = WORDING.phrases.acts
    assert own[act] != own[""]
    for of in (sheet(amount_pence=7_550), SHORT):
        decision = decided(
            of, act=act, outcome=outcome, service=None, decide_by="2025-06-12" if outcome == "refer" else None
        )
        for form in FORMS:
            found = told(decision, form)
            said = [
                each.says
                for part in (found.title, found.why, found.what_would_help, found.next, found.ask_again)
                for each in part
            ]
            assert all((found.title, found.why, found.next, found.ask_again, found.help)), form
            assert not [each for each in said if re.search(r"[{}]|\bNone\b", each) or not each.strip()]
            assert WORDING.phrases.sentences["untold"].plain not in said
            if form == "plain":
                assert own[act][0] in said[0]
                assert reading_age(" ".join(said)) <= 12, said
            if form == "easy_read":
                pictured = (found.title, found.why, found.what_would_help, found.next, found.ask_again)
                assert all(each.picture for part in pictured for each in part)
            if form == "welsh":
                assert own[act][1] in said[0]


def test_a_refusal_counts_as_one_whoever_said_it() -> None:
    """A no to a direct payment is looked at again once in six months (reg 7(13)), also where it was an officer who said it."""
    for act, source in (("name_holder", REFUSED_BY), ("request_budget", REFUSED_BY), ("spend", None), ("stop", None)):
        declined = decided(SHORT, act="approval", outcome="deny", service=None)
        found = told(msgspec.structs.replace(declined, of_act=act)).ask_again
        assert found[0].source == source, act
        assert ("once in six months" in found[0].says) is (source is not None)


@pytest.mark.parametrize("act", ACTS)
def test_how_often_each_denial_can_be_asked_again_is_that_of_the_law(act: str) -> None:
    """A no that the regulations call a refusal, once in six months; what was looked at again already, by a complaint; any other no
    as often as something has changed, and itself once. A look of staff is nobody's purchase, and a no to what would have been
    against the person takes nothing from them."""
    found = told(decided(SHORT, act=act, outcome="deny", service=None, person="P1"))
    first, *rest = found.ask_again
    if act == "reconsider":
        assert ("complaint" in first.says, found.about) == (True, None)
    elif act in ("name_holder", "request_budget"):
        assert ("once in six months" in first.says, first.source, len(rest)) == (True, REFUSED_BY, 1)
        assert found.about == "refusal"
    else:
        assert "as often as you need" in first.says
        assert [each.says.partition(".")[0] for each in rest] == ([] if act in NOT_ASKED else [
            "You can also ask us once to look at this no again", "We answer within 28 days",
        ])  # fmt: skip
        assert found.about == (None if act in NOT_ASKED else "refusal")


def test_a_referral_that_waits_too_long_says_by_how_much_and_whose_delay_it_is() -> None:
    """The days beyond the promise are told, and that the delay is the commissioner’s."""
    late = told(decided(REFERRED, date(2025, 6, 15)))
    assert late.next[-1].says == "This is 3 days late. The delay is ours and not yours."
    assert told(decided(REFERRED, date(2025, 6, 13))).next[-1].says.startswith("This is 1 day late.")
    on_time = told(decided(REFERRED, date(2025, 6, 12)))
    assert "late" not in on_time.next[-1].says
    answered = told(decided(REFERRED, date(2025, 6, 15), resolved_by="XYZ-234"))
    assert [each.says for each in answered.next] == [
        "A person has decided this since. That decision says what it is. Its reference is XYZ-234."
    ]


def test_an_answer_can_be_relied_on_until_its_day() -> None:
    """A yes says its reference and until when it counts."""
    found = told(decided(sheet(amount_pence=100, left_pence=999_999), act="ask", relied_until="2025-07-02"))
    assert found.title[0].says == "Yes. You can use £1 for “Home care from an agency”."
    assert found.title[2].says == "You can rely on this answer until 2 July 2025, if there is still enough money."
    assert [each.says for each in found.why] == ["Nothing in the rules speaks against it."]


def test_what_is_referred_for_its_amount_says_which_amount_needs_no_look() -> None:
    """The limit of one amount, and that of thirty days, which count what was asked for too and say so."""
    over = sheet(amount_pence=200_000, left_pence=999_999, service_30_days_pence=100_000)
    found = told(decided(over))
    assert [each.says for each in found.what_would_help] == [
        "Nothing to do now: you will hear from the budget team. What keeps the 30 days at £2,500 or less needs no such look.",
        "A single amount of £1,000 or less needs no such look.",
    ]
    for form, words in (("plain", "£1,000 spent or asked for"), ("easy_read", "£1,000 was spent or asked for")):
        assert words in " ".join(each.says for each in told(decided(over), form).why)


@pytest.mark.parametrize(
    ("act", "says", "source"),
    [
        ("stop", "once. Name", "SI 2013/1617 reg 17(6)"),
        ("demand", "once. Name", "SI 2013/1617 reg 15"),
        ("refuse_request", "once in six months", "SI 2013/1617 reg 7(13)"),
        ("reconsider", "you can make a complaint", None),
        ("virement", "as often as you need", None),
    ],
)
def test_how_to_ask_again_and_how_often_is_that_of_the_law(act: str, says: str, source: str | None) -> None:
    """Once, once in six months, or as often as needed, by what was decided."""
    found = told(decided(SHORT, act=act, outcome="allow", service=None))
    assert says in found.ask_again[0].says
    assert found.ask_again[0].source == source
    assert ([each.says for each in found.ask_again[1:]] == ["We answer within 28 days."]) is (source is not None)


def test_what_did_not_come_about_can_be_asked_again_without_counting() -> None:
    """Only a demand that stands is reconsidered; one that the rules did not allow is not. A refused holder may send evidence."""
    assert "as often" in told(decided(SHORT, act="demand", service=None)).ask_again[0].says
    assert "once in six months" in told(decided(SHORT, act="name_holder", service=None)).ask_again[0].says


def test_nothing_that_a_pattern_noticed_is_told() -> None:
    """What is for staff alone is in no form of an explanation."""
    decision = decided(sheet(amount_pence=100, left_pence=999_999))
    assert decision.content is not None
    noticed = ENGINE.decide(watch(paid_again=5)).reviews
    assert noticed
    decision = msgspec.structs.replace(decision, content=msgspec.structs.replace(decision.content, reviews=[*noticed]))
    for form in FORMS:
        assert "pattern" not in msgspec.json.encode(told(decision, form)).decode()


def test_a_reason_of_rules_that_are_gone_and_details_that_are_erased_are_told_to_have_been() -> None:
    """An old decision is explained by what is left of it, and what is gone is said to be gone."""
    decision = decided(SHORT)
    assert decision.content is not None
    gone = msgspec.structs.replace(decision.content.findings[0], rule="plan.long_gone")
    old = msgspec.structs.replace(decision, content=msgspec.structs.replace(decision.content, findings=[gone]))
    for form in ("easy_read", "welsh"):
        assert [each.rule for each in told(old, form).why] == ["plan.long_gone"] * 2
        assert told(old, form).why[1].says == gone.message
    erased = told(msgspec.structs.replace(decision, content=None))
    assert [each.says for each in erased.why] == [
        "The details of this decision have been erased, so the reasons are not here any more."
    ]
    bare = msgspec.structs.replace(decision, content=msgspec.structs.replace(decision.content, facts=""))
    assert [each.rule for each in told(bare, "easy_read").why] == ["icb_policy.not_enough_left"] * 2


def test_contacts_that_nobody_has_filled_in_say_so_and_invent_nothing() -> None:
    """A placeholder is marked as one, without a name or a number."""
    for each in told(decided(SHORT)).help:
        assert each.placeholder is (each.role != "ombudsman")
        assert not re.search(r"\d", each.name + each.how)
