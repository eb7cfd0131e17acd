"""Takes a caseload on: decided whole first, then posted person by person, each once however often the files are sent.

A rehearsal goes the same way through a trial that keeps nothing (`ledger.book.sink.TrialSink`). Who people are goes to the
registrar's table in a unit of work that is committed after the person's group: an import that was cut off in between completes
it."""

import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from ledger.book.append import known
from ledger.book.keys import KEY_BYTES, document_hash, name_lookup, natural_key
from ledger.book.lookups import read_detail
from ledger.book.sink import Sink, outcomes_of
from ledger.budgets import store
from ledger.budgets.caseload_checks import Known, check_caseload
from ledger.budgets.caseload_groups import (
    Making,
    fund_group,
    guards_of,
    opening_account,
    payee_group,
    person_group,
)
from ledger.budgets.caseload_people import PersonTaken, Refs, people_of
from ledger.budgets.caseload_report import PersonFound, TakeOnReport, report_of, take_on_of_report
from ledger.budgets.caseload_rows import Caseload, TakeOnRow
from ledger.budgets.caseload_tables import Trouble
from ledger.budgets.chart import account
from ledger.budgets.identity import Identity, IdentityDiffers, PersonKnown, keep_identity
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import funds_of, said_of
from ledger.budgets.standing import read_rules
from ledger.budgets.take_on import TakeOn, take_on_recorded
from ledger.core.batch import Outcome
from ledger.core.model import MAX_IMPORTED_GROUP, Asked, Guard, Item, Malformed
from ledger.core.requests import AnyRequest

Connection = Any
AGREED = ("agreed", "signed", "countersigned")


class Secrets(msgspec.Struct, frozen=True):
    """What the keys and references of an import are made with, and its chances."""

    requests: bytes
    lookup: bytes
    salt: Callable[[], bytes]


class Identities:
    """Keeps who people are, as the registrar. A trial keeps nothing, and still finds a number that somebody has."""

    def __init__(self, connection: Connection, book_id: int, secret: bytes, *, is_trial: bool) -> None:
        self._connection = connection
        self._book_id = book_id
        self._secret = secret
        self.is_trial = is_trial
        self._trial: Any = None

    @asynccontextmanager
    async def keeping(self, person: str, identity: Identity) -> AsyncIterator[Callable[[], None]]:
        """Keep an identity if the block calls what it is given. PersonKnown, IdentityDiffers."""
        if self.is_trial:
            if self._trial is None:
                self._trial = self._connection.transaction()
                await self._trial.start()
            await keep_identity(self._connection, self._book_id, person, identity, self._secret)
            yield lambda: None
            return
        done: list[bool] = []
        work = self._connection.transaction()
        await work.start()
        try:
            await keep_identity(self._connection, self._book_id, person, identity, self._secret)
            yield lambda: done.append(True)
        except BaseException:
            await work.rollback()
            raise
        await (work.commit() if done else work.rollback())

    async def close(self) -> None:
        """Give up what a trial did."""
        if self._trial is not None:
            await self._trial.rollback()
            self._trial = None


