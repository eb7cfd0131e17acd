"""What an atomic group does to accounts and months happens in the order of its requests, or not at all."""

from typing import Any

import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.book.writer import Writer
from ledger.core.model import AccountSpec, Asked
from ledger.core.requests import ChangeAccount, ChangePeriod, OpenAccounts
from tests import kit


def becomes(to: str, account: str = "a") -> ChangeAccount:
    """A change of an account's status."""
    return ChangeAccount(account=account, to=to)


def opens(account: str) -> OpenAccounts:
    """One new account."""
    return OpenAccounts(accounts=(AccountSpec(account, "bank"),))


SECOND = Asked("test", "second")
FACT = kit.post("a", "b", 5, fact=True)
BACK = kit.post("b", "a", 5)
LAWFUL: list[tuple[str, tuple[Any, ...], str, str]] = [
    ("frozen and unfrozen", (becomes("frozen"), becomes("unfrozen")), "a", "open"),
    ("unfrozen and frozen", (becomes("unfrozen", "ice"), becomes("frozen", "ice")), "ice", "frozen"),
    ("frozen, unfrozen, frozen", (becomes("frozen"), becomes("unfrozen"), becomes("frozen")), "a", "frozen"),
    ("frozen and closed", (becomes("frozen"), becomes("closed")), "a", "closed"),
    ("frozen, unfrozen, closed", (becomes("frozen"), becomes("unfrozen"), becomes("closed")), "a", "closed"),
    ("unfrozen and closed", (becomes("unfrozen", "ice"), becomes("closed", "ice")), "ice", "closed"),
    ("a fact while it is frozen", (becomes("frozen"), FACT, becomes("unfrozen")), "a", "open"),
    ("money, then frozen", (FACT, becomes("frozen")), "a", "frozen"),
    ("frozen, unfrozen, money", (becomes("frozen"), becomes("unfrozen"), kit.post("a", "b", 5)), "a", "open"),
    ("filled, emptied, closed", (FACT, BACK, becomes("closed")), "a", "closed"),
    ("opened and closed", (opens("new"), becomes("closed", "new")), "new", "closed"),
    ("opened, frozen, unfrozen, used, emptied, closed",
     (opens("new"), becomes("frozen", "new"), becomes("unfrozen", "new"), kit.post("new", "b", 5), kit.post("b", "new", 5),
      becomes("closed", "new")), "new", "closed"),
    ("another account between", (becomes("frozen"), becomes("unfrozen", "ice"), becomes("unfrozen")), "ice", "open"),
]  # fmt: skip
REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    ("money after a freezing", (becomes("frozen"), kit.post("a", "b", 5)), "account_frozen"),
    ("money after a closing", (becomes("closed"), kit.post("a", "b", 5)), "account_closed"),
    ("a fact after a closing", (becomes("frozen"), becomes("closed"), FACT), "account_closed"),
    ("closed with money on it", (FACT, becomes("closed")), "account_not_empty"),
    ("unfrozen after a closing", (becomes("frozen"), becomes("closed"), becomes("unfrozen")), "account_closed"),
    ("a month closed and reopened by one person",
     (ChangePeriod(period="2025-05", to="closed"),
      ChangePeriod(period="2025-05", to="reopened", reason="late")), "second_person_needed"),
    ("money in a month that the group closes", (ChangePeriod(period="2025-06", to="closed"), FACT), "period_closed"),
]  # fmt: skip


@pytest.fixture
async def ready(writer: Writer) -> Writer:
    """Two open accounts and a frozen one."""
    await kit.open_accounts(writer, "a", "b", "ice")
    await writer.submit(kit.item(becomes("frozen", "ice")))
    return writer


async def verified(book: kit.Book) -> str | None:
    """What is wrong with the book."""
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        return (await verify_book(reader, book.book_id, verifiers=())).why
    finally:
        await reader.close()


@pytest.mark.parametrize(("name", "requests", "account", "status"), LAWFUL, ids=[row[0] for row in LAWFUL])
async def test_a_group_leaves_an_account_as_its_last_change_says(
    ready: Writer, book: kit.Book, name: str, requests: tuple[Any, ...], account: str, status: str
) -> None:
    """Each change of a group meets what the one before it left, and the tables follow the lines."""
    outcome = await ready.submit(kit.item(*requests))
    assert (outcome.refusal, len(outcome.entries)) == (None, len(requests)), name
    found = await kit.rows(book.dsn, "SELECT status FROM phb.account WHERE code = $1", account)
    assert found[0]["status"] == status
    assert await verified(book) is None


@pytest.mark.parametrize(("name", "requests", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_a_group_that_undoes_its_own_ground_is_refused_whole(
    ready: Writer, book: kit.Book, name: str, requests: tuple[Any, ...], code: str
) -> None:
    """The refusal is the only entry, and accounts and months are as they were."""
    outcome = await ready.submit(kit.item(*requests))
    assert outcome.refusal is not None, name
    assert (outcome.refusal.code, [entry.kind for entry in outcome.entries]) == (code, ["refusal"])
    assert not await kit.rows(
        book.dsn, "SELECT FROM phb.account WHERE status = 'closed' OR status = 'frozen' AND code <> 'ice'"
    )
    assert not await kit.rows(book.dsn, "SELECT FROM phb.period")
    assert await verified(book) is None


async def test_a_group_can_reopen_a_month_use_it_and_close_it_again(ready: Writer, book: kit.Book) -> None:
    """A late payment goes into a closed month by one group of a second person."""
    closed = ChangePeriod(period="2025-06", to="closed")
    await ready.submit(kit.item(closed))
    outcome = await ready.submit(
        kit.item(ChangePeriod(period="2025-06", to="reopened", reason="late"), FACT, closed, asked=SECOND)
    )
    assert (outcome.refusal, len(outcome.entries)) == (None, 3)
    assert await verified(book) is None


async def test_what_several_people_ask_at_once_has_the_order_in_which_it_was_asked(
    ready: Writer, book: kit.Book
) -> None:
    """Items that meet in one batch get the answers that they would have got one by one."""
    closed, reopened = (ChangePeriod(period="2025-06", to=to, reason="late") for to in ("closed", "reopened"))
    items = [
        kit.item(FACT), kit.item(closed), kit.item(reopened, asked=SECOND), kit.item(FACT), kit.item(becomes("frozen")),
        kit.item(becomes("unfrozen")), kit.item(kit.post("a", "b", 1)),
    ]  # fmt: skip
    outcomes = await ready.submit_many(items)
    assert [getattr(each, "refusal", each) for each in outcomes] == [None] * len(items)
    assert await verified(book) is None
