"""Messages over a stream between two processes of a service, each after its length."""

import asyncio

LENGTH_BYTES = 4


class Frames(asyncio.Protocol):
    """Messages over a stream, each after its length."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Some bytes of one or of many messages."""
        got = self._got
        got += data
        start = 0
        while len(got) - start >= LENGTH_BYTES:
            end = start + LENGTH_BYTES + int.from_bytes(got[start : start + LENGTH_BYTES])
            if len(got) < end:
                break
            self.message(bytes(got[start + LENGTH_BYTES : end]))
            start = end
        del got[:start]

    def say(self, message: bytes) -> None:
        """Send one message, unless the other side has gone."""
        if not self.transport.is_closing():
            self.transport.write(len(message).to_bytes(LENGTH_BYTES) + message)

    def message(self, message: bytes) -> None:
        """One whole message."""
        raise NotImplementedError
