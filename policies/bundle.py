"""The bundle: rules, schema, services and local limits, loaded together and published under one hash.

A decision names the bundle by its hash, so that anyone who has the files can do it again. Loading is strict,
because Cedar is not: it takes a misspelt annotation, two rules of one id and an empty set of rules without a word.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path

import cedarpy
import msgspec

from ledger.money import MAX_PENCE
from policies.facts import Kind
from policies.lint import RULE_FILES, Rule, read_rules, speaks_of, too_deep, unfit_schema
from policies.narrowing import Narrowed
from policies.sheet_kinds import KIND_OF_ACT

HERE = Path(__file__).parent
SCHEMA = "rules/phb.cedarschema"
SERVICES = "services.json"
DEFAULT_LIMITS = "default"
FILE_NAME = re.compile(r"(?:rules/[a-z_]+\.(?:cedar|cedarschema)|limits/[A-Za-z0-9]+\.json|services\.json)\Z")
"""What a file of a bundle can be called: a bundle is also sent, kept and written out again, and none may leave its folder."""
MOST = {"pence": MAX_PENCE, "days": 3_660, "weeks": 520, "percent": 100, "count": 1_000}
"""The unit of a limit → the most that it may be. More would be no limit: facts would be out of their bounds, or days past all
calendars."""
NEVER_ZERO = frozenset((
    "advance_lasts_days", "answer_relied_days", "care_check_days", "decide_within_days", "look_within_days", "order_held_days",
    "provider_check_days", "query_within_days", "reconsideration_days", "reimbursed_within_days", "returns_reminded_count",
    "review_family_paid_days", "review_first_year_days", "review_large_days", "review_own_account_days", "review_reminded_days",
    "review_shortfall_days", "surplus_weeks", "week_pay_cap_pence",
))  # fmt: skip
"""Limits of which none at all would have no meaning: a time that is over before it begins, a balance that is always too much."""
NOT_ABOVE = {"contingency_weeks": "surplus_weeks", "single_pence": "service_30_days_pence"}
"""A limit → another that it is never above: a balance is not looked at while all of it may stay, and what nobody looks at as one
purchase is not looked at as a service's."""


class BundleUnfit(ValueError):
    """These files are no bundle. `reasons` has everything that is wrong with them, not only the first."""

    code = "bundle_unfit"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)


class ServiceUnknown(LookupError):
    """The code is not in the bundle's closed list of services."""


