"""What `phb prove` found: promises, each shown by steps, and how they are told."""

import msgspec
from rich.console import Console
from rich.padding import Padding


class Size(msgspec.Struct, frozen=True):
    """How much is done: races, kills of the process, stops of the server, and the longest load before each, in seconds."""

    races: int
    kills: int
    stops: int
    seconds: float


FULL = Size(races=20, kills=6, stops=6, seconds=3.0)
QUICK = Size(races=2, kills=1, stops=1, seconds=0.3)


class Step(msgspec.Struct, frozen=True):
    """What was done, what was found, and whether that is what was promised."""

    did: str
    found: str
    kept: bool


class Shown(msgspec.Struct):
    """One promise and the steps that showed it."""

    promise: str
    steps: list[Step] = []
    counts: dict[str, int] = {}

    @property
    def kept(self) -> bool:
        """Whether every step found what was promised; without a step nothing was shown."""
        return bool(self.steps) and all(step.kept for step in self.steps)

    def step(self, did: str, found: str, *, kept: bool) -> None:
        """Write one step down."""
        self.steps.append(Step(did, found, kept))


class Proof(msgspec.Struct):
    """All promises of one run."""

    seed: int
    shown: list[Shown] = []
    elapsed_seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return bool(self.shown) and all(each.kept for each in self.shown)

    def facts(self) -> dict[str, object]:
        """The same, ready for JSON."""
        promises = [{"promise": each.promise, "kept": each.kept, **msgspec.to_builtins(each)} for each in self.shown]
        return {"ok": self.kept, "seed": self.seed, "promises": promises, "elapsed_seconds": self.elapsed_seconds}


def times(count: int) -> str:
    """How often, in words."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def tell(console: Console, shown: Shown) -> None:
    """One promise for a person: what was done, and what came of it."""
    console.print(f"\n[bold]{shown.promise}[/bold]", highlight=False)
    for place, step in enumerate(shown.steps, 1):
        mark = "[green]→[/green]" if step.kept else "[red]BROKEN →[/red]"
        console.print(Padding(f"{place}. {step.did}", (0, 0, 0, 2)), highlight=False)
        console.print(Padding(f"{mark} {step.found}", (0, 0, 0, 5)), highlight=False)
