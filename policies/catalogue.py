"""The rules in plain words, for people: `python -m policies.catalogue > docs/rules.md`.

Made from the bundle and never written by hand, so that what is published is what decides. What a pattern counts,
and from how many on, is left out: it would tell those whom it is for how to stay below it.
"""

import sys
from collections.abc import Iterable, Mapping

import msgspec

from policies.bundle import DEFAULT_LIMITS, HERE, Bundle
from policies.comparing import conditions_of, facts_named
from policies.engine import pounds
from policies.lint import RULE_FILES, Rule
from policies.measured import NOT_SEARCHED, SEARCHED, limits_of_rule
from policies.sheet_kinds import SHEET_KINDS

AUTHORITIES = {
    "statute": ("The law", "Regulations and Acts. No commissioner can change these."),
    "standing_rules": (
        "Standing rules",
        "Who has a right to a budget of any kind, and what a budget is (SI 2012/2996 Part 6A).",
    ),
    "guidance": ("Guidance", "What NHS England asks of commissioners without a regulation that says so."),
    "agreement": ("The agreement", "What the holder of a direct payment signs."),
    "plan": ("The plan", "What was agreed with the person."),
    "icb_policy": ("Local policy", "What the commissioner (ICB) decided for itself."),
    "approval": ("The approval", "What an officer asked for when they approved something."),
    "pattern": ("Patterns", "Someone looks afterwards. The payment and the holder's answer stay as they are."),
}
EFFECTS = {"deny": "no, unless put right", "refer": "a person decides", "review": "a person looks afterwards"}
LIMITS = {
    "single_pence": "one purchase; more is referred to a person",
    "service_30_days_pence": "one service in any 30 days that the day of the purchase is in; more is referred to a person",
    "forecast_low_days": "money that ends so long before its line does; sooner is a shortfall, and opens a review",
    "forecast_surplus_weeks": "money left at the end, in weeks of what was given; more is a surplus",
    "review_shortfall_days": "a review because of a shortfall, from the day it is opened",
    "review_called_days": "a review that somebody calls for, or a plan that is to be changed after another look, from that day",
    "surplus_weeks": "a balance in payments, less unpaid liabilities; more is looked at as a surplus",
    "reconsideration_days": "an answer to a request to look at a decision again",
    "waive_limit_pence": "a claim waived by one person without a grade; more is referred to somebody with a higher limit",
    "write_off_limit_pence": "a debt written off by one person without a grade; more is referred to somebody with a higher limit",
    "allocate_limit_pence": "a plan signed by one person without a limit of their grade (shipped, for the commissioner to replace)",
    "move_limit_pence": "money moved between or within lines by such a person (shipped, for the commissioner to replace)",
    "recover_limit_pence": "a surplus, offset, demand or debt by such a person (shipped, for the commissioner to replace)",
    "offset_stays_percent": "what of the authority that an offset frees is left on the line; the rest goes to the fund",
    "stop_notice_days": "notice before a direct payment stops; less is referred to a person",
    "invoice_over_order_pence": "what an invoice asks for beyond its order; more is referred to a person",
    "invoice_over_rate_percent": "what an invoice's rate or quantity is above its order's; more is referred to a person",
    "reimbursed_within_days": "days from the acceptance of what somebody laid out to the day by which it is paid back",
    "account_waiting_days": "days between the approval of an account that takes the place of another and the first payment into it",
    "returns_reminded_count": "reminders of a return that did not come in; at so many somebody looks",
    "virement_above_percent": "what a part of the budget has above what its plan gave it; more is referred to a person",
    "query_within_days": "days from spending to the first question about it; a demand after more is referred to a person",
    "care_check_days": "how long it counts that no planned care goes unmet; a surplus without that is referred to a person",
    "lost_receipts_percent": "spending of a quarter without a document that can be read; more is referred to a person",
    "lost_receipts_pence": "the same in pounds; only what is more than both is referred",
    "provider_check_days": "a check of a provider that the commissioner was asked for, from the day of asking",
    "exempt_pence": "spending that one person may exempt from evidence; more is referred to a second",
    "year_reopened_days": "how long after its close a year is opened again by two people; later a third one looks",
    "carry_forward_pence": "money without care bought for it that a line or a fund carries on; more is referred to a second person",
    "decide_within_days": "days within which a person decides what was referred",
    "order_held_days": "days after its care for which the money of an order is kept",
    "answer_relied_days": "days for which an answer can be relied on, from the day it was given for, while its line and plan last",
    "look_within_days": "days within which somebody looks at what a pattern found",
    "contingency_weeks": "payments that stay with a holder when a surplus is taken, where nothing else was agreed",
    "no_receipt_pence": "one thing bought that needs no receipt; of more a receipt, or a word on it, is asked for",
    "no_receipt_year_pence": "all of that in a financial year, of one person; beyond it a receipt is needed for small things too",
    "review_large_pence": "a week of a budget; one of more is large, and is reviewed more often",
    "review_large_days": "between two reviews of a large budget; more is looked at",
    "review_first_year_days": "between two reviews in the first year of a budget; more is looked at",
    "review_own_account_days": "between two reviews where the money goes to an account of the holder's own; more is looked at",
    "review_family_paid_days": "between two reviews where family of the household is paid; more is looked at",
    "review_reminded_days": "between two reviews while a return that was asked for has not come; more is looked at",
    "advance_lasts_days": "how long money lasts that was paid ahead by no schedule",
    "week_pay_cap_pence": "the most of a week's pay that redundancy pay counts (Employment Rights Act 1996 s227)",
}
WORDS = {
    "service": "the service",
    "amount_pence": "the amount",
    "left_pence": "what is left",
    "agreed_instalment_pence": "the agreed amount",
    "limit_single_pence": "the limit for one purchase",
    "service_30_days_pence": "what was used",
    "limit_30_days_pence": "the limit for 30 days",
    "over_order_pence": "what is beyond the order",
    "limit_over_order_pence": "what an invoice may ask for beyond its order",
    "ask_amount_pence": "the amount of the answer",
    "approval_used_pence": "what is spent under the approval",
    "approval_cap_pence": "the most that was approved",
    "cost_pence": "what the care costs",
    "short_pence": "an amount",
    "unpaid_pence": "an amount",
    "below_cost_pence": "an amount",
    "cut_pence": "the amount of the cut",
    "notice_given_days": "the days of notice",
    "notice_needed_days": "number of",
    "due_pence": "what is due",
    "limit_pence": "the limit for one person",
    "below_zero_pence": "what the fund lacks",
    "notice_days": "the days of notice",
    "limit_notice_days": "the days of notice that are usual here or agreed",
    "agreed_notice_days": "the days of notice that the plan agrees",
    "notice_backdated_days": "some",
    "limit_exempt_pence": "what one person may exempt",
    "closed_days": "so many",
    "free_pence": "the amount",
    "limit_carry_forward_pence": "the limit for one line",
    "carried_by_lapsing_pence": "an amount",
    "limit_year_reopened_days": "the usual number of",
    "queried_after_days": "so many",
    "limit_query_within_days": "the usual number of",
}
IN_BRACKETS = {name: f"[{word}]" for name, word in WORDS.items()}
KINDS = {
    "care": "Care",
    "excluded": "Excluded from direct payments (SI 2013/1617 reg 8(5))",
    "unlawful": "Against the law for everybody",
    "unsure": "When nobody can say yet",
}


