"""What the tables of schema phb look like, declared once for alembic's comparison and for the types of rows
read.

The tables are made by migrations/sql, where their guarantees can be reviewed; `alembic check` holds this page
to them. Nothing here writes: rows are read as these types and changed only by append_batch (engine.md 4 and
8).
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlmodel import Field, SQLModel

METADATA = MetaData(schema="phb")


def _part(kind: Any, **more: Any) -> Any:
    """A column that may be absent only where its type says so."""
    return Field(sa_type=kind, **more)


def _key(kind: Any, **more: Any) -> Any:
    return Field(sa_type=kind, primary_key=True, sa_column_kwargs={"autoincrement": False}, **more)


def _counted(kind: Any) -> Any:
    return Field(default=0, sa_type=kind, sa_column_kwargs={"server_default": text("0")})


class Table(SQLModel):
    """What all declarations share: their metadata is not that of other users of SQLModel in the process."""

    metadata: ClassVar[MetaData] = METADATA


class Book(Table, table=True):
    """One commissioner's ledger."""

    __tablename__ = "book"
    __table_args__ = (
        UniqueConstraint("code", name="book_code_key"),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9]{1,15}$'", name="book_code_check"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="book_currency_check"),
        CheckConstraint("nature IN ('live', 'synthetic', 'open_data')", name="book_nature_check"),
    )
    book_id: int = Field(sa_column=Column(Integer, Identity(always=True), primary_key=True))
    code: str = _part(Text)
    currency: str = _part(Text)
    nature: str = _part(Text)
    first_day: date


class Head(Table, table=True):
    """Where a book's log ends, and the server that wrote its end."""

    __tablename__ = "head"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)
    book_id: int = _key(Integer, foreign_key="phb.book.book_id")
    size: int = _part(BigInteger)
    root: bytes = _part(LargeBinary)
    frontier: bytes = _part(LargeBinary)
    last_us: int = _part(BigInteger)
    origin: str = _part(Text)
    system_identifier: str = _part(Text)
    timeline: int = _part(Integer)
    next_account_id: int = _part(Integer)


class EntryRow(Table, table=True):
    """One line of the log and its leaf hash. Times in microseconds UTC."""

    __tablename__ = "entry"
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    recorded_us: int = _part(BigInteger)
    kind: str = _part(Text)
    effective_on: date | None = None
    body: str = _part(Text)
    leaf: bytes = _part(LargeBinary)


