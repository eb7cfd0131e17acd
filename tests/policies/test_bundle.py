"""A bundle loads whole or not at all, and its hash is the hash of its files."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from policies.bundle import HERE, NEVER_ZERO, Bundle, BundleUnfit, LimitNotSet, Limits, ServiceUnknown
from tests.policies.files import copied, rewritten

PLAN, PATTERNS, PERMIT, SCHEMA = (
    "rules/plan.cedar",
    "rules/patterns.cedar",
    "rules/permit.cedar",
    "rules/phb.cedarschema",
)
SIGNED = '@id("plan.not_signed")\n'
EFFECT = '@effect("deny")\n'
MESSAGE = "The plan has not been signed yet."
SPOILED: list[tuple[str, str, str, str]] = [
    (PLAN, EFFECT, "", "plan.not_signed says no effect"),
    (PLAN, EFFECT, '@effect("")\n', "plan.not_signed says no effect"),
    (PLAN, EFFECT, '@efect("deny")\n', "plan.not_signed says efect, which is no annotation"),
    (PLAN, EFFECT, '@effect("stop")\n', "plan.not_signed has the effect stop"),
    (PLAN, EFFECT, '@effect("Deny")\n', "plan.not_signed has the effect Deny"),
    (PLAN, SIGNED, "", "a rule without id says no id"),
    (PLAN, SIGNED, '@id("plan.not_in_force")\n', "two rules have the id plan.not_in_force"),
    (PLAN, SIGNED, '@id("statute.consent")\n', "two rules have the id statute.consent"),
    (PLAN, SIGNED, '@id("engine.exception")\n', "engine.exception is not an id such as plan."),
    (PLAN, SIGNED, '@id("permit")\n', "permit is not an id such as"),
    (PLAN, SIGNED, '@id("Plan Signed")\n', "Plan Signed is not an id such as"),
    (PLAN, '@authority("plan")\n', "", "plan.not_signed says no authority"),
    (PLAN, '@authority("plan")', '@authority("statute")', "the authority statute in the file of another"),
    (PLAN, "@source", "@scource", "plan.not_signed says no source"),
    (PLAN, "@message", "@mesage", "plan.not_signed says no message"),
    (PLAN, "@remedy", "@remedies", "plan.not_signed says no remedy"),
    (PLAN, MESSAGE, "", "plan.not_signed says no message"),
    (PLAN, MESSAGE, "{amount} is too much.", "names {amount}, which is no fact"),
    (PLAN, MESSAGE, "{plan_signed}", "names {plan_signed}, which is no fact"),
    (PLAN, MESSAGE, "{}", "names {}, which is no fact"),
    (PLAN, MESSAGE, "{amount_pence:,}", "names {amount_pence}, which is no fact"),
    (PLAN, MESSAGE, "{amount_pence!r}", "names {amount_pence}, which is no fact"),
    (PLAN, MESSAGE, "{amount_pence.real}", "names {amount_pence.real}, which is no fact"),
    (PLAN, MESSAGE, "{amount_pence", "has a brace that opens or closes nothing"),
    (PLAN, "!resource.plan_signed", "!resource.plan_singed", "the schema objects"),
    (PLAN, "!resource.plan_signed", "resource.amount_pence", "the schema objects"),
    (PLAN, "!resource.plan_signed", "!resource.money_gone", "the schema objects"),
    (PLAN, "!resource.plan_signed", 'resource.service == Service::"home_car"', "the schema objects"),
    (PLAN, "!resource.plan_signed", 'resource.management == "notional"', "the schema objects"),
    (
        PLAN,
        "forbid (principal, action, resource is",
        "forbid (principal == ?principal, action, resource is",
        "a template",
    ),
    (
        PLAN,
        "resource is Sheet)",
        "resource)",
        "plan.not_signed does not say in its scope which kind of sheet it is about",
    ),
    (PLAN, "forbid (principal", "forbad (principal", "rules/plan.cedar: "),
    (PLAN, "forbid (principal", "permit (principal", "there is one permit, not 2"),
    (PATTERNS, '@effect("review")', '@effect("refer")', "pattern.own_account is a pattern and does more than review"),
    (PATTERNS, '@effect("review")', '@effect("deny")', "pattern.own_account is a pattern and does more than review"),
    (PERMIT, "permit (principal, action, resource);", "", "there is one permit, not 0"),
    (PERMIT, "resource);", "resource) when { resource.plan_signed };", "the permit has no condition"),
    (PERMIT, "action,", 'action == Action::"spend",', "the permit has no condition"),
    (PERMIT, '@id("permit")', '@id("permit")\n@effect("deny")', "the permit has the id permit and no other"),
    (SCHEMA, '"home_care", ', "", "the Service home_care is in only one of"),
    (SCHEMA, '"barred"', '"bared"', "the PayeeState barred is in only one of"),
    (SCHEMA, "instalment, evidence", "instalment, evidence, gift", "the action gift is in only one of"),
    (SCHEMA, "    amount_pence: Long,\n", "", "the fact amount_pence of type Long is in only one of"),
    (SCHEMA, "person_alive: Bool", "person_alive?: Bool", "the fact person_alive of type Bool is in only one of"),
    (SCHEMA, "left_pence: Long", "left_pence: Bool", "the fact left_pence of type Bool is in only one of"),
    (SCHEMA, "entity Gate;", "entity Gate", "Cedar cannot read the bundle"),
    ("services.json", '"letter": "a"', '"letter": "b"', "the nine of reg 8(5)"),
    ("services.json", '"code": "advocacy"', '"code": "transport"', "transport is there twice"),
    ("services.json", '"code": "unsure"', '"code": "not_sure"', "exactly one service is unsure"),
    ("services.json", '"kind": "care"', '"kind": "caring"', "services.json: "),
    ("services.json", '"name"', '"label"', "services.json: "),
    ("limits/default.json", "2013-08-01", "August 2013", "limits/default.json: "),
    ("limits/default.json", "100000", "-1", "single_pence is below zero"),
    ("limits/default.json", "100000", "1000000000000000", "single_pence is more than 999999999999999"),
    ("limits/default.json", '"value": 0}', '"value": 101}', "offset_stays_percent is more than 100"),
    ("limits/default.json", '"value": 28}', '"value": 9999}', "_days is more than 3660"),
    ("limits/default.json", "single_pence", "singles_pence", "limits/default.json: "),
    ("limits/default.json", '{"from": "2013-08-01", "value": 100000}', "", "single_pence has no value"),
]


def reasons_of(folder: Path) -> tuple[str, ...]:
    """Why these files are no bundle."""
    with pytest.raises(BundleUnfit) as unfit:
        Bundle.load(folder)
    return unfit.value.reasons


@pytest.mark.parametrize(("name", "old", "new", "why"), SPOILED)
def test_a_slip_in_any_file_is_named_at_load(tmp_path: Path, name: str, old: str, new: str, why: str) -> None:
    """Each thing that Cedar would take without a word, and each that it would not, stops the bundle by its name."""
    reasons = reasons_of(rewritten(tmp_path, name, old, new))
    assert any(why in reason for reason in reasons), reasons


def test_all_slips_are_named_at_once(tmp_path: Path) -> None:
    """Whoever writes rules mends them in one go."""
    folder = rewritten(tmp_path, PLAN, EFFECT, "")
    (folder / "services.json").write_text("{}")
    reasons = reasons_of(folder)
    assert any("says no effect" in reason for reason in reasons)
    assert any("services.json" in reason for reason in reasons)


@pytest.mark.parametrize("name", [PLAN, PERMIT, SCHEMA, "services.json", "limits/default.json"])
def test_a_missing_file_is_no_bundle(tmp_path: Path, name: str) -> None:
    """Nothing is assumed in place of what is not there."""
    folder = copied(tmp_path)
    (folder / name).unlink()
    assert reasons_of(folder)


def test_a_file_that_nobody_expects_is_no_bundle(tmp_path: Path) -> None:
    """A rule in a file that is not read would be a rule that nobody asks."""
    folder = copied(tmp_path)
    (folder / "rules" / "extra.cedar").write_text((folder / PLAN).read_text())
    assert any("rules/extra.cedar is no file of a bundle" in reason for reason in reasons_of(folder))


def test_a_file_whose_name_would_leave_the_folder_is_no_bundle(bundle: Bundle) -> None:
    """Bundles are sent, kept and written out again."""
    for name in (
        "limits/../DEMO.json",
        "rules/../../plan.cedar",
        "/services.json",
        "limits/a b.json",
        "services.json\n",
    ):
        with pytest.raises(BundleUnfit) as unfit:
            Bundle.of_files({**bundle.files, name: b"{}"})
        assert any("is no name of a file of a bundle" in reason for reason in unfit.value.reasons), name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (PLAN, "forbid (principal, action, resource) when { " + "(" * 20_000 + "true" + ")" * 20_000 + " };"),
        (PLAN, 'forbid (principal, action, resource) when { ";" == ";" ' + '&& ";" == ";" ' * 20_000 + "};"),
        (PLAN, "forbid (principal, action, resource) when { resource" + ".a" * 20_000 + " };"),
        (SCHEMA, "entity Gate { a: " + "Set<" * 20_000 + "Bool" + ">" * 20_000 + " };"),
    ],
)
def test_what_would_end_the_process_is_not_given_to_cedar(bundle: Bundle, name: str, text: str) -> None:
    """Cedar's reader ends in a fault of the whole process where a text is nested too deeply; an officer may send any text."""
    with pytest.raises(BundleUnfit) as unfit:
        Bundle.of_files({**bundle.files, name: text.encode()})
    assert any("deep" in reason or "statement of more than" in reason for reason in unfit.value.reasons)


def test_a_bundle_without_rules_is_none(tmp_path: Path) -> None:
    """The permit alone would allow everything."""
    folder = copied(tmp_path)
    for path in folder.glob("rules/*.cedar"):
        if path.stem != "permit":
            path.write_text("")
    assert "there is no rule" in reasons_of(folder)


def test_text_that_is_not_utf8_is_no_bundle(tmp_path: Path) -> None:
    """It is refused like any other slip."""
    folder = copied(tmp_path)
    (folder / PLAN).write_bytes(b"\xff")
    assert reasons_of(folder)


def test_the_hash_is_that_of_the_files_and_coreutils_agree(tmp_path: Path, bundle: Bundle) -> None:
    """It is the same in every load and place, and an auditor makes it with sha256sum alone."""
    folder = copied(tmp_path)
    assert Bundle.load(folder).hash == bundle.hash
    command = "export LC_ALL=C; sha256sum limits/* rules/* services.json | sha256sum"
    done = subprocess.run(["bash", "-c", command], cwd=folder, check=True, capture_output=True, text=True)
    assert done.stdout.split()[0] == bundle.hash


@pytest.mark.parametrize(
    "name",
    sorted(each.relative_to(HERE).as_posix() for folder in ("rules", "limits") for each in HERE.glob(f"{folder}/*.*")),
)
def test_a_byte_in_any_file_changes_the_hash(tmp_path: Path, bundle: Bundle, name: str) -> None:
    """Nothing that decides is outside it."""
    folder = copied(tmp_path)
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    assert Bundle.load(folder).hash != bundle.hash