class LimitNotSet(LookupError):
    """No local limit is in force on that day, for this book or by default."""


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A thing that care money may be asked for. `letter` is that of reg 8(5) for an excluded one."""

    code: str
    kind: Kind
    name: str
    letter: str = ""


class _Services(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: list[Service]


class Dated(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from"}):
    """A value from a day on, until the next one begins; the name of its limit says in what unit."""

    begins: date
    value: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The local values of one book on one day: what may be asked for is measured against them, never against a number in a rule.

    Each is a field here, and so a name in the files of `limits/`; its last part is the unit."""

    single_pence: int
    """A purchase of more is referred; one of exactly this is not."""
    service_30_days_pence: int
    """As much of one service in the 30 days that end on the day of the purchase."""
    forecast_low_days: int
    """Money that is forecast to end more than so many days before its line does is a shortfall (reg 14(4))."""
    forecast_surplus_weeks: int
    """More forecast to be left at the end than so many weeks of what was given is a surplus."""
    review_shortfall_days: int
    """A review because of a shortfall is due so many days after it was opened."""
    review_called_days: int
    """A review that somebody called for, as when the person's health has changed (reg 14(3)), is due so many days after that."""
    surplus_weeks: int
    """A balance of more than so many weeks of payment, less unpaid liabilities, is looked at as a surplus."""
    reconsideration_days: int
    """Days within which a request to look at a decision again is answered."""
    waive_limit_pence: int
    """One person may waive a claim up to this; more is referred to a second."""
    write_off_limit_pence: int
    """One person may write a debt off up to this; more is referred to a second."""
    allocate_limit_pence: int
    """One person whose grade has no limit of its own signs a plan up to this; more is referred. Like the next two it is shipped so
    that no act with an amount is without a limit, and is for the commissioner to replace by its own scheme of delegation."""
    move_limit_pence: int
    """Such a person moves so much between or within budget lines alone."""
    recover_limit_pence: int
    """Such a person determines, offsets or demands so much of a holder alone."""
    offset_stays_percent: int
    """How much of the authority that an offset frees is left on the line; the rest goes back to the fund."""
    stop_notice_days: int
    """A stop of a direct payment after fewer days of notice is referred."""
    invoice_over_order_pence: int
    """An invoice that asks for more than this beyond its order is looked at by a person."""
    invoice_over_rate_percent: int
    """An invoice whose rate or quantity is above that of its order by more percent than this is looked at by a person."""
    reimbursed_within_days: int
    """A holder or carer is paid back within so many days of the acceptance of what they laid out."""
    account_waiting_days: int
    """Nothing is paid by itself into an account that takes the place of another before so many days after its approval."""
    returns_reminded_count: int
    """After so many reminders of a return that did not come in, somebody looks."""
    virement_above_percent: int
    """A move that gives a line more than its plan did by more percent than this is looked at by a person."""
    query_within_days: int
    """A demand for money that nobody asked about within so many days after it was spent is looked at by a person."""
    care_check_days: int
    """A surplus is referred unless somebody found out within so many days before that no planned care goes unmet."""
    lost_receipts_percent: int
    """Spending accepted in a quarter of which more percent than this has no document that can be read is looked at by a person,"""
    lost_receipts_pence: int
    """and so it is only where that is more than this: a small lost receipt is nobody's concern."""
    provider_check_days: int
    """A provider that the commissioner was asked to check is checked within so many days."""
    exempt_pence: int
    """Spending up to this may be exempted from evidence by one person; more is referred to a second."""
    year_reopened_days: int
    """A year that was closed more than so many days ago is opened again only after a second person looked."""
    carry_forward_pence: int
    """More authority than this that goes on into another year without care bought for it is looked at by a second person."""
    decide_within_days: int
    """Days within which an officer decides a referral; its money is held until then."""
    order_held_days: int
    """Days after the care, or after the order, until one that nobody invoiced gives its money back."""
    answer_relied_days: int
    """How long an answer can be relied on, counted from the day it was given for."""
    look_within_days: int
    """Days within which somebody looks at what a pattern found."""
    contingency_weeks: int
    """Weeks of payment that stay with a holder when a surplus is taken, where no other contingency was agreed."""
    no_receipt_pence: int
    """Spending up to this needs no receipt: none is asked for, and none counts as lost,"""
    no_receipt_year_pence: int
    """as long as what has none in a financial year comes to no more than this for the person."""
    review_large_pence: int
    """A budget of more than this in a week is a large one, which is reviewed more often."""
    review_large_days: int
    """So long after the last review of a large budget, or after its plan began, the next is due here."""
    review_first_year_days: int
    """The same of somebody's first year with a budget,"""
    review_own_account_days: int
    """of one whose money goes to an account of the holder's own that is neither managed nor a card,"""
    review_family_paid_days: int
    """of one from which the plan lets family or friends of the household be paid,"""
    review_reminded_days: int
    """and of one whose return did not come in when it was asked for. The shortest of those that apply counts."""
    advance_lasts_days: int
    """How long money lasts that was paid ahead by no schedule: without evidence it is past its period after that."""
    week_pay_cap_pence: int
    """The most of a week's pay that redundancy pay counts (Employment Rights Act 1996 s227): the law's, the same everywhere."""


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from"}):
    """The services that a commissioner usually does not pay for, from a day on, until the next list begins."""

    begins: date
    services: list[str]