def catalogue(bundle: Bundle) -> str:
    """The page, as Markdown."""
    rules, limits = sorted(bundle.rules.values(), key=lambda rule: rule.id), limits_of_rules(bundle)
    lines = [
        "# Rules",
        "",
        "Every reason for which a request can be refused, referred to a person or looked at afterwards. Made from the",
        "rules themselves by `python -m policies.catalogue`; do not edit.",
        "",
        f"{len(rules)} rules, {sum(len(kind.__struct_fields__) for kind in SHEET_KINDS.values())} facts. Bundle `{bundle.hash}`.",
        "",
        "All rules are always asked, and the answer lists every objection. One “no” makes it a no; otherwise one “a person",
        "decides” makes it wait for a person. When the money has gone already a no becomes “a person decides”: what is",
        "paid can only be looked at. If the rules cannot be asked, the answer is no. The limits that a rule names stand below",
        "with their values; the cases are the numbers of the decision cases under which it is tested.",
    ]
    for authority in filter(None, RULE_FILES.values()):
        title, about = AUTHORITIES[authority]
        of_authority = [rule for rule in rules if rule.authority == authority]
        lines += ["", f"## {title}", "", about, "", *_table(of_authority, limits)]
    lines += ["", "## Local limits", "", *_limits(bundle), "", "## Services"]
    for kind, title in KINDS.items():
        lines += ["", f"{title}:", ""]
        services = sorted(
            (service for service in bundle.services.values() if service.kind == kind),
            key=lambda service: (service.letter, service.name),
        )
        for service in services:
            lines.append(f"- {f'({service.letter}) ' if service.letter else ''}{service.name} (`{service.code}`)")
    return "\n".join(lines) + "\n"


