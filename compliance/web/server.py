"""Starts the server: on this machine by default, elsewhere only with a token."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser

from compliance.errors import InputError
from compliance.web.application import create_app

PORT = 8765
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def run(host: str | None = None, port: int | None = None, open_browser: bool = False, origins: tuple[str, ...] = ()) -> None:
    """Serve until stopped; prints the address once it listens.

    Raises:
        InputError: a host beyond this machine without ADCHECK_TOKEN, a port that is taken, or an origin that is none.
    """
    from waitress.server import create_server

    host = host or os.environ.get("ADCHECK_HOST") or "127.0.0.1"
    token = os.environ.get("ADCHECK_TOKEN") or None
    if host not in _LOOPBACK and not token:
        raise InputError(
            f"{host} can be reached by others", where="--host", hint="Set ADCHECK_TOKEN to a secret first, or leave --host out."
        )
    chosen = port or int(os.environ.get("ADCHECK_PORT", "0")) or _free_port(host)
    app = create_app(token=token if host not in _LOOPBACK else None, hosts=[host] if host not in _LOOPBACK else None, origins=origins)
    try:
        server = create_server(app, host=host, port=chosen, threads=4, max_request_body_size=8_000_000, ident=None)
    except OSError as error:
        raise InputError(f"port {chosen} cannot be used: {error.strerror}", where="--port", hint="Choose another with --port.") from error
    address = f"http://{'localhost' if host in _LOOPBACK else host}:{chosen}/"
    print(f"Adcheck is at {address}  (stop with Ctrl+C)", flush=True)  # noqa: T201 - the address is what the user waits for
    if open_browser:
        threading.Timer(0.3, webbrowser.open, [address]).start()
    server.run()


def _free_port(host: str) -> int:
    """The usual port, or a free one where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in (PORT, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return PORT
