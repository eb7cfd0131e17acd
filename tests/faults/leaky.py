"""A socket between writer and database that can lose what the database says, after the database has done it."""

import asyncio
import contextlib
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class LeakyWire:
    """Passes everything on until `lose_next_answer`: then the next answer is dropped and the session cut."""

    def __init__(self, server_directory: str, directory: Path) -> None:
        self._server = f"{server_directory}/{SOCKET}"
        self._path = directory / SOCKET
        self._losing = False
        self.lost = 0
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen where a PostgreSQL socket would be."""
        self._listener = await asyncio.start_unix_server(self._serve, self._path)

    async def stop(self) -> None:
        """Listen no more."""
        assert self._listener is not None
        self._listener.close()

    def lose_next_answer(self) -> None:
        """The next answer to a large request (an append) never arrives."""
        self._losing = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(self._server)
        state = {"large": False}

        async def up() -> None:
            while data := await reader.read(65536):
                state["large"] = len(data) > 400
                up_writer.write(data)
                await up_writer.drain()
            up_writer.close()

        async def down() -> None:
            while data := await up_reader.read(65536):
                if self._losing and state["large"]:
                    self._losing = False
                    self.lost += 1
                    break
                writer.write(data)
                await writer.drain()
            writer.close()
            up_writer.close()

        with contextlib.suppress(ConnectionError, OSError):
            await asyncio.gather(up(), down())
