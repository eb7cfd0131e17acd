"""Promise: of two spends for the last pound, sent at the same moment by two processes, one gets it."""

import msgspec

from api.prove.book import POUND, line_code
from api.prove.child import Raced
from api.prove.shown import Shown, times
from api.prove.stage import Stage
from api.prove.workers import Worker
from ledger.budgets.reading import LineMoney, money_of, setup_of
from ledger.budgets.standing import read_standing
from ledger.core.calendar import year_of


async def money_on(stage: Stage, what: str, number: int) -> LineMoney:
    """What a person's one line has now."""
    person = stage.scene.person(what, number)
    async with stage.reading() as connection:
        standing = await read_standing(connection, stage.opened.row.book_id, person)
    line, _ = setup_of(standing.said).lines[line_code(what, number)]
    return money_of(line, standing.balances, year_of(line.start))


async def show_races(stage: Stage) -> Shown:
    """Two worker processes, each with its own writer; as many races as the size says, each on a budget of one pound."""
    shown = Shown("Money is never spent twice: two spends race for the last pound of a budget.")
    racers = [Worker(stage.scene, stage.scratch / f"racer-{name}") for name in "AB"]
    won, wrong, reason = {"A": 0, "B": 0}, 0, ""
    try:
        for racer in racers:
            await racer.ready()
        for number in range(stage.size.races):
            for name, racer in zip("AB", racers, strict=True):
                racer.tell(f"race {number} {name}")
            told = [msgspec.json.decode(await racer.answer("raced", number), type=Raced) for racer in racers]
            money = await money_on(stage, "race", number)
            loser = next((each for each in told if not each.holds), None)
            fine = loser is not None and loser.outcome == "deny" and bool(loser.reasons)
            fine = fine and [each.outcome for each in told if each.holds] == ["allow"]
            wrong += not (fine and (money.of("held"), money.of("available")) == (POUND, 0))
            won["A" if told[0].holds else "B"] += 1
            reason = loser.reasons[0] if loser is not None and loser.reasons else "no reason was given"
        for racer in racers:
            await racer.end()
    finally:
        for racer in racers:
            racer.kill()
    shown.step(
        f"{stage.size.races} budgets had £1.00 left each; two worker processes asked for that pound at the same moment.",
        f"each time one got it and the other was denied; the winner was worker A {times(won['A'])} and worker B {times(won['B'])}: "
        f"“{reason}” Each budget then holds £1.00 and has nothing left.",
        kept=wrong == 0,
    )
    shown.counts = {"races": stage.size.races, "wrong": wrong}
    return shown
