"""The life of a bundle in a book: drafted, on trial, in force from a day, retired. Each step is an entry.

Whoever drafted a bundle does not put it in force. No step changes what was in force on a day that has passed.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.reading import said_of_bundles, version_of
from ledger.budgets.standing import Said, in_force_on, on_trial
from ledger.core.model import Detail, Guard
from ledger.core.requests import Record
from policies.bundle import Bundle
from policies.gate import ACTIVE_BUNDLE
from policies.resolution import Resolution
from policies.shelf import Shelf, kept_form

Connection = Any


class NotPublished(ValueError):
    """A step that a bundle cannot take as it stands in the book. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BundleStanding(msgspec.Struct, frozen=True):
    """How one bundle stands in a book on a day. `state` is draft, shadow, scheduled, active or retired; `drafted` the entry with
    its files, 0 where the book keeps none; `begins` the first day in force, also of one that is to be in force from then on, on
    trial until then or not; `ended` the day on which others took over."""

    hash: str
    state: str
    drafted: int
    begins: date | None = None
    ended: date | None = None


class Life(msgspec.Struct, frozen=True):
    """Everything that a book says of its bundles, oldest first."""

    said: tuple[Said, ...]

    @property
    def activations(self) -> list[Said]:
        """What is said of which rules are in force, and which on trial."""
        return [each for each in self.said if each.subject == ACTIVE_BUNDLE]

    def terms(self) -> list[tuple[date | None, str]]:
        """The days from which bundles are in force, with their hashes, in the order of the days; None is from the first. What was
        withdrawn, or superseded before its day was over, is not there."""
        days = sorted({_from(each) for each in self.activations if each.act == "activated"})
        found: list[tuple[date | None, str]] = []
        for day in days:
            said = in_force_on(self.activations, day)
            if said is not None and (not found or found[-1][1] != said.attributes["hash"]):
                found.append((None if day == date.min else day, said.attributes["hash"]))
        return found

    def in_force(self, day: date) -> str | None:
        """The hash of the rules in force on a day."""
        said = in_force_on(self.activations, day)
        return None if said is None else said.attributes["hash"]

    def scheduled(self, wanted: str, day: date) -> list[Said]:
        """Activations of a bundle for days after this one that still stand."""
        gone = {each.attributes.get("of") for each in self.activations if each.act == "withdrawn"}
        return [
            each for each in self.activations
            if each.act == "activated" and each.attributes["hash"] == wanted and _from(each) > day
            and str(each.number) not in gone
        ]  # fmt: skip

    def on_trial(self, day: date) -> str | None:
        """The hash of the bundle on trial on a day."""
        return on_trial(self.activations, day)

    def coming(self, day: date) -> list[tuple[date, str]]:
        """The days after this one from which others are to be in force, with their hashes, in the order of the days."""
        return [(begins, hash_) for begins, hash_ in self.terms() if begins is not None and begins > day]

    def draft(self, wanted: str) -> Said | None:
        """The last word on a bundle itself: that it was drafted, or that it was retired."""
        return next((each for each in reversed(self.said) if each.subject == f"bundle/{wanted}"), None)

    def standing(self, wanted: str, day: date) -> BundleStanding:
        """How a bundle stands on a day."""
        drafts = [each.number for each in self.said if each.subject == f"bundle/{wanted}" and each.act == "drafted"]
        drafted, said, terms = drafts[-1] if drafts else 0, self.draft(wanted), self.terms()
        own = [(place, begins) for place, (begins, hash_) in enumerate(terms) if hash_ == wanted]
        if self.in_force(day) == wanted:
            begins = next(begins for _, begins in reversed(own) if begins is None or begins <= day)
            return BundleStanding(wanted, "active", drafted, begins)
        if said is None or said.act == "drafted":
            later = next((begins for begins, hash_ in self.coming(day) if hash_ == wanted), None)
            if self.on_trial(day) == wanted:
                return BundleStanding(wanted, "shadow", drafted, later)
            if later is not None:
                return BundleStanding(wanted, "scheduled", drafted, later)
        past = [(place, begins) for place, begins in own if begins is None or begins <= day]
        if past:
            place, begins = past[-1]
            return BundleStanding(wanted, "retired", drafted, begins, terms[place + 1][0])
        for each in reversed(self.activations):
            if each.act == "activated" and each.attributes["hash"] == wanted and _from(each) <= day:
                # Others took over on the day on which it began.
                return BundleStanding(wanted, "retired", drafted, _from(each), _from(each))
        return BundleStanding(wanted, "draft" if said is None or said.act == "drafted" else "retired", drafted)

    def all(self, day: date) -> list[BundleStanding]:
        """Every bundle of the book, in the order in which they were first named."""
        return [self.standing(each, day) for each in dict.fromkeys(said.attributes["hash"] for said in self.said)]


async def read_life(connection: Connection, book_id: int) -> Life:
    """What a book says of its bundles."""
    return Life(tuple(await said_of_bundles(connection, book_id)))


async def bundle_on(connection: Connection, book_id: int, day: date, shelf: Shelf) -> Bundle:
    """The rules in force in a book on a day, for what is only read by their limits or services; those of the shelf's own process
    where the book has none that can be used."""
    engine = await shelf.find(connection, book_id, (await read_life(connection, book_id)).in_force(day))
    return (engine or shelf.own).bundle


