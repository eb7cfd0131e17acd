"""What a route asks for, and which role has it. Every route declares exactly one permission."""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One right. PROBE and READ_RULEBOOK need no token: one tells nothing that a book holds, the other what is for everybody."""

    PROBE = "probe"
    SEE_METRICS = "see_metrics"
    SEE_BOOKS = "see_books"
    SEE_ACCOUNTS = "see_accounts"
    OPEN_ACCOUNTS = "open_accounts"
    CHANGE_ACCOUNTS = "change_accounts"
    SEE_BALANCES = "see_balances"
    SEE_STATEMENTS = "see_statements"
    SEE_TRANSACTIONS = "see_transactions"
    POST_TRANSACTIONS = "post_transactions"
    REVERSE_TRANSACTIONS = "reverse_transactions"
    SEE_HOLDS = "see_holds"
    CHANGE_HOLDS = "change_holds"
    SEE_PERIODS = "see_periods"
    CHANGE_PERIODS = "change_periods"
    SEE_RECEIPTS = "see_receipts"
    SEE_CHECKPOINTS = "see_checkpoints"
    REQUEST_CHECKPOINTS = "request_checkpoints"
    SEE_BUDGETS = "see_budgets"
    ASK = "ask"
    SPEND = "spend"
    RELEASE_SPENDS = "release_spends"
    DECIDE_REFERRALS = "decide_referrals"
    SEE_REFERRALS = "see_referrals"
    REQUEST_INSTALMENTS = "request_instalments"
    RELEASE_INSTALMENTS = "release_instalments"
    CLAIM = "claim"
    ACCEPT_CLAIMS = "accept_claims"
    TAKE_BANK_LINES = "take_bank_lines"
    SEE_BANK_LINES = "see_bank_lines"
    MATCH_BANK_LINES = "match_bank_lines"
    ENTER_INVOICES = "enter_invoices"
    ACCEPT_INVOICES = "accept_invoices"
    RELEASE_PAYMENTS = "release_payments"
    REVERSE_SPENDS = "reverse_spends"
    ENTER_STATEMENTS = "enter_statements"
    BILL_PARTNERS = "bill_partners"
    RECORD_RETURNS = "record_returns"
    RECORD_REFUNDS = "record_refunds"
    CLEAR_UNFUNDED = "clear_unfunded"
    ASSIGN_PAYMENTS = "assign_payments"
    SEE_PEOPLE = "see_people"
    KEEP_PEOPLE = "keep_people"
    SEE_IDENTITY = "see_identity"
    SEE_ACCESSES = "see_accesses"
    KEEP_FUNDS = "keep_funds"
    DRAFT_PLANS = "draft_plans"
    SIGN_PLANS = "sign_plans"
    CHANGE_BUDGETS = "change_budgets"
    QUESTION_SPENDS = "question_spends"
    GIVE_NOTICES = "give_notices"
    DETERMINE_SURPLUSES = "determine_surpluses"
    DEMAND_REPAYMENTS = "demand_repayments"
    TAKE_REPAYMENTS = "take_repayments"
    WAIVE_CLAIMS = "waive_claims"
    WRITE_OFF_DEBTS = "write_off_debts"
    EXPECT_CREDIT_LOSSES = "expect_credit_losses"
    RECONSIDER = "reconsider"
    SEE_RECOVERY = "see_recovery"
    STOP_PAYMENTS = "stop_payments"
    ASK_RECONSIDERATION = "ask_reconsideration"
    STATE_LIABILITIES = "state_liabilities"
    ACCEPT_LIABILITIES = "accept_liabilities"
    KEEP_REVIEWS = "keep_reviews"
    TAKE_CONTRIBUTIONS = "take_contributions"
    MOVE_PEOPLE = "move_people"
    SETTLE_MOVES = "settle_moves"
    GIVE_EVIDENCE = "give_evidence"
    WATCH_PATTERNS = "watch_patterns"
    SEE_PATTERNS = "see_patterns"
    LOOK_AT_PATTERNS = "look_at_patterns"
    SEE_PAYEES = "see_payees"
    REGISTER_PAYEES = "register_payees"
    APPROVE_PAYEES = "approve_payees"
    READ_RULEBOOK = "read_rulebook"
    SEE_BUNDLES = "see_bundles"
    DRAFT_RULES = "draft_rules"
    TRY_RULES = "try_rules"
    RETIRE_RULES = "retire_rules"
    ACTIVATE_RULES = "activate_rules"
    SET_LIMITS = "set_limits"
    SET_CONTACTS = "set_contacts"
    SEE_CLOSING = "see_closing"
    SEE_AUTONOMY = "see_autonomy"
    DECIDE_ACCRUALS = "decide_accruals"
    CLOSE_YEARS = "close_years"
    OPEN_BOOKS = "open_books"
    IMPORT_PAYMENTS = "import_payments"
    TAKE_ON_CASELOADS = "take_on_caseloads"
    AGREE_TAKE_ONS = "agree_take_ons"
    SIGN_TAKE_ONS = "sign_take_ons"
    SEE_COVERAGE = "see_coverage"
    SEE_LINEAGE = "see_lineage"
    SEE_BOOK_DECISIONS = "see_book_decisions"
    ERASE_DETAILS = "erase_details"
    RECOVER_BOOKS = "recover_books"
    PROJECT_TOTALS = "project_totals"


COMMAND_LINE_ONLY = frozenset(
    (
        Permission.ERASE_DETAILS,
        Permission.RECOVER_BOOKS,
        Permission.PROJECT_TOTALS,
    )
)
"""Rights that no route asks for yet: these acts are done with the command line."""


PUBLIC = frozenset((Permission.PROBE, Permission.READ_RULEBOOK))
"""What needs no token."""


class Role(StrEnum):
    """Who may hold a token. A holder reaches the budgets that a delegation in the book names them for, and no others."""

    FINANCE = "finance"
    COMMISSIONER = "commissioner"
    AUDITOR = "auditor"
    OFFICER = "officer"
    HOLDER = "holder"
    OPERATOR = "operator"


_SUMMARIES = {
    Permission.SEE_BOOKS,
    Permission.SEE_ACCOUNTS,
    Permission.SEE_BALANCES,
    Permission.SEE_PERIODS,
    Permission.SEE_COVERAGE,
}
_PROOFS = {Permission.SEE_RECEIPTS, Permission.SEE_CHECKPOINTS, Permission.REQUEST_CHECKPOINTS}
_DETAIL = {Permission.SEE_STATEMENTS, Permission.SEE_TRANSACTIONS, Permission.SEE_HOLDS}
_PEOPLE = {
    Permission.SEE_BUDGETS,
    Permission.SEE_PEOPLE,
    Permission.SEE_PAYEES,
    Permission.SEE_RECOVERY,
    Permission.SEE_LINEAGE,
    Permission.SEE_BOOK_DECISIONS,
}

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.FINANCE: frozenset(
        _SUMMARIES | _DETAIL | _PROOFS
        | {
            Permission.OPEN_ACCOUNTS,
            Permission.CHANGE_ACCOUNTS,
            Permission.POST_TRANSACTIONS,
            Permission.REVERSE_TRANSACTIONS,
            Permission.CHANGE_HOLDS,
            Permission.CHANGE_PERIODS,
            Permission.IMPORT_PAYMENTS,
            Permission.ERASE_DETAILS,
            Permission.KEEP_FUNDS,
            Permission.TAKE_BANK_LINES,
            Permission.ENTER_INVOICES,
            Permission.ACCEPT_INVOICES,
            Permission.RELEASE_PAYMENTS,
            Permission.RELEASE_INSTALMENTS,
            Permission.REVERSE_SPENDS,
            Permission.REGISTER_PAYEES,
            Permission.APPROVE_PAYEES,
            Permission.RECORD_RETURNS,
            Permission.RECORD_REFUNDS,
            Permission.CLEAR_UNFUNDED,
            Permission.SEE_BANK_LINES,
            Permission.MATCH_BANK_LINES,
            Permission.DECIDE_ACCRUALS,
            Permission.CLOSE_YEARS,
            Permission.SEE_CLOSING,
            Permission.SEE_AUTONOMY,
            Permission.TAKE_REPAYMENTS,
            Permission.WRITE_OFF_DEBTS,
            Permission.EXPECT_CREDIT_LOSSES,
            Permission.SET_LIMITS,
            Permission.SET_CONTACTS,
            Permission.ASSIGN_PAYMENTS,
            Permission.ACCEPT_LIABILITIES,
            Permission.TAKE_CONTRIBUTIONS,
            Permission.BILL_PARTNERS,
            Permission.ENTER_STATEMENTS,
            Permission.SETTLE_MOVES,
            Permission.TAKE_ON_CASELOADS,
            Permission.AGREE_TAKE_ONS,
            Permission.SIGN_TAKE_ONS,
            Permission.WATCH_PATTERNS,
            Permission.SEE_PATTERNS,
            Permission.LOOK_AT_PATTERNS,
        } | _PEOPLE
    ),
    Role.COMMISSIONER: frozenset(
        _SUMMARIES | {Permission.SEE_BUNDLES, Permission.SEE_CHECKPOINTS, Permission.SEE_AUTONOMY}
    ),
    Role.AUDITOR: frozenset(
        _SUMMARIES | _DETAIL | _PROOFS | _PEOPLE
        | {
            Permission.SEE_BANK_LINES,
            Permission.SEE_BUNDLES,
            Permission.SEE_CLOSING,
            Permission.SEE_PATTERNS,
            Permission.SEE_AUTONOMY,
            Permission.SEE_REFERRALS,
            Permission.SEE_ACCESSES,
        }
    ),
    Role.OFFICER: frozenset(
        _SUMMARIES | _PEOPLE
        | {
            Permission.ASK,
            Permission.SPEND,
            Permission.RELEASE_SPENDS,
            Permission.DECIDE_REFERRALS,
            Permission.SET_CONTACTS,
            Permission.SEE_REFERRALS,
            Permission.REQUEST_INSTALMENTS,
            Permission.CLAIM,
            Permission.ACCEPT_CLAIMS,
            Permission.ENTER_INVOICES,
            Permission.KEEP_PEOPLE,
            Permission.SEE_IDENTITY,
            Permission.DRAFT_PLANS,
            Permission.SIGN_PLANS,
            Permission.CHANGE_BUDGETS,
            Permission.SEE_BANK_LINES,
            Permission.MATCH_BANK_LINES,
            Permission.QUESTION_SPENDS,
            Permission.GIVE_NOTICES,
            Permission.DETERMINE_SURPLUSES,
            Permission.DEMAND_REPAYMENTS,
            Permission.WAIVE_CLAIMS,
            Permission.RECONSIDER,
            Permission.STOP_PAYMENTS,
            Permission.ASK_RECONSIDERATION,
            Permission.STATE_LIABILITIES,
            Permission.KEEP_REVIEWS,
            Permission.ENTER_STATEMENTS,
            Permission.MOVE_PEOPLE,
            Permission.GIVE_EVIDENCE,
            Permission.REGISTER_PAYEES,
            Permission.APPROVE_PAYEES,
            Permission.SEE_BUNDLES,
            Permission.DRAFT_RULES,
            Permission.TRY_RULES,
            Permission.RETIRE_RULES,
            Permission.ACTIVATE_RULES,
            Permission.SIGN_TAKE_ONS,
            Permission.SEE_PATTERNS,
            Permission.LOOK_AT_PATTERNS,
        }
    ),
    Role.HOLDER: frozenset({
        Permission.SEE_BUDGETS, Permission.ASK, Permission.SPEND, Permission.RELEASE_SPENDS, Permission.CLAIM,
        Permission.ASK_RECONSIDERATION,
        Permission.GIVE_EVIDENCE,
        Permission.SEE_ACCESSES,
    }),
    Role.OPERATOR: frozenset({
        Permission.SEE_METRICS, Permission.SEE_BOOKS, Permission.SEE_CHECKPOINTS, Permission.REQUEST_CHECKPOINTS,
        Permission.OPEN_BOOKS, Permission.RECOVER_BOOKS, Permission.PROJECT_TOTALS,
    }),
}  # fmt: skip


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """What the roles of a token allow together. A role that this service does not know allows nothing."""
    allowed: set[Permission] = set()
    for role in Role:
        if role.value in roles:
            allowed |= PERMISSIONS_OF[role]
    return frozenset(allowed)
