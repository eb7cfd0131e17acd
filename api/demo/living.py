"""One person's year: each wish asked of the gate, and what follows from its answer done by whoever does it in life."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from api.demo.cast import BANK, MACHINE, TERMS_DAYS, staff
from api.demo.loading import PATIENCE_SECONDS, Due, Loader
from api.demo.people import Person
from api.demo.wishes import (
    Ask,
    BankLine,
    Decide,
    Evidence,
    Explained,
    Instalment,
    Invoice,
    LateInvoice,
    Noted,
    Order,
    PayOut,
    Release,
    Reverse,
)
from ledger.budgets.acts import hold_released
from ledger.budgets.claims import Evidence as Document
from ledger.budgets.claims import bank_line_subject, claim_subject, invoice_subject
from ledger.budgets.people import person_recorded
from ledger.budgets.reading import order_of, said_at
from ledger.budgets.wording import detail_of
from ledger.core.batch import Outcome
from ledger.core.model import Asked, Detail
from policies import accepting, evidencing, instalments, settling
from policies.decisions import answer_detail
from policies.gate import Decided
from policies.referrals import resolve
from policies.resolution import Resolution
from policies.sheets import Wanted

Connection = Any


Affairs = Mapping[type, Callable[["Year", str, Any], Awaitable[None]]]
"""What is done for each kind of wish that is no matter of every day (`api.demo.affairs`)."""
DECLINED = "Made up: we say no to this now, and will talk with you about what would help instead."
"""What the officers of the demo write beside a no."""


class Year:
    """The year of one person, gone through in order. What a wish leaves for later ones is kept by its name."""

    def __init__(self, loader: Loader, person: Person, today: date, affairs: Affairs) -> None:
        self.loader = loader
        self.affairs = affairs
        self.person = person
        self.today = today
        self.lines = {each.line.line: each.line for each in person.lines}
        self.answers: dict[str, int] = {}
        self.referred: dict[str, int] = {}
        self.decided: dict[str, int] = {}
        self.holds: dict[str, int] = {}
        self.orders: dict[str, Order] = {}
        self.invoiced: dict[str, tuple[int, Due]] = {}
        self.paid: dict[str, int] = {}
        self.found: dict[str, int] = {}
        self.taken: dict[str, tuple[int, BankLine]] = {}
        self.shown: dict[str, int] = {}

    async def live(self) -> None:
        """Every wish, one after the other."""
        does: dict[type, Callable[..., Awaitable[None]]] = {
            Ask: self.ask, Order: self.order, Decide: self.decide, Invoice: self.invoice, Reverse: self.reverse,
            LateInvoice: self.late_invoice, Release: self.release, Instalment: self.instalment, PayOut: self.pay_out,
            Evidence: self.evidence, BankLine: self.bank_line, Explained: self.explained, Noted: self.noted,
        }  # fmt: skip
        for place, wish in enumerate(self.person.wishes):
            at, affair = f"person/{self.person.index}/{place}", self.affairs.get(type(wish))
            await (does[type(wish)](at, wish) if affair is None else affair(self, at, wish))

    # ---- through the gate ----------------------------------------------------------------------------------------------

    def _wanted(self, wish: Any, act: str, *, holder: str | None = None, **more: Any) -> Wanted:
        return Wanted(act=act, person=self.person.ref, line=wish.line, amount=wish.amount,  # type: ignore[arg-type]
                      effective_on=wish.on, asked_on=wish.on, holder=holder, **more)  # fmt: skip

    def _keep(self, name: str, outcome: Outcome) -> None:
        """Remember the hold of an order, or that it waits for an officer."""
        given = outcome.entries[0]
        if outcome.refusal is not None or given.attribute("outcome") == "deny":
            return
        self.decided[name] = given.number
        if given.attribute("outcome") == "refer":
            self.referred[name] = given.number
        else:
            self.holds[name] = given.number + 1

    def _who(self) -> tuple[Asked, str | None]:
        """Every third person asks for themselves; for the others an officer does."""
        if self.person.index % 3 == 0:
            return self.person.holder, self.person.holder.actor
        return staff("officer", self.person.index), None

    async def ask(self, place: str, wish: Ask) -> None:
        """A question to the gate."""
        asked, holder = self._who()
        wanted = self._wanted(wish, "spend", holder=holder, service=wish.service, payee=wish.payee)
        decided = await self.loader.gate.ask(wanted, self.loader.sender(place, asked), PATIENCE_SECONDS)
        outcome = self.loader.tally.count(decided)
        if outcome.refusal is None and outcome.entries[0].attribute("outcome") == "allow":
            self.answers[wish.name] = outcome.number

    async def order(self, place: str, wish: Order) -> None:
        """An order to the gate."""
        asked, holder = self._who()
        wanted = self._wanted(
            wish, "spend", holder=holder, service=wish.service, payee=wish.payee, care_from=wish.care_from,
            care_to=wish.care_to, relies_on=self.answers.get(wish.relies_on or "", 0),
        )  # fmt: skip
        decided = await self.loader.gate.spend(wanted, self.loader.sender(place, asked), PATIENCE_SECONDS)
        self.orders[wish.name] = wish
        self._keep(wish.name, self.loader.tally.count(decided))

    async def instalment(self, place: str, wish: Instalment) -> None:
        """An instalment to the gate, as the schedule has it."""
        wanted = self._wanted(wish, "instalment", service=self.lines[wish.line].services[0], period=wish.period)
        sender = self.loader.sender(place, staff("officer", self.person.index))
        decided = await self.loader.gate.instalment(wanted, sender, PATIENCE_SECONDS)
        self._keep(wish.name, self.loader.tally.count(decided))

    async def decide(self, place: str, wish: Decide) -> None:
        """An officer, another than asked, says yes or no to what was referred."""
        number = self.referred.pop(wish.of, None)
        if number is None:
            return

        asked = staff("officer", self.person.index + 1)

        async def make(connection: Connection) -> Resolution:
            referral = await said_at(connection, self.loader.book_id, number)
            assert referral is not None
            return await resolve(
                connection, self.loader.gate, referral, actor=asked.actor, allows=wish.approves, effective_on=wish.on,
                today=self.today, reason=wish.reason if wish.approves else wish.reason or "another",
                detail=None if wish.approves else answer_detail(self.loader.salt(), DECLINED),
            )  # fmt: skip

        outcome = await self.carried(place, asked, make)
        if outcome is not None:
            self.loader.tally.answers["approved" if wish.approves else "declined"] += 1
            self.holds.update((wish.of, entry.number) for entry in outcome.entries if entry.kind == "hold_placed")

    # ---- facts, and the work of the office -----------------------------------------------------------------------------

    async def carried(
        self, place: str, asked: Asked, make: Callable[[Connection], Awaitable[Resolution]]
    ) -> Outcome | None:
        """What needs no verdict, done; None, and counted, when the ledger refuses it or it cannot be."""
        sender = self.loader.sender(place, asked)
        return await self.settled(self.loader.gate.carry_out(make, sender, PATIENCE_SECONDS, person=self.person.ref))

    async def settled(self, work: Awaitable[Decided]) -> Outcome | None:
        """The outcome, counted; None when the ledger refused it or it could not be."""
        try:
            outcome = self.loader.tally.count(await work)
        except settling.NotSettled as no:
            self.loader.tally.refused[no.code] += 1
            return None
        return outcome if outcome.refusal is None else None

    def detail(self, reference: str) -> Detail:
        """A document's own reference, as it is kept."""
        return detail_of(self.loader.salt(), {"reference": reference})

    async def accepted(
        self, place: str, document: Document, on: date, care_from: date | None = None, care_to: date | None = None
    ) -> tuple[int, Due] | None:  # fmt: skip
        """An invoice entered by one of finance and accepted by another: its money's entry, and what is due for it."""
        turn = self.person.index
        entered = await self.carried(place, staff("finance", turn), lambda connection: settling.enter_invoice(
            connection, self.loader.book_id, document, care_from=care_from, care_to=care_to,
            detail=self.detail(document.subject),
        ))  # fmt: skip
        if entered is None:
            return None
        outcome = await self.settled(accepting.accept_invoice(
            self.loader.gate, self.loader.sender(f"{place}/accepted", staff("finance", turn + 1)), PATIENCE_SECONDS,
            person=self.person.ref, number=entered.number, effective_on=on,
        ))  # fmt: skip
        if outcome is None:
            return None
        acceptance = next(entry.number for entry in outcome.entries if entry.kind == "evidence")
        due = Due(document.payee or "", on + timedelta(days=TERMS_DAYS), document.subject, acceptance)
        self.loader.due.append(due)
        return outcome.entries[-1].number, due

    def _invoice(self, wish: Invoice | LateInvoice, of: Order | LateInvoice, **more: Any) -> Document:
        return Document(
            subject=invoice_subject(of.payee, hash_of(wish.reference)), person=self.person.ref, amount=wish.amount, line=of.line,
            payee=of.payee, service=of.service, document_on=wish.on, received_on=wish.on, **more,
        )  # fmt: skip

    async def invoice(self, place: str, wish: Invoice) -> None:
        """An invoice for an order: the hold gives what it holds."""
        hold = self.holds.get(wish.of)
        if hold is None:
            return
        order = self.orders[wish.of]
        document = self._invoice(wish, order, hold=hold, final=wish.final)
        found = await self.accepted(place, document, wish.on, order.care_from, order.care_to)
        if found is not None:
            self.invoiced[wish.of] = found

    async def late_invoice(self, place: str, wish: LateInvoice) -> None:
        """Care that nobody had ordered: it is owed all the same, and the gate says who should look at it."""
        await self.accepted(place, self._invoice(wish, wish), wish.on)

    async def reverse(self, place: str, wish: Reverse) -> None:
        """The last invoice of an order is undone by somebody else, and its hold is whole again."""
        if wish.of not in self.invoiced:
            return
        number, due = self.invoiced.pop(wish.of)
        self.loader.due.remove(due)
        await self.carried(place, staff("finance", self.person.index + 2), lambda connection: settling.reverse_entry(
            connection, self.loader.book_id, person=self.person.ref, number=number, effective_on=wish.on,
        ))  # fmt: skip

    async def release(self, place: str, wish: Release) -> None:
        """What an order still keeps, or an amount of it, is given back; by the clock when its time has passed."""
        hold = self.holds.get(wish.of)
        if hold is None:
            return

        async def make(connection: Connection) -> Resolution:
            held = await order_of(connection, self.loader.book_id, self.person.ref, hold)
            assert held is not None
            released = hold_released(hold=hold, shares=held.shares, amount=wish.amount, remaining=held.remaining,
                                     effective_on=wish.on, because=held.decision)  # fmt: skip
            return Resolution((released,), ())

        await self.carried(place, MACHINE if wish.lapsed else staff("officer", self.person.index + 2), make)
        if wish.amount is None:
            del self.holds[wish.of]

    async def pay_out(self, place: str, wish: PayOut) -> None:
        """One of finance releases an instalment that an officer asked for."""
        if wish.of not in self.holds:
            return
        paid = await self.carried(place, staff("finance", self.person.index), lambda connection: (
            instalments.release_instalment(connection, self.loader.book_id, person=self.person.ref,
                                          number=self.decided[wish.of], bank=BANK, effective_on=wish.on, today=wish.on)
        ))  # fmt: skip
        if paid is not None:
            self.went_out(wish.of, paid, wish.on)

    def went_out(self, name: str, outcome: Outcome, on: date) -> None:
        """An instalment was paid: its entry, and what left the bank for it."""
        paid = next(entry for entry in outcome.entries if any(code.startswith("in_transit/") for code, _ in entry.legs))
        self.paid[name] = paid.number
        self.loader.paid_out[on.strftime("%Y-%m")] -= sum(p for code, p in paid.legs if code.startswith("in_transit/"))
        self.holds.pop(name, None)

    async def _claimed(self, place: str, document: Document, on: date) -> int | None:
        """A holder claims what they bought, and an officer accepts the receipt: the entry of that, if they do."""
        claimed = await self.carried(place, self.person.holder, lambda connection: evidencing.enter_claim(
            connection, self.loader.book_id, document, bundle=self.loader.gate.engine.bundle,
            holder=self.person.holder.actor, today=self.today, scopes=frozenset(("holder", "spend")),
            detail=self.detail(document.subject),
        ))  # fmt: skip
        if claimed is None:
            return None
        outcome = await self.settled(evidencing.accept_claim(
            self.loader.gate, self.loader.sender(f"{place}/accepted", staff("officer", self.person.index)),
            PATIENCE_SECONDS, person=self.person.ref, number=claimed.number, effective_on=on,
        ))  # fmt: skip
        entries = () if outcome is None else outcome.entries
        return next((entry.number for entry in entries if entry.attribute("act") == "evidence_accepted"), None)

    async def evidence(self, place: str, wish: Evidence) -> None:
        """A receipt for what was bought."""
        document = Document(
            subject=claim_subject(wish.reference), person=self.person.ref, amount=wish.amount, line=wish.line,
            payee=wish.payee, holder_account=self.person.account, service=wish.service, document_on=wish.on,
        )  # fmt: skip
        accepted = await self._claimed(place, document, wish.on)
        if accepted is not None:
            self.shown[wish.reference] = accepted

    async def bank_line(self, place: str, wish: BankLine) -> None:
        """Money that left the holder's account is taken from the bank's statement; what it bought is not known yet."""
        account = self.person.account or ""
        document = Document(subject=bank_line_subject(account, hash_of(wish.name)), person=self.person.ref, amount=wish.amount,
                            holder_account=account, document_on=wish.on, feed="bank_feed")  # fmt: skip
        taken = await self.carried(place, staff("finance", self.person.index), lambda connection: (
            evidencing.take_bank_line(connection, self.loader.book_id, document, effective_on=wish.on,
                                      detail=self.detail(wish.name))
        ))  # fmt: skip
        if taken is not None and len(taken.entries) > 1:
            self.taken[wish.name] = (taken.number, wish)

    async def explained(self, place: str, wish: Explained) -> None:
        """The receipt for a bank line comes after all."""
        if wish.of not in self.taken:
            return
        number, taken = self.taken.pop(wish.of)
        document = Document(
            subject=claim_subject(f"{taken.name}.shown"), person=self.person.ref, amount=taken.amount, line=taken.line,
            holder_account=self.person.account, service=wish.service, document_on=taken.on, bank_line=number,
        )  # fmt: skip
        await self._claimed(place, document, wish.on)

    async def noted(self, place: str, wish: Noted) -> None:
        """Something happened in the person's life."""
        record = person_recorded(wish.act, person=self.person.ref, on=wish.on)
        await self.loader.must(place, staff("registrar", self.person.index), record)


def hash_of(reference: str) -> str:
    """Made up: the hash of a reference in the place of a keyed one."""
    return sha256(reference.encode()).hexdigest()[:32]
