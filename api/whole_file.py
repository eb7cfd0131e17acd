"""A file that is there whole or not at all, whatever happens meanwhile, and that replaces no other."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file under a name of its own beside its place, has it on disk, and only then gives it its name. Cut off at any
    moment before, there is no file of that name. FileExistsError."""
    if path.exists():
        raise FileExistsError(17, "File exists", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken meanwhile; a renaming would replace what is there.
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
