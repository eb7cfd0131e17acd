"""The service in this process: the same application that is served, asked without a server, for a command at a terminal.

What a request meets here is what it meets over HTTP: token, permission, rules, keys, and the sentences of every no.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import msgspec

from api import logs
from api.app import create_app
from api.place import Place, is_alone
from api.settings import FORBIDDEN_WHILE_SERVING, Settings, read_settings

LOOPBACK = ("127.0.0.1", 0)


def settings_here(place: Place, environment: Mapping[str, str]) -> Settings:
    """The settings of a service for one command at a place: those of the environment, but for what only a server has.

    An embedded place trusts the development issuer and nobody else, as every command there does. Raises SettingMissing,
    SettingRefused, ConsentRefused."""
    own = {name: value for name, value in environment.items() if name not in FORBIDDEN_WHILE_SERVING}
    own |= {
        "DATABASE_URL": place.serving, "PHB_KEYS_DIR": str(place.keys_dir), "PHB_NOTES_DIR": str(place.notes_dir),
        "PHB_HOST": LOOPBACK[0], "PHB_PORT": "", "PHB_WORKERS": "", "PHB_RUN_DIR": "", "PHB_RECONCILE_HOUR": "off",
    }  # fmt: skip
    if place.is_embedded:
        own |= {"PHB_DEVELOPMENT_ISSUER": "yes", "PHB_JWKS": "", "PHB_AUDIENCE": ""}
    return msgspec.structs.replace(read_settings(own), is_alone=is_alone(place, environment))


@asynccontextmanager
async def service_here(place: Place, environment: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service of an open place. At the end queues are finished and a last checkpoint is signed of each book that
    was written to, as when a server stops. Of what happens only mistakes of ours are logged."""
    logs.configure(least="error")
    place.keys()
    app = create_app(settings_here(place, environment))
    await app.desk.books.start()
    try:
        transport = httpx.ASGITransport(app, client=LOOPBACK)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            yield client
    finally:
        await app.desk.books.stop()