async def draft(connection: Connection, book_id: int, bundle: Bundle, salt: bytes) -> Resolution:
    """Proposes a bundle: its files are kept with the entry. NotPublished(bundle_drafted_already)."""
    life = await read_life(connection, book_id)
    said = life.draft(bundle.hash)
    if said is not None and said.act == "drafted":
        raise NotPublished("bundle_drafted_already")
    return Resolution((record_of_draft(bundle, salt),), await _guards(connection, book_id, f"bundle/{bundle.hash}"))


def record_of_draft(bundle: Bundle, salt: bytes) -> Record:
    """That a bundle is proposed, with its files."""
    return Record(
        kind="bundle", subject=f"bundle/{bundle.hash}", attributes=(("act", "drafted"), ("hash", bundle.hash)),
        detail=Detail(salt, kept_form(bundle)),
    )  # fmt: skip


def record_from_the_first(bundle: Bundle, because: int) -> Record:
    """That a bundle, drafted in an entry, is in force from the first day of a book that has no other."""
    return _said(ACTIVE_BUNDLE, "activated", bundle.hash, because=because)


async def begin_trial(connection: Connection, book_id: int, wanted: str, today: date) -> Resolution:
    """Evaluates a draft beside the rules in force from now on, in the place of another that was. NotPublished(bundle_not_drafted,
    bundle_on_trial, bundle_in_force)."""
    life = await read_life(connection, book_id)
    drafted = _drafted(life, wanted)
    if life.in_force(today) == wanted:
        raise NotPublished("bundle_in_force")
    if life.on_trial(today) == wanted:
        raise NotPublished("bundle_on_trial")
    return Resolution(
        (_said(ACTIVE_BUNDLE, "begun", wanted, because=drafted.number, begins=today.isoformat()),),
        await _guards(connection, book_id, f"bundle/{wanted}", ACTIVE_BUNDLE),
    )


async def end_trial(connection: Connection, book_id: int, wanted: str, today: date) -> Resolution:
    """Evaluates a bundle beside the rules in force no longer; its draft, and its activation for a later day, stay.
    NotPublished(bundle_not_on_trial)."""
    if (await read_life(connection, book_id)).on_trial(today) != wanted:
        raise NotPublished("bundle_not_on_trial")
    return Resolution((_said(ACTIVE_BUNDLE, "ended", wanted),), await _guards(connection, book_id, ACTIVE_BUNDLE))


async def activate(connection: Connection, book_id: int, wanted: str, begins: date, today: date) -> Resolution:
    """Puts a draft in force from a day, which has not passed; by another than drafted it. From today on its trial is over in the
    same group; until a later day it goes on. NotPublished(bundle_not_drafted, day_has_passed, bundle_in_force)."""
    life = await read_life(connection, book_id)
    drafted = _drafted(life, wanted)
    if begins < today:
        raise NotPublished("day_has_passed")
    if life.in_force(begins) == wanted:
        raise NotPublished("bundle_in_force")
    records = [_said(ACTIVE_BUNDLE, "activated", wanted, because=drafted.number, begins=begins.isoformat())]
    if begins == today and life.on_trial(today) == wanted:
        records.append(_said(ACTIVE_BUNDLE, "ended", wanted))
    return Resolution(
        tuple(records), await _guards(connection, book_id, f"bundle/{wanted}", ACTIVE_BUNDLE), other_than=(drafted.number,)
    )  # fmt: skip


async def retire(connection: Connection, book_id: int, wanted: str, today: date) -> Resolution:
    """Takes a bundle back that is not in force: its draft, its trial, and its activation for a later day. NotPublished(
    bundle_not_drafted, bundle_in_force)."""
    life = await read_life(connection, book_id)
    drafted = _drafted(life, wanted)
    if life.in_force(today) == wanted:
        raise NotPublished("bundle_in_force")
    records = [_said(f"bundle/{wanted}", "retired", wanted, because=drafted.number)]
    if life.on_trial(today) == wanted:
        records.append(_said(ACTIVE_BUNDLE, "ended", wanted))
    records += [
        _said(ACTIVE_BUNDLE, "withdrawn", wanted, of=str(each.number), because=each.number)
        for each in life.scheduled(wanted, today)
    ]
    return Resolution(
        tuple(records), await _guards(connection, book_id, f"bundle/{wanted}", ACTIVE_BUNDLE)
    )  # fmt: skip


def _drafted(life: Life, wanted: str) -> Said:
    said = life.draft(wanted)
    if said is None or said.act != "drafted":
        raise NotPublished("bundle_not_drafted")
    return said


def _said(
    subject: str, act: str, wanted: str, *, because: int = 0, begins: str | None = None, of: str | None = None
) -> Record:
    given = {"act": act, "hash": wanted, "from": begins, "of": of}
    stated: Sequence[tuple[str, str]] = sorted((name, value) for name, value in given.items() if value is not None)
    return Record(kind="bundle", subject=subject, attributes=tuple(stated), because=because)


async def _guards(connection: Connection, book_id: int, *subjects: str) -> tuple[Guard, ...]:
    return tuple([Guard(each, await version_of(connection, book_id, each)) for each in subjects])


def _from(said: Said) -> date:
    begins = said.attributes.get("from")
    return date.fromisoformat(begins) if begins else date.min