def in_plain_words(rules: Iterable[Rule]) -> list[Rule]:
    """The rules by id, each placeholder of their sentences named in [brackets]."""
    return [
        msgspec.structs.replace(rule, message=spoken(rule.message), remedy=spoken(rule.remedy))
        for rule in sorted(rules, key=lambda rule: rule.id)
    ]


def spoken(sentence: str) -> str:
    """A sentence of a rule with its placeholders named in [brackets]."""
    return sentence.format_map(IN_BRACKETS).replace(" the [the ", " the [")


def _table(rules: list[Rule], limits: Mapping[str, tuple[str, ...]]) -> list[str]:
    head = ("rule", "authority", "source", "effect", "what it says", "what would make it a yes", "limits", "cases")
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    cases = cases_of_rules()
    for rule in in_plain_words(rules):
        cells = (
            f"`{rule.id}`", AUTHORITIES[rule.authority][0], rule.source, EFFECTS[rule.effect], rule.message, rule.remedy,
            ", ".join(f"`{limit}`" for limit in limits[rule.id]), ", ".join(str(int(number)) for number in cases.get(rule.id, ())),
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def cases_of_rules() -> dict[str, tuple[str, ...]]:
    """The rule → the numbers of the decision cases that ask it, as a test holds them against the tests of the cases."""
    return msgspec.json.decode((HERE / "cases.json").read_bytes(), type=dict[str, tuple[str, ...]])


def limits_of_rules(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """The rule → the local limits that it is measured against, of a pattern none: its thresholds are no part of the bundle."""
    conditions = conditions_of(bundle)
    return {
        rule.id: () if rule.authority == "pattern"
        else limits_of_rule(rule.kind, acts_spoken_of(bundle, name), facts_named(conditions[rule.id]))
        for name, rule in bundle.rules.items()
    }  # fmt: skip


def acts_spoken_of(bundle: Bundle, name: str) -> list[str]:
    """The acts of which a policy (by Cedar's name for it) speaks."""
    return [act for act, narrowed in bundle.by_act.items() if name in narrowed.policies.to_pst().static_policies]


def _limits(bundle: Bundle) -> list[str]:
    lines = ["Each is what the commissioner decided, from a day on.", ""]
    lines += ["| limit | book | limit for | from | value |", "| --- | --- | --- | --- | --- |"]
    for owner in sorted(bundle.limits, key=lambda owner: (owner != DEFAULT_LIMITS, owner)):
        for limit, values in bundle.limits[owner].items():
            lines += [
                f"| `{limit}` | {owner} | {LIMITS[limit]} | {value.begins} | {shown(limit, value.value)} |"
                for value in values
            ]
    for owner, lists in sorted(bundle.left_out.items()):
        for each in lists:
            named = ", ".join(sorted(bundle.services[service].name for service in each.services)) or "nothing"
            lines += ["", f"From {each.begins}, {owner} usually does not pay for: {named}."]
    lines += ["", f"A replay of the past tries these at other values: {', '.join(f'`{limit}`' for limit in SEARCHED)}."]
    lines += ["It cannot try the others:", "", "| limit | why it cannot be tried at other values |", "| --- | --- |"]
    return [*lines, *(f"| `{limit}` | {why} |" for limit, why in NOT_SEARCHED.items())]


def shown(limit: str, value: int) -> str:
    """The value of a limit with its unit; of how often something happens, the number alone."""
    unit = limit.rpartition("_")[2]
    return pounds(value) if unit == "pence" else str(value) if unit == "count" else f"{value} {unit}"


if __name__ == "__main__":
    sys.stdout.write(catalogue(Bundle.load()))
