"""Small sites for browser tests: the service, and pages of other origins with the headers that a test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from werkzeug.serving import WSGIRequestHandler, make_server

from compliance import check
from compliance.web import create_app


class _Quiet(WSGIRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


@contextmanager
def service(**options) -> Iterator[str]:
    """Adcheck on a free port, warm; its address without a last slash."""
    check(text="Met code LISA15 krijg je 15% korting", reach=["nl"])  # loads what the first caption waits for
    server = make_server("127.0.0.1", 0, create_app(**options), threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def site(files: Mapping[str, tuple[str, str]], headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Files by path (type, text), which may change while it runs, each with `headers`, under http://localhost of a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, text = files.get(self.path.partition("?")[0], ("", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", f"{kind or 'text/plain'}; charset=utf-8")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