def purchases(limits: Limits) -> tuple[int, int]:
    """The two limits for purchases."""
    return limits.single_pence, limits.service_30_days_pence


def test_limits_begin_on_their_day_and_a_book_may_have_its_own(tmp_path: Path) -> None:
    """A day before is the old value, the day itself the new one; a book's own value goes before the default from
    its day on, and for that limit only."""
    folder = copied(tmp_path)
    dated = [{"from": "2013-08-01", "value": 1000}, {"from": "2025-04-01", "value": 2000}]
    monthly = [{"from": "2013-08-01", "value": 9000}]
    published = json.loads((folder / "limits/default.json").read_text())
    (folder / "limits/default.json").write_text(
        json.dumps({**published, "single_pence": dated, "service_30_days_pence": monthly})
    )
    (folder / "limits/DEMO.json").write_text(json.dumps({"single_pence": [{"from": "2025-06-01", "value": 3000}]}))
    bundle = Bundle.load(folder)
    assert purchases(bundle.limits_on("OTHER", date(2025, 3, 31))) == (1000, 9000)
    assert purchases(bundle.limits_on("OTHER", date(2025, 4, 1))) == (2000, 9000)
    assert purchases(bundle.limits_on("DEMO", date(2025, 5, 31))) == (2000, 9000)
    assert purchases(bundle.limits_on("DEMO", date(2025, 6, 1))) == (3000, 9000)


