"""A bank's file as it came, made into an import: read by its format, its lines known by keyed hashes."""

from hashlib import sha256

from ledger.book.keys import document_hash
from ledger.budgets.bank_camt import read_camt053
from ledger.budgets.bank_csv import Columns, check_mapping, read_csv
from ledger.budgets.bank_mt940 import read_mt940
from ledger.budgets.bank_records import Import
from ledger.budgets.bank_statement import Statement, Unreadable
from ledger.budgets.own_bank import OwnImport


def statement_from(
    content: bytes, form: str, columns: Columns | None, currency: str, opening: int | None = None, closing: int | None = None
) -> Statement:  # fmt: skip
    """The statement of a file in one of three formats. A CSV needs its columns; balances beside the file are for a CSV without
    any. Unreadable, with mapping_missing and currency_differs too."""
    if form == "csv":
        if columns is None:
            raise Unreadable("mapping_missing", 0, "mapping")
        return read_csv(content, check_mapping(columns), currency=currency, opening=opening, closing=closing)
    statement = read_mt940(content) if form == "mt940" else read_camt053(content)
    if statement.currency != currency:
        raise Unreadable("currency_differs", 0, "currency")
    return statement


def import_of(
    secret: bytes, book: str, statement: Statement, content: bytes, *, person: str, holder_account: str, provider: str, form: str
) -> Import:  # fmt: skip
    """The import of a statement into a holder's account. A line's hash is of provider, account and the provider's reference; one
    entered by hand is known by account and reference."""

    def hashed(issuer: str, reference: str) -> str:
        return document_hash(secret, book, issuer, reference)

    fed = f"{provider}/{holder_account}"
    return Import(
        person=person, holder_account=holder_account, provider=provider, form=form, statement=statement,
        digest=hashed(f"file/{fed}", sha256(content).hexdigest()),
        account_hash=hashed("account", statement.account) if statement.account else None,
        hashes=tuple(hashed(fed, line.reference) for line in statement.lines),
        by_hand=tuple(hashed(holder_account, line.reference) for line in statement.lines),
    )  # fmt: skip


def own_import_of(
    secret: bytes, book: str, statement: Statement, content: bytes, *, bank: str, provider: str, form: str
) -> OwnImport:  # fmt: skip
    """The import of a statement of one of the book's own banks."""

    def hashed(issuer: str, reference: str) -> str:
        return document_hash(secret, book, issuer, reference)

    fed = f"own/{provider}/{bank}"
    return OwnImport(
        bank=bank, provider=provider, form=form, statement=statement,
        digest=hashed(f"file/{fed}", sha256(content).hexdigest()),
        account_hash=hashed("account", statement.account) if statement.account else None,
        hashes=tuple(hashed(fed, line.reference) for line in statement.lines),
    )  # fmt: skip