_LimitFile = msgspec.defstruct(
    "_LimitFile",
    [*((name, list[Dated], []) for name in Limits.__struct_fields__), ("services_left_out", list[LeftOut], [])],
    frozen=True,
    forbid_unknown_fields=True,
)


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A published set of rules with everything they need. Parsed once; nothing here ever changes."""

    hash: str
    """SHA-256 in hex, over the listing that `sha256sum` prints of all files by their sorted names."""
    policies: cedarpy.PolicySet
    by_act: Mapping[str, Narrowed]
    """Act -> those of the policies whose scope lets them speak of it, and of a sheet those that could object to it."""
    schema: cedarpy.Schema
    permit: str
    """Cedar's name for the one permit."""
    rules: Mapping[str, Rule]
    """Cedar's name for a policy -> the rule."""
    services: Mapping[str, Service]
    limits: Mapping[str, Mapping[str, tuple[Dated, ...]]]
    """Book code or `default` -> limit -> its values, oldest first."""
    left_out: Mapping[str, tuple[LeftOut, ...]]
    """Book code or `default` -> its lists of services left out, oldest first."""
    files: Mapping[str, bytes]
    """Name within the folder -> what stands in it."""

    @classmethod
    def load(cls, folder: Path = HERE) -> "Bundle":
        """Read and check all files of `folder`. BundleUnfit with every reason when they are no bundle."""
        return cls.of_files(files_of(folder))

    @classmethod
    def of_files(cls, files: Mapping[str, bytes]) -> "Bundle":
        """The same from files by their names. BundleUnfit."""
        try:
            rule_files = {name: raw.decode() for name, raw in files.items() if name.startswith("rules/")}
        except UnicodeDecodeError as wrong:
            raise BundleUnfit(["a file of rules is not UTF-8"]) from wrong
        reasons = [f"{name!r} is no name of a file of a bundle" for name in sorted(files) if not FILE_NAME.match(name)]
        deep = [reason for name, text in rule_files.items() for reason in too_deep(name, text)]
        if deep:
            raise BundleUnfit([*reasons, *deep])
        schema_text = rule_files.pop(SCHEMA, "")
        texts = {name.removeprefix("rules/").removesuffix(".cedar"): text for name, text in rule_files.items()}
        services = _services(files, reasons)
        limits, left_out = _limits(files, set(services), reasons)
        reasons += unfit_schema(schema_text, set(services))
        rules = read_rules(texts, reasons)
        whole = "\n".join(texts[name] for name in RULE_FILES if name in texts)
        try:
            schema = cedarpy.Schema.from_str(schema_text)
            policies = cedarpy.PolicySet.from_str(whole)
            reasons += [f"the schema objects: {wrong}" for wrong in cedarpy.validate_policies(whole, schema).errors]
        except ValueError as wrong:
            raise BundleUnfit([*reasons, f"Cedar cannot read the bundle: {wrong}"]) from wrong
        if reasons:
            raise BundleUnfit(reasons)
        parsed = policies.to_pst().static_policies
        ids = {name: policy.annotations["id"] for name, policy in parsed.items()}
        by_id = {rule.id: rule for rule in rules}
        (permit,) = [name for name, id_ in ids.items() if id_ not in by_id]
        return cls(
            hash=hash_of(files),
            policies=policies,
            by_act={
                act: Narrowed({name: each for name, each in parsed.items() if speaks_of(each, act)})
                for act in KIND_OF_ACT
            },
            schema=schema,
            permit=permit,
            rules={name: by_id[id_] for name, id_ in ids.items() if id_ in by_id},
            services=services,
            limits=limits,
            left_out=left_out,
            files=dict(files),
        )

    def service_kind(self, code: str) -> Kind:
        """Whether the service is care, excluded by reg 8(5), or not known yet. ServiceUnknown for other codes."""
        service = self.services.get(code)
        if service is None:
            raise ServiceUnknown
        return service.kind

    def limits_on(self, book: str, day: date) -> Limits:
        """The limits of a book (its code) on an accounting day: its own where it has one by then, else the
        default. LimitNotSet for a day before the first."""
        return Limits(**{name: self._limit(name, book, day) for name in Limits.__struct_fields__})

    def first_day(self) -> date:
        """The first day on which every limit has a value."""
        return max(values[0].begins for values in self.limits[DEFAULT_LIMITS].values())

    def services_left_out(self, book: str, day: date) -> frozenset[str]:
        """The services that a book (its code) leaves out on an accounting day: its own list where it has one by then, else the
        default; none where there is no list."""
        for owner in (book, DEFAULT_LIMITS):
            begun = [each for each in self.left_out.get(owner, ()) if each.begins <= day]
            if begun:
                return frozenset(begun[-1].services)
        return frozenset()

    def _limit(self, limit: str, book: str, day: date) -> int:
        found = in_force_on(self.limits, limit, book, day)
        if found is None:
            raise LimitNotSet
        return found.value


