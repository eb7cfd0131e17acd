"""The command `phb`: for finance and operators, at a terminal. Commands that write need a token, like any client.

Exit codes: 0 done · 1 checked and found wrong, or refused by the ledger · 2 the command was not given right ·
3 an import was done and some rows were refused · 4 the database is away or busy · 5 a fork is suspected.
"""

import sys
import warnings

import typer

from api.cli_autonomy import autonomy_room
from api.cli_bank import bank_app
from api.cli_books import books_app
from api.cli_closing import closing_app
from api.cli_demo import demo_app
from api.cli_do import do_app
from api.cli_evidence import evidence_room
from api.cli_explain import explain_room
from api.cli_forecast import forecast_app
from api.cli_moves import moves_app
from api.cli_operate import operate_app
from api.cli_output import exit_code_of, say_wrong
from api.cli_patterns import patterns_room
from api.cli_plans import plans_room
from api.cli_proof import proof_app
from api.cli_prove import prove_app
from api.cli_recovery import recovery_room
from api.cli_replay import policy_room
from api.cli_stops import stops_room
from api.cli_take_on import take_on_room
from api.collecting import collect_less_often

app = typer.Typer(
    help="A Personal Health Budget ledger: append-only, double-entry, provable.", no_args_is_help=True,
    pretty_exceptions_enable=False, add_completion=False,
)  # fmt: skip
for room in (
    books_app,
    proof_app,
    do_app,
    operate_app,
    demo_app,
    prove_app,
    closing_app,
    evidence_room,
    explain_room,
    recovery_room,
    forecast_app,
    bank_app,
    moves_app,
    stops_room,
    take_on_room,
    plans_room,
    policy_room,
    patterns_room,
    autonomy_room,
):
    app.registered_commands += room.registered_commands
    app.registered_groups += room.registered_groups


def main() -> None:
    """Run one command and end with its code; an error that we know becomes a sentence, never a stack of frames."""
    collect_less_often()
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    try:
        app(standalone_mode=True)
    except Exception as wrong:
        code = exit_code_of(wrong)
        if code is None:
            raise
        say_wrong(wrong, as_json="--json" in sys.argv)
        sys.exit(code)


if __name__ == "__main__":
    main()