class Account(Table, table=True):
    """A place money can be; floor and ceiling in signed pence."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("code", "book_id", name="account_code_book_id_key"),
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="account_status_check"),
        Index("account_person", "book_id", "person_ref", postgresql_where=text("person_ref IS NOT NULL")),
    )
    book_id: int = _key(Integer)
    account_id: int = _key(Integer)
    code: str = Field(sa_type=Text(collation="C"))
    class_: str = Field(sa_column=Column("class", Text, nullable=False))
    layer: str = _part(Text)
    balance_group: str = _part(Text)
    type: str = _part(Text)
    normal: str = _part(Text)
    floor: int | None = _part(BigInteger)
    ceiling: int | None = _part(BigInteger)
    status: str = Field(default="open", sa_type=Text, sa_column_kwargs={"server_default": text("'open'")})
    tags: dict[str, str] = _part(JSONB)
    person_ref: str | None = _part(Text)
    opened_number: int = _part(BigInteger)


class Posting(Table, table=True):
    """Signed pence that an entry put on an account, and the balance there afterwards."""

    __tablename__ = "posting"
    __table_args__ = (CheckConstraint("amount <> 0", name="posting_amount_check"),)
    book_id: int = _key(Integer)
    account_id: int = _key(Integer)
    number: int = _key(BigInteger)
    amount: int = _part(BigInteger)
    balance_after: int = _part(BigInteger)
    effective_on: date


class Balance(Table, table=True):
    """What an account holds now, in signed pence, with its debit and credit turnover."""

    __tablename__ = "balance"
    __table_args__ = (
        CheckConstraint("balance = debit - credit", name="balance_check"),
        {"postgresql_with": {"fillfactor": 50}},
    )
    book_id: int = _key(Integer)
    account_id: int = _key(Integer)
    balance: int = _counted(BigInteger)
    debit: int = _counted(BigInteger)
    credit: int = _counted(BigInteger)
    postings: int = _counted(BigInteger)
    last_number: int = _counted(BigInteger)


class Delta(Table, table=True):
    """What moved on an account with effect on one day, in pence."""

    __tablename__ = "delta"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)
    book_id: int = _key(Integer)
    account_id: int = _key(Integer)
    day: date = Field(primary_key=True)
    debit: int = _part(BigInteger)
    credit: int = _part(BigInteger)


class RequestKey(Table, table=True):
    """A key that was used, as a keyed hash, and the entries that answered it."""

    __tablename__ = "request_key"
    book_id: int = _key(Integer)
    key: bytes = _key(LargeBinary)
    number: int = _part(BigInteger)
    entries: int = _part(SmallInteger)
    tree_size: int = _part(BigInteger)
    prints: bytes = _part(LargeBinary)


class SubtreeRow(Table, table=True):
    """The root of a complete subtree of 256**level leaves."""

    __tablename__ = "subtree"
    book_id: int = _key(Integer)
    level: int = _key(SmallInteger)
    index: int = _key(BigInteger)
    root: bytes = _part(LargeBinary)


class Hold(Table, table=True):
    """Money kept to one side; its number is that of its placing entry."""

    __tablename__ = "hold"
    __table_args__ = (
        Index(
            "hold_due",
            "book_id",
            "expires_us",
            postgresql_where=text("NOT closed AND expires_us IS NOT NULL"),
        ),
    )
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    purpose: str = _part(Text)
    subject: str | None = _part(Text)
    expires_us: int | None = _part(BigInteger)
    closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class HoldPairRow(Table, table=True):
    """What a hold keeps on one holding account, in pence."""

    __tablename__ = "hold_pair"
    __table_args__ = (
        CheckConstraint("placed > 0", name="hold_pair_placed_check"),
        CheckConstraint("remaining >= 0 AND remaining <= placed", name="hold_pair_check"),
        Index("hold_pair_holding", "book_id", "holding_id", postgresql_where=text("remaining > 0")),
        Index("hold_pair_origin", "book_id", "origin_id", postgresql_where=text("remaining > 0")),
    )
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    holding_id: int = _key(Integer)
    origin_id: int = _part(Integer)
    placed: int = _part(BigInteger)
    remaining: int = _part(BigInteger)


class Undone(Table, table=True):
    """A movement that was reversed or corrected, and by which entry: once each."""

    __tablename__ = "undone"
    __table_args__ = (UniqueConstraint("book_id", "undone_by", name="undone_book_id_undone_by_key"),)
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    undone_by: int = _part(BigInteger)


class Period(Table, table=True):
    """A month or year that was closed at some time, and whether it is now."""

    __tablename__ = "period"
    book_id: int = _key(Integer)
    period: str = _key(Text)
    first_day: date
    last_day: date
    closed: bool
    actor: str = _part(Text)
    number: int = _part(BigInteger)


class SubjectVersion(Table, table=True):
    """The number of the last entry about a subject."""

    __tablename__ = "subject_version"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)
    book_id: int = _key(Integer)
    subject: str = _key(Text)
    number: int = _part(BigInteger)


class DetailRow(Table, table=True):
    """What may be erased: content kept apart from the log, with its salt."""

    __tablename__ = "detail"
    __table_args__ = (CheckConstraint("octet_length(salt) = 16", name="detail_salt_check"),)
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    salt: bytes = _part(LargeBinary)
    content: bytes = _part(LargeBinary)


class Erased(Table, table=True):
    """An entry whose detail was erased, and by which entry."""

    __tablename__ = "erased"
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    erased_by: int = _part(BigInteger)


class Payee(Table, table=True):
    """Who is paid, without a name: a reference and the keyed hash under which the name is found again."""

    __tablename__ = "payee"
    __table_args__ = (
        Index("payee_lookup", "book_id", "lookup", unique=True, postgresql_where=text("lookup IS NOT NULL")),
    )
    book_id: int = _key(Integer)
    payee_ref: str = _key(Text)
    lookup: bytes | None = _part(LargeBinary)
    number: int = _part(BigInteger)


class MonthTotal(Table, table=True):
    """What moved on an account by month of effect and month recorded, in pence (engine.md 21)."""

    __tablename__ = "month_total"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)
    book_id: int = _key(Integer)
    account_id: int = _key(Integer)
    effect_month: date = Field(primary_key=True)
    recorded_month: date = Field(primary_key=True)
    debit: int = _part(BigInteger)
    credit: int = _part(BigInteger)
    postings: int = _part(BigInteger)


class Cursor(Table, table=True):
    """How far a projector has read."""

    __tablename__ = "cursor"
    book_id: int = _key(Integer)
    name: str = _key(Text)
    through_entry: int = _part(BigInteger)


class Access(Table, table=True):
    """Who looked at what, when and what for, and whether it was shown."""

    __tablename__ = "access"
    __table_args__ = (
        CheckConstraint("outcome IN ('allow', 'deny')", name="access_outcome_check"),
        Index("access_subject", "book_id", "subject", "access_id"),
    )
    access_id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    book_id: int = _part(Integer)
    at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=text("clock_timestamp()"))
    )
    client: str = _part(Text)
    actor: str = _part(Text)
    act: str = _part(Text)
    subject: str | None = _part(Text)
    request_id: str = _part(Text)
    purpose: str | None = _part(Text)
    outcome: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'allow'")))
    rule: str | None = _part(Text)


class Register(Table, table=True):
    """What was said of whom, and what was decided: one row for each entry of a register kind and each decision."""

    __tablename__ = "register"
    __table_args__ = (
        Index("register_subject", "book_id", "subject", "number"),
        Index(
            "register_person", "book_id", "person_ref", "kind", "day", "number",
            postgresql_where=text("person_ref IS NOT NULL"),
        ),
        Index(
            "register_approval", "book_id", "person_ref", "number",
            postgresql_where=text("kind = 'decision' AND act = 'approval'"),
        ),
        Index("register_kind", "book_id", "kind", "number", postgresql_where=text("person_ref IS NULL")),
    )  # fmt: skip
    book_id: int = _key(Integer)
    number: int = _key(BigInteger)
    kind: str = _part(Text)
    subject: str = Field(sa_type=Text(collation="C"))
    act: str = _part(Text)
    person_ref: str | None = _part(Text)
    day: date | None
    attributes: dict[str, str] = _part(JSONB)


class PersonIdentity(Table, table=True):
    """Who a person is: outside the log, for the registrar, and erasable."""

    __tablename__ = "identity"
    __table_args__ = (
        Index("identity_lookup", "book_id", "lookup", unique=True, postgresql_where=text("lookup IS NOT NULL")),
    )
    book_id: int = _key(Integer)
    person_ref: str = _key(Text)
    lookup: bytes | None = _part(LargeBinary)
    content: bytes = _part(LargeBinary)
