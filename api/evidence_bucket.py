"""Files of evidence in a bucket that speaks S3, and which of the two stores an installation has.

Who may use the bucket is told by the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION) or by the machine's own
identity, which the library asks for; no secret passes through our settings.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from api.evidence_store import DirectoryStore, EvidenceStore, FilesAway, Kept, as_named, checked
from api.settings import FilesAt

PATIENCE = timedelta(seconds=10)
"""How long one call, tried again as often as it may be, keeps somebody waiting at most."""


def store_at(place: FilesAt) -> EvidenceStore:
    """The store, without asking it anything."""
    return DirectoryStore(place.directory) if place.bucket is None else BucketStore(place.bucket, place.endpoint)


class BucketStore:
    """A bucket. Its versions must be off: what is deleted has to be gone (docs/operating.md)."""

    def __init__(self, bucket: str, endpoint: str | None = None) -> None:
        self._bucket = S3Store(
            bucket,
            config={} if endpoint is None else {"endpoint": endpoint},
            client_options={"allow_http": endpoint is not None and endpoint.startswith("http:"), "timeout": PATIENCE},
            retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
        )

    def put(self, name: str, content: bytes) -> None:
        """In one call, which the bucket takes whole or not at all."""
        try:
            obstore.put(self._bucket, checked(name), content, use_multipart=False)
        except (BaseError, OSError):
            raise FilesAway from None

    def get(self, name: str) -> bytes | None:
        """The bytes, if they are those of the name."""
        try:
            return as_named(name, bytes(obstore.get(self._bucket, checked(name)).bytes()))
        except FileNotFoundError:
            return None
        except (BaseError, OSError):
            raise FilesAway from None

    def put_at(self, name: str) -> datetime | None:
        """As the bucket has it."""
        try:
            return obstore.head(self._bucket, checked(name))["last_modified"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError):
            raise FilesAway from None

    def delete(self, name: str) -> None:
        """Gone, in a bucket without versions."""
        try:
            obstore.delete(self._bucket, checked(name))
        except FileNotFoundError:
            return
        except (BaseError, OSError):
            raise FilesAway from None

    def kept(self, folder: str) -> Iterator[Kept]:
        """Page by page, in the bucket's order, which is that of the names."""
        try:
            for page in obstore.list(self._bucket, f"{folder}/"):
                yield from (Kept(each["path"], each["last_modified"]) for each in page)
        except (BaseError, OSError):
            raise FilesAway from None
