"""What we are allowed to run: every package of the lock, with the licence it states.

A copyleft licence reaches whoever passes on the whole, and those who deploy this for the NHS did not choose
our dependencies. So each one is listed and judged here, before it is anybody's surprise.
"""

import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)

# Packages whose own metadata states nothing: name -> licence, with where a person read it.
STATED_ELSEWHERE: dict[str, str] = {
    "cedarpy": "Apache-2.0",  # the LICENSE file in its wheel
}

# Packages under the LGPL which we import all the same: name -> why that is right.
LESSER_BUT_ALLOWED: dict[str, str] = {
    # Its own code is BSD-3-Clause. Its wheel brings libheif and libde265 as shared libraries, used as they are and to be replaced
    # by anybody; the encoder that would be under the GPL (x265) is in another wheel, pillow-heif, and not in this one.
    "pi-heif": "links libheif and libde265, LGPL-3.0, as shared libraries that can be exchanged",
}

LESSER = re.compile(r"LGPL|Lesser General Public|Library General Public", re.IGNORECASE)
COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|(?:Affero|GNU) General Public", re.IGNORECASE)


def locked() -> dict[str, str]:
    """Every package that the service runs with, and its version, as the lock says."""
    return dict(PINNED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))


def licence_of(name: str) -> str:
    """The licence as the package states it: expression, then classifiers, then free text."""
    about = metadata(name)
    # Asking for all is the one way to ask for a missing field that no version of Python warns about.
    if expressions := about.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [
        line.rsplit(" :: ", 1)[-1]
        for line in about.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if classifiers:
        return " OR ".join(classifiers)
    # Some packages put the whole licence here; its first line is its title.
    free_text = "\n".join(about.get_all("License") or []).strip()
    if free_text and free_text.upper() != "UNKNOWN":
        return free_text.splitlines()[0].strip()
    return STATED_ELSEWHERE.get(name, "")


def is_copyleft(licence: str) -> bool:
    """Whether no choice is left but the GPL or the AGPL."""
    choices = re.split(r"\s+OR\s+", licence)
    return all(COPYLEFT.search(LESSER.sub("", choice)) for choice in choices)


def is_lesser(licence: str) -> bool:
    """Whether no choice is left but the LGPL."""
    return all(LESSER.search(choice) for choice in re.split(r"\s+OR\s+", licence))


def test_the_lock_is_what_is_installed() -> None:
    """The licences below are those of the very versions that run, so a missing or other one fails here."""
    offences: list[str] = []
    for name, pinned in locked().items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            offences.append(f"{name} {pinned} is locked and not installed")
            continue
        if installed != pinned:
            offences.append(f"{name} is locked at {pinned} and installed at {installed}")
    assert locked(), "requirements.txt names no package"
    assert not offences, "\n" + "\n".join(offences)


def test_every_dependency_states_a_licence_that_we_may_use(
    record_property: Callable[[str, object], None],
) -> None:
    """Each package states a licence; none is under the GPL or the AGPL, and the LGPL needs a reason."""
    licences = {name: licence_of(name) for name in locked()}
    for name, licence in licences.items():
        record_property(f"licence of {name}", licence)
    offences = [
        *(f"{name} states no licence" for name, licence in licences.items() if not licence),
        *(f"{name} is under {licence}" for name, licence in licences.items() if is_copyleft(licence)),
        *(
            f"{name} is under {licence} and no reason is given"
            for name, licence in licences.items()
            if is_lesser(licence) and name not in LESSER_BUT_ALLOWED
        ),
    ]
    table = [f"{name}: {licence or 'no licence'}" for name, licence in licences.items()]
    assert not offences, "\n" + "\n".join([*offences, "", "All of them:", *table])


def test_no_exception_outlives_its_package() -> None:
    """An excuse for a package that is gone would wait for the next one of that name."""
    assert {*STATED_ELSEWHERE, *LESSER_BUT_ALLOWED} <= set(locked())


@pytest.mark.parametrize(
    ("licence", "copyleft", "lesser"),
    [
        ("GPL-3.0-or-later", True, False),
        ("AGPL-3.0-only", True, False),
        ("GNU General Public License v3 (GPLv3)", True, False),
        ("GNU Affero General Public License v3", True, False),
        ("LGPL-3.0-or-later", False, True),
        ("GNU Lesser General Public License v2 (LGPLv2)", False, True),
        ("MIT OR GPL-2.0-only", False, False),
        ("MIT", False, False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False, False),
        ("PSF-2.0", False, False),
    ],
)
def test_the_judge_knows_one_licence_from_another(licence: str, copyleft: bool, lesser: bool) -> None:
    """The pattern is tried on what it must find and on what it must leave alone."""
    assert (is_copyleft(licence), is_lesser(licence)) == (copyleft, lesser)