def hash_of(files: Mapping[str, bytes]) -> str:
    """The bundle's hash, such that coreutils alone can make it again, here, with `LC_ALL=C` in the shell:
    `sha256sum limits/* rules/* services.json | sha256sum`."""
    listing = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return sha256(listing.encode()).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle by its name within it."""
    paths = [*folder.glob("rules/*"), *folder.glob("limits/*"), folder / SERVICES]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def _services(files: Mapping[str, bytes], reasons: list[str]) -> dict[str, Service]:
    try:
        listed = msgspec.json.decode(files.get(SERVICES, b""), type=_Services).services
    except msgspec.DecodeError as wrong:
        reasons.append(f"{SERVICES}: {wrong}")
        return {}
    codes = [service.code for service in listed]
    reasons += [f"{SERVICES}: {code} is there twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    letters = sorted(service.letter for service in listed if service.kind == "excluded")
    if letters != list("abcdefghi") or any(service.letter for service in listed if service.kind != "excluded"):
        reasons.append(f"{SERVICES}: the excluded services are the nine of reg 8(5), (a) to (i)")
    for kind in ("unlawful", "unsure"):
        if [service.code for service in listed if service.kind == kind] != [kind]:
            reasons.append(f"{SERVICES}: exactly one service is {kind}")
    return {service.code: service for service in listed}


def _limits(
    files: Mapping[str, bytes], services: set[str], reasons: list[str]
) -> tuple[dict[str, dict[str, tuple[Dated, ...]]], dict[str, tuple[LeftOut, ...]]]:
    read: dict[str, dict[str, tuple[Dated, ...]]] = {}
    left_out: dict[str, tuple[LeftOut, ...]] = {}
    for name in sorted(name for name in files if name.startswith("limits/")):
        try:
            file = msgspec.json.decode(files[name], type=_LimitFile)
        except msgspec.DecodeError as wrong:
            reasons.append(f"{name}: {wrong}")
            continue
        owner = Path(name).stem
        read[owner] = {}
        left_out[owner] = tuple(file.services_left_out)  # type: ignore[attr-defined]
        begins = [each.begins for each in left_out[owner]]
        if begins != sorted(set(begins)):
            reasons.append(f"{name}: the days of services_left_out do not rise")
        unknown = {service for each in left_out[owner] for service in each.services} - services
        reasons += [f"{name}: {service} is no service" for service in sorted(unknown)]
        for limit in Limits.__struct_fields__:
            values: list[Dated] = getattr(file, limit)
            days = [value.begins for value in values]
            if days != sorted(set(days)):
                reasons.append(f"{name}: the days of {limit} do not rise")
            if any(value.value < 0 for value in values):
                reasons.append(f"{name}: {limit} is below zero")
            if limit in NEVER_ZERO and any(value.value == 0 for value in values):
                reasons.append(f"{name}: {limit} is zero")
            most = MOST[limit.rpartition("_")[2]]
            if any(value.value > most for value in values):
                reasons.append(f"{name}: {limit} is more than {most}")
            if owner == DEFAULT_LIMITS and not values:
                reasons.append(f"{name}: {limit} has no value")
            read[owner][limit] = tuple(values)
    if DEFAULT_LIMITS not in read:
        reasons.append("limits/default.json is not there or cannot be read")
    elif not reasons:
        reasons += _out_of_proportion(read)
    return read, left_out


def in_force_on(
    limits: Mapping[str, Mapping[str, tuple[Dated, ...]]], limit: str, book: str, day: date
) -> Dated | None:  # fmt: skip
    """The value of a limit that counts for a book on a day: its own where it has one by then, else the default; None before the
    first."""
    for owner in (book, DEFAULT_LIMITS):
        begun = [value for value in limits.get(owner, {}).get(limit, ()) if value.begins <= day]
        if begun:
            return begun[-1]
    return None


def _out_of_proportion(read: Mapping[str, Mapping[str, tuple[Dated, ...]]]) -> Iterator[str]:
    """What is above another limit from some day on, for a book as its rules would find both."""
    for owner in sorted(read):
        for low, high in NOT_ABOVE.items():
            of_both = (
                each for book in (owner, DEFAULT_LIMITS) for limit in (low, high) for each in read[book].get(limit, ())
            )
            for day in sorted({each.begins for each in of_both}):
                found = [in_force_on(read, limit, owner, day) for limit in (low, high)]
                if None not in found and found[0].value > found[1].value:  # type: ignore[union-attr]
                    yield f"limits/{owner}.json: {low} is above {high} from {day}"
                    break
