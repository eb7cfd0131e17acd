"""What the demo prints for people: what happened, what was checked, and lines to paste."""

from collections import defaultdict
from typing import Any

from rich.console import Console
from rich.table import Table

from api.cli_output import grouped

MOST_REASONS = 6


def show_demo(console: Console, facts: dict[str, Any]) -> None:
    """The demo's figures as tables."""
    words = "was here already" if facts["already_loaded"] else "is loaded"
    console.print(
        f"The made-up book [bold]{facts['book']}[/bold] {words}: {facts['people']} people, {facts['allocations']} allocations, "
        f"twelve months to {facts['as_of']} (seed {facts['seed']}).", highlight=False,
    )  # fmt: skip
    _decisions(console, facts)
    _balances(console, facts)
    _identities(console, facts)
    verdict = "[green]verified[/green]" if facts["verified"] else f"[red]wrong[/red]: {facts['why']}"
    console.print(f"{verdict}: {facts['entries']:,} entries and {facts['postings']:,} postings re-derived from the log")
    console.print(f"signed checkpoint, kept in {facts['checkpoint_file']}:", highlight=False)
    console.print(facts["checkpoint"], highlight=False, markup=False, soft_wrap=True)
    console.print(f"{facts['elapsed_seconds']} seconds.")


def _decisions(console: Console, facts: dict[str, Any]) -> None:
    by_outcome: dict[str, list[str]] = defaultdict(list)
    for each in facts["reasons"]:
        by_outcome[each["outcome"]].append(f"{each['times']:>3} {each['rule']}")
    table = Table(title="What the gate decided")
    for name in ("outcome", "times", "commonest reasons"):
        table.add_column(name, justify="right" if name == "times" else "left")
    for outcome, times in facts["decisions"].items():
        table.add_row(outcome, f"{times:,}", "\n".join(by_outcome[outcome][:MOST_REASONS]))
    table.add_row("review", f"{sum(e['times'] for e in facts['reasons'] if e['outcome'] == 'review'):,}",
                  "\n".join(by_outcome["review"]))  # fmt: skip
    console.print(table)
    answers = facts["answers"]
    console.print(
        f"Of the referrals officers approved {answers.get('approved', 0)} and declined {answers.get('declined', 0)}."
    )


def _balances(console: Console, facts: dict[str, Any]) -> None:
    table = Table(title="Trial balance (£)")
    for name in ("layer", "class", "accounts", "debit", "credit", "balance"):
        table.add_column(name, justify="left" if name in ("layer", "class") else "right")
    for each in facts["classes"]:
        if each["debit"] == each["credit"] == "0.00":
            continue
        amounts = (grouped(_pence(each[name])) for name in ("debit", "credit", "balance"))
        table.add_row(each["layer"], each["class"], f"{each['accounts']:,}", *amounts)
    for layer, total in sorted(facts["trial_balance"].items()):
        table.add_row(layer, "together", "", "", "", total)
    console.print(table)


def _identities(console: Console, facts: dict[str, Any]) -> None:
    table = Table(title="Identities")
    for name in ("name", "checked", "", "says"):
        table.add_column(name, justify="right" if name == "checked" else "left")
    for name, each in facts["identities"].items():
        mark = "[green]holds[/green]" if each["ok"] else "[red]broken[/red]"
        table.add_row(name, f"{each['checked']:,}", mark, each["first"] or each["says"])
    console.print(table)
    console.print(f"Not yet, for want of what they are about: {', '.join(facts['not_yet'])}.", highlight=False)


def _pence(amount: str) -> int:
    return int(amount.replace(".", ""))


def show_lines(console: Console, lines: list[tuple[str, str]]) -> None:
    """Ready-to-paste lines, each under what it shows."""
    for words, line in lines:
        console.print(f"\n[bold]{words}[/bold]")
        console.print(line, highlight=False, markup=False, soft_wrap=True)