class Importer:
    """Takes one caseload on. `reading` is a connection of role phb_reader with the book set."""

    def __init__(
        self, *, book: str, book_id: int, sink: Sink, identities: Identities, reading: Connection, asked: Asked,
        secrets: Secrets, today: date, now_us: int, services: frozenset[str], first_day: date,
        progress: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.book = book
        self.book_id = book_id
        self.sink = sink
        self.identities = identities
        self.reading = reading
        self.asked = asked
        self.secrets = secrets
        self.today = today
        self.now_us = now_us
        self.services = services
        self.first_day = first_day
        self.progress = progress

    async def run(self, caseload: Caseload, troubles: list[Trouble]) -> TakeOnReport:
        """Decide, and where the sink is a book post, everything of a caseload. With one trouble nothing is submitted."""
        knows = await self._known(caseload)
        troubles = [*troubles, *check_caseload(caseload, knows)]
        source = caseload.take_on.source if caseload.take_on is not None else ""
        people, more = people_of(caseload, knows, Refs(self.secrets.lookup, self.book, source))
        report = report_of(caseload, people, [*troubles, *more])
        if caseload.take_on is None:
            return report
        if not report.is_clean:
            await self._forgive_what_is_done(caseload, report)
            return report
        there = await self._there(caseload, people, report)
        await self._check_open(caseload.take_on, report, len(there))
        if report.is_clean:
            await self._submit(caseload, knows, people, there, report)
        report.in_order()
        return report

    async def _forgive_what_is_done(self, caseload: Caseload, report: TakeOnReport) -> None:
        """Of files that were posted whole before, how payees and funds stand now has nothing to say: they are there."""
        stated = take_on_of_report(caseload, report)
        begun, posted = (self._key(what, stated.code, _digest(stated)) for what in ("begun", "posted"))
        rows = await known(self.reading, self.book_id, [begun, posted])
        if posted in rows:
            for each in report.people:
                each.state = "there"
            report.troubles, report.entry = [], int(rows[begun]["number"])

    async def _known(self, caseload: Caseload) -> Known:
        """What the book has of what the files name."""
        connection, book_id = self.reading, self.book_id
        names = {row.payee for row in caseload.payees} | {row.payee for row in caseload.orders}
        names |= {row.payee for row in caseload.invoices}
        names |= {payee for line in caseload.lines for payee in line.payees}
        names |= {row.debtor for row in caseload.openings if row.debtor is not None}
        rows = await connection.fetch(store.PAYEES_STAND, book_id, sorted(names))
        pairs = {(row.fund, row.year) for row in caseload.funds} | {(row.fund, row.year) for row in caseload.openings}
        codes = {account("unallocated", fund=fund, year=year).code: f"{fund}/{year}" for fund, year in pairs}
        are_open = await which_are_open(connection, book_id, sorted(codes))
        return Known(
            funds=funds_of((await read_rules(connection, book_id)).funds), years=frozenset(codes[each] for each in are_open),
            payees={row["subject"]: row["act"] for row in rows}, services=self.services, first_day=self.first_day,
            today=self.today,
        )  # fmt: skip

    def _key(self, what: str, *fields: str) -> bytes:
        return natural_key(self.secrets.requests, self.book, f"take_on_{what}", fields, 1)

    def _prints(self, taken: PersonTaken) -> bytes:
        """What a person's rows say, whatever lines of whatever file they stand on."""
        plain = msgspec.json.encode(_without_rows(msgspec.to_builtins(taken)), order="sorted")
        return hmac.digest(self.secrets.requests, b"take_on" + plain, "sha256")[:KEY_BYTES]

    async def _there(self, caseload: Caseload, people: list[PersonTaken], report: TakeOnReport) -> dict[str, int]:
        """Who was imported before: reference → number of their first entry. Other rows than then are a trouble."""
        assert caseload.take_on is not None
        keys = {self._key("person", caseload.take_on.source, taken.row.person): taken for taken in people}
        rows = await known(self.reading, self.book_id, list(keys))
        there: dict[str, int] = {}
        for key, row in rows.items():
            taken = keys[key]
            there[taken.person] = row["number"]
            if row["prints"] != self._prints(taken):
                report.troubles.append(
                    Trouble("people", taken.row.row, "person", "person_changed", "This person was imported before, and their rows "
                            "said something else. What is in the book is put right in the book.")
                )  # fmt: skip
        for each in report.people:
            each.state = "there" if each.ref in there else "new"
        return there

    async def _check_open(self, row: TakeOnRow, report: TakeOnReport, there: int) -> None:
        """A take-on that the holding side has agreed to takes nobody else on, and one code is of one source and day."""
        said = await said_of(self.reading, self.book_id, f"take_on/{row.take_on}")
        if not said:
            return
        last = said[-1].attributes
        if (last["source"], last["opens_on"]) != (row.source, row.opens_on.isoformat()):
            report.troubles.append(Trouble("take_on", row.row, "take_on", "take_on_differs", "The book has a take-on of this code "
                                           "from another source or day. Choose another code."))  # fmt: skip
        if said[-1].act in AGREED and there < len(report.people):
            report.troubles.append(Trouble("take_on", row.row, "take_on", "take_on_agreed", "This take-on has been agreed to, so "
                                           "nobody is added to it. Choose another code."))  # fmt: skip

    async def _one(
        self, requests: tuple[AnyRequest, ...], key: bytes, prints: bytes = b"", guards: tuple[Guard, ...] = ()
    ) -> Outcome:
        item = Item(requests=requests, asked=self.asked, key=key, prints=prints or key, natural=True, guards=guards)
        [outcome] = outcomes_of(await self.sink.submit_many([item]))
        return outcome

    async def _submit(
        self, caseload: Caseload, knows: Known, people: list[PersonTaken], there: dict[str, int], report: TakeOnReport
    ) -> None:
        row = caseload.take_on
        assert row is not None
        stated = take_on_of_report(caseload, report)
        digest = _digest(stated)
        number = await self._begin(stated, digest, report)
        making = Making(
            row=row, files={each.sheet: each.sha256 for each in report.files}, number=number, salt=self.secrets.salt,
            reference_hash=lambda payee, text: document_hash(self.secrets.requests, self.book, payee, text),
            partners={fund.fund: fund.partner for fund in knows.funds_with(caseload).values()}, now_us=self.now_us,
        )  # fmt: skip
        await self._found(caseload, knows, making, report)
        found = {each.ref: each for each in report.people}
        for done, taken in enumerate(people, 1):
            if taken.person in there:
                await self._complete(taken, there[taken.person])
            else:
                await self._person(taken, making, found[taken.person], report)
            if self.progress is not None:
                self.progress(done)
        if report.is_clean:
            await self._one(
                (take_on_recorded("posted", stated, because=number),), self._key("posted", row.take_on, digest)
            )
        report.entry = number

    async def _begin(self, stated: TakeOn, digest: str, report: TakeOnReport) -> int:
        """The entry of this take-on from these files, made now or before."""
        key = self._key("begun", stated.code, digest)
        row = (await known(self.reading, self.book_id, [key])).get(key)
        if row is not None:
            return int(row["number"])
        outcome = await self._one((take_on_recorded("rehearsed", stated),), key)
        self._judge(outcome, Trouble("take_on", 0, "", "", ""), report)
        return outcome.number

    async def _found(self, caseload: Caseload, knows: Known, making: Making, report: TakeOnReport) -> None:
        """What people's money needs first: the opening account, fund-years, payees."""
        row = making.row
        opening = account("opening", source=row.source).code
        there = await which_are_open(self.reading, self.book_id, [opening])
        if not there:
            await self._one((opening_account(row.source),), self._key("opening", row.source))
        new, partners = set(), set()
        for fund in caseload.funds:
            if f"{fund.fund}/{fund.year}" in knows.years:
                continue
            code = account("partner/unbilled", partner=fund.partner).code if fund.partner else ""
            is_new_partner = code not in partners and not await which_are_open(self.reading, self.book_id, [code])
            group = fund_group(
                fund, is_new=fund.fund not in knows.funds and fund.fund not in new, is_new_partner=is_new_partner,
                opens_on=row.opens_on,
            )  # fmt: skip
            partners.add(code)
            new.add(fund.fund)
            outcome = await self._one(group, self._key("fund", fund.fund, fund.year))
            self._judge(outcome, Trouble("funds", fund.row, "fund", "", ""), report)
        for payee in caseload.payees:
            if payee.payee in knows.payees:
                continue
            outcome = await self._one(payee_group(payee, making), self._key("payee", payee.payee))
            if self._judge(outcome, Trouble("payees", payee.row, "payee", "", ""), report):
                lookup = name_lookup(self.secrets.lookup, self.book, payee.name)
                await self.sink.remember_payees([(payee.payee, lookup, outcome.number)])

    async def _person(self, taken: PersonTaken, making: Making, found: PersonFound, report: TakeOnReport) -> None:
        """One person whole, and then who they are."""
        place = Trouble("people", taken.row.row, "person", "", "")
        try:
            group = person_group(taken, making)
            if len(group) > MAX_IMPORTED_GROUP:
                raise Malformed("person_too_large", "person")
            key = self._key("person", making.row.source, taken.row.person)
            identity = Identity(taken.row.name, taken.row.nhs_number)
            async with self.identities.keeping(taken.person, identity) as keep:
                outcome = await self._one(group, key, self._prints(taken), guards_of(taken, making))
                if self._judge(outcome, place, report):
                    found.state = "posted" if not self.identities.is_trial else "new"
                    keep()
                else:
                    found.state = "refused"
        except (PersonKnown, IdentityDiffers):
            found.state = "refused"
            report.troubles.append(msgspec.structs.replace(
                place, column="nhs_number", code="person_known", reason="Somebody of this book has this NHS number."
            ))  # fmt: skip
        except Malformed as no:
            found.state = "refused"
            # A group that is too large is noticed first where one of its requests names another that is too far away.
            code = "person_too_large" if no.code == "because_malformed" else no.code
            reason = _MALFORMED.get(code, "This person cannot be taken on so.")
            report.troubles.append(msgspec.structs.replace(place, code=code, reason=reason))

    async def _complete(self, taken: PersonTaken, number: int) -> None:
        """Who somebody is, if their import was cut off before that was kept, and nobody has had it erased."""
        if self.identities.is_trial or await read_detail(self.reading, self.book_id, number) is None:
            return
        async with self.identities.keeping(taken.person, Identity(taken.row.name, taken.row.nhs_number)) as keep:
            keep()

    def _judge(self, outcome: Outcome, place: Trouble, report: TakeOnReport) -> bool:
        """Whether it was done; a refusal is a trouble of its row."""
        if outcome.refusal is None:
            return True
        report.troubles.append(
            msgspec.structs.replace(place, code=outcome.refusal.code, reason=outcome.refusal.sentence)
        )
        return False


_MALFORMED = {
    "person_too_large": f"Everything of one person is one group of at most {MAX_IMPORTED_GROUP} entries. Leave out what has ended, "
                        "or take orders and invoices on by hand.",
}  # fmt: skip


def _digest(stated: TakeOn) -> str:
    """Which files a take-on is from."""
    return sha256("|".join(stated.files).encode()).hexdigest()


def _without_rows(said: Any) -> Any:
    """The same without the lines of the file."""
    if isinstance(said, dict):
        return {
            name: _without_rows(value) for name, value in said.items() if name != "row" or not isinstance(value, int)
        }
    return [_without_rows(each) for each in said] if isinstance(said, list | tuple) else said
