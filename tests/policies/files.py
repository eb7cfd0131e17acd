"""A bundle's files in a folder of a test's own, to be spoiled."""

import shutil
from pathlib import Path

from policies.bundle import HERE


def copied(tmp_path: Path) -> Path:
    """The published files, copied."""
    folder = tmp_path / "bundle"
    for part in ("rules", "limits"):
        shutil.copytree(HERE / part, folder / part)
    shutil.copy(HERE / "services.json", folder)
    return folder


def rewritten(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """The published files with one text replaced, once, in one of them."""
    folder = copied(tmp_path)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} does not say {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder
