"""The port that a service listens on: free before it starts, and answering before it is called ready."""

import http.client
import socket
import threading
import time
from collections.abc import Callable

AGAIN_SECONDS = 0.1
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


class PortTaken(RuntimeError):
    """Another process listens on this port, which may be this service already."""

    code = "port_taken"


def check_free(host: str, port: int) -> None:
    """PortTaken unless this process could listen there. The server below shares ports between its workers, and so would let a
    second service in beside the first, each answering some of the requests."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found[:1]:
            with socket.socket(family, kind, protocol) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
    except OSError as no:
        raise PortTaken(
            f"Cannot listen on {host} port {port}: {no.strerror or no}. Choose another with --port."
        ) from no


def when_ready(host: str, port: int, tell: Callable[[], None]) -> None:
    """Call `tell` once, from a thread of its own, when the service answers."""
    threading.Thread(target=_wait, args=(EVERY_ADDRESS.get(host, host), port, tell), daemon=True).start()


def _wait(host: str, port: int, tell: Callable[[], None]) -> None:
    while not _answers(host, port):
        time.sleep(AGAIN_SECONDS)
    tell()


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
