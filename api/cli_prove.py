"""The command `prove`: the promises of the ledger, shown live."""

from typing import Annotated

import typer
from rich.console import Console

from api.cli_output import DONE, WRONG, AsJson, Data, answer, run, stdout

prove_app = typer.Typer()


@prove_app.command("prove")
def prove(
    seed: Annotated[int, typer.Option("--seed", help="Which moments things are killed at.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Each thing once, in a few seconds.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the promises live on a book made for it: races, kills, edits, an old copy. Exit code 1 if one is broken.

    It has a server and a directory of its own, removed afterwards; no other book is touched."""
    from api.prove.run import prove as prove_all
    from api.prove.shown import FULL, QUICK, tell

    def show(console: Console) -> None:
        words = "Every promise was kept." if proof.kept else "[red]A promise was broken.[/red]"
        console.print(f"\n{words} {proof.elapsed_seconds} seconds, seed {seed}.", highlight=False)

    proof = run(prove_all(seed, QUICK if quick else FULL, lambda shown: None if as_json else tell(stdout, shown)))
    answer(as_json, proof.facts(), show, DONE if proof.kept else WRONG)
