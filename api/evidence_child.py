"""The process in which one file of evidence is read: what comes in is the file, what goes out is what is kept of it.

Decoders are large programs in C, and a file may be made to keep them busy for ever or to make them eat all memory. Here they have
so much time and memory and no more, and nothing of the service is near: no database, no key, no other request.
"""

import json
import resource
import sys

from api.evidence_files import FileRefused, kept_of, likeness_of

MOST_KEPT = 100_000_000
"""A picture drawn anew may be larger than it was sent, as far as its pixels go; no more is handed back."""


def main() -> None:
    """Reads a file from its input, within so many seconds and bytes of memory, and says on one line what it is, or why it is not
    taken; what is kept follows."""
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    # At the first limit the process is told, at the second it is killed; it listens to neither.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = b""
    try:
        kept = kept_of(sys.stdin.buffer.read())
        said = {"media_type": kept.media_type, "likeness": likeness_of(kept)}
        content = kept.content
        if len(content) > MOST_KEPT:
            raise MemoryError
    except FileRefused as no:
        said, content = {"refused": no.code}, b""
    except MemoryError:
        said, content = {"refused": "file_takes_too_much"}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