def test_limits_whose_days_do_not_rise_are_no_bundle(tmp_path: Path) -> None:
    """Two values of one day, or days in disorder, have no one meaning."""
    folder = copied(tmp_path)
    for days in (("2025-04-01", "2025-04-01"), ("2025-04-01", "2024-04-01")):
        values = [{"from": day, "value": 1} for day in days]
        (folder / "limits/DEMO.json").write_text(json.dumps({"single_pence": values}))
        assert "limits/DEMO.json: the days of single_pence do not rise" in reasons_of(folder)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"single_pence": -1}, "single_pence is below zero"),
        ({"contingency_weeks": -1}, "contingency_weeks is below zero"),
        ({"no_receipt_pence": 10**16}, "no_receipt_pence is more than"),
        ({"review_large_days": 4_000}, "review_large_days is more than"),
        *(({limit: 0}, f"{limit} is zero") for limit in sorted(NEVER_ZERO)),
        ({"contingency_weeks": 9}, "contingency_weeks is above surplus_weeks from 2025-04-01"),
        ({"surplus_weeks": 3}, "contingency_weeks is above surplus_weeks from 2025-04-01"),
        ({"single_pence": 300_000}, "single_pence is above service_30_days_pence from 2025-04-01"),
        ({"receipt_pence": 1}, "unknown field"),
        ({"no_receipt_pence": 1.5}, "Expected `int`"),
        ({"no_receipt_pence": "10"}, "Expected `int`"),
    ],
)
def test_limits_that_make_no_sense_are_no_bundle(tmp_path: Path, limits: dict[str, object], why: str) -> None:
    """Less than nothing, nothing where that is no limit, more than there can be, one above another that it is part of, a limit that
    nobody knows: each is named with its file, though every other limit of the book is the default's."""
    folder = copied(tmp_path)
    dated = {name: [{"from": "2025-04-01", "value": value}] for name, value in limits.items()}
    (folder / "limits/DEMO.json").write_text(json.dumps(dated))
    assert any(each.startswith("limits/DEMO.json: ") and why in each for each in reasons_of(folder))


def test_every_limit_counts_on_the_days_for_which_it_was_said(tmp_path: Path) -> None:
    """Whatever its unit: the value of the day before is the old one, and a later bundle that adds a day changes no day before."""
    folder, day = copied(tmp_path), date(2025, 4, 1)
    published = json.loads((folder / "limits/default.json").read_text())
    before = Bundle.load(folder).limits_on("DEMO", date(2025, 3, 31))
    own = {name: [{"from": "2025-04-01", "value": getattr(before, name) + (name != "contingency_weeks")}]
           for name in Limits.__struct_fields__}  # fmt: skip
    (folder / "limits/DEMO.json").write_text(json.dumps(own))
    bundle = Bundle.load(folder)
    assert set(published) == set(Limits.__struct_fields__)
    assert bundle.limits_on("DEMO", date(2025, 3, 31)) == before
    later = bundle.limits_on("DEMO", day)
    assert {name: getattr(later, name) for name in Limits.__struct_fields__} == {
        name: rows[0]["value"] for name, rows in own.items()
    }


def test_published_limits_are_the_agreed_ones(bundle: Bundle) -> None:
    """£1,000 for one purchase and £2,500 for a service in 30 days, and none before there were direct payments."""
    assert purchases(bundle.limits_on("DEMO", date(2013, 8, 1))) == (1_000_00, 2_500_00)
    limits = bundle.limits_on("DEMO", date(2013, 8, 1))
    assert (limits.waive_limit_pence, limits.write_off_limit_pence, limits.surplus_weeks) == (500_00, 500_00, 8)
    own = (limits.allocate_limit_pence, limits.move_limit_pence, limits.recover_limit_pence)
    assert own == (15_000_00, 5_000_00, 5_000_00)
    assert (limits.reconsideration_days, limits.offset_stays_percent) == (28, 0)
    assert limits.stop_notice_days == 28
    assert limits.reimbursed_within_days == 28
    with pytest.raises(LimitNotSet):
        bundle.limits_on("DEMO", date(2013, 7, 31))


def test_a_service_has_a_kind_or_is_unknown(bundle: Bundle) -> None:
    """The list is closed."""
    kinds = [bundle.service_kind(code) for code in ("home_care", "gambling", "unsure")]
    assert kinds == ["care", "excluded", "unsure"]
    with pytest.raises(ServiceUnknown):
        bundle.service_kind("sky_diving")
