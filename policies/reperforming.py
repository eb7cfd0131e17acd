"""A pack for whoever decides again without this program: facts, bundles and outcomes (docs/format.md section 10)."""

import base64
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from ledger.reports.decisions_kept import DecisionKept, decisions_kept
from ledger.reports.exports import prepare
from policies.bundle import Bundle, BundleUnfit
from policies.decisions import Content, content_of
from policies.sheet_kinds import KIND_OF_ACT
from policies.shelf import BundleMissing, files_kept
from policies.trying import verdict_of

Connection = Any
FORMAT = "phb-decisions/1"
TROUBLE = "engine."
"""What the id of a finding begins with that no rule has: the request was refused because it could not be decided."""


class RuleSaid(msgspec.Struct, frozen=True):
    """A rule that objected, with the effect it had there."""

    rule: str
    effect: str


class DecisionPacked(msgspec.Struct, frozen=True):
    """One decision that can be done again. `verdict` is what the rules said, `outcome` what the decision says: they differ where a
    person had approved before. `facts` are the bytes that were decided on; `line`, `salt` and `content` tie them to the log."""

    number: int
    bundle: str
    sheet: str
    facts: str
    verdict: str
    outcome: str
    findings: list[RuleSaid]
    reviews: list[RuleSaid]
    engine: str
    line: str
    salt: str
    content: str


class LeftOut(msgspec.Struct, frozen=True):
    """One decision that cannot: `why` is erased, by_person, not_decided (trouble of the engine), watched or bundle_missing."""

    number: int
    why: str


class Packed(msgspec.Struct, frozen=True):
    """What a pack holds."""

    format: str
    book: str
    since: date | None
    decisions: int
    left_out: dict[str, int]
    bundles: list[str]


async def pack_decisions(
    connection: Connection, book_id: int, book: str, directory: Path, own: Bundle, *, since: date | None = None,
    patterns: bool = False, progress: Any = None,
) -> Packed:  # fmt: skip
    """Write the pack of a book's decisions, about accounting days since one or all, with `patterns` the months too in which a
    pattern was found: their facts hold the thresholds. DirectoryNotEmpty. Role phb_reader."""
    prepare(directory)
    bundles: dict[str, bool] = {}
    why: dict[str, int] = {}
    written = 0
    with (directory / "decisions.jsonl").open("xb") as file, (directory / "left_out.jsonl").open("xb") as others:
        async for made in decisions_kept(connection, book_id, since=since or date.min):
            content = content_of(made.content) if made.content is not None else None
            reason = _left_out(made, content, patterns)
            if reason is None and not await _wrote(connection, book_id, directory, made.given["bundle"], own, bundles):
                reason = "bundle_missing"
            if reason is not None:
                why[reason] = why.get(reason, 0) + 1
                others.write(msgspec.json.encode(LeftOut(made.number, reason)) + b"\n")
                continue
            assert content is not None
            file.write(msgspec.json.encode(_packed(made, content)) + b"\n")
            written += 1
            if progress is not None and written % 100 == 0:
                progress(written)
    done = Packed(FORMAT, book, since, written, why, sorted(hash_ for hash_, is_kept in bundles.items() if is_kept))
    (directory / "manifest.json").write_bytes(msgspec.json.encode(done) + b"\n")
    return done


def _left_out(made: DecisionKept, content: Content | None, patterns: bool) -> str | None:
    if made.given.get("act") == "watch" and not patterns:
        # What a pattern was measured against is the commissioner's own, and a pack is handed on.
        return "watched"
    if content is None or not content.facts:
        return "erased" if made.is_erased else "by_person"
    if any(finding.rule.startswith(TROUBLE) for finding in content.findings):
        return "not_decided"
    return None


async def _wrote(
    connection: Connection, book_id: int, directory: Path, hash_: str, own: Bundle, bundles: dict[str, bool]
) -> bool:  # fmt: skip
    """Whether the files of a bundle are in the pack, written now if they were not. A bundle that this program cannot read any more
    is written as it was kept."""
    if hash_ not in bundles:
        try:
            files = own.files if hash_ == own.hash else await files_kept(connection, book_id, hash_)
        except (BundleMissing, BundleUnfit):
            bundles[hash_] = False
            return False
        for name, raw in files.items():
            path = directory / "bundles" / hash_ / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        bundles[hash_] = True
    return bundles[hash_]


def _packed(made: DecisionKept, content: Content) -> DecisionPacked:
    act = msgspec.json.decode(content.facts, type=dict[str, Any])["act"]
    kind = KIND_OF_ACT.get(act)
    return DecisionPacked(
        number=made.number, bundle=made.given["bundle"], sheet=kind.__name__ if kind is not None else "", facts=content.facts,
        verdict=verdict_of(content).outcome, outcome=made.given["outcome"],
        findings=[RuleSaid(each.rule, each.effect) for each in content.findings],
        reviews=[RuleSaid(each.rule, each.effect) for each in content.reviews],
        engine=content.engine, line=made.body, salt=(made.salt or b"").hex(),
        content=base64.b64encode(made.content or b"").decode(),
    )  # fmt: skip
