"""A real Firefox over its own WebDriver BiDi: no driver program, the same extension folder as Chromium's."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import websocket

PREFERENCES = {
    "network.dns.localDomains": "",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "browser.startup.homepage": "about:blank",
    "intl.locale.requested": "en-US",
}


class Firefox:
    """One browser with one session; `evaluate` returns plain data."""

    def __init__(self, profile: Path, preferences: dict[str, object]):
        path = shutil.which("firefox-esr") or shutil.which("firefox")
        assert path, "the browser tests need Firefox: make browser"
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in {**PREFERENCES, **preferences}.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(port), "--remote-allow-system-access"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.socket = self._connect(port)
        self.number = 0
        self.send("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})

    def _connect(self, port: int) -> websocket.WebSocket:
        until = time.monotonic() + 60
        while True:
            try:
                return websocket.create_connection(f"ws://127.0.0.1:{port}/session", suppress_origin=True, timeout=60)
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def send(self, method: str, **parameters):
        """One command and its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]

    def install(self, folder: Path) -> str:
        return self.send("webExtension.install", extensionData={"type": "path", "path": str(folder)})["extension"]

    def tab(self) -> str:
        return self.send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, url: str) -> str:
        context = self.tab()
        self.send("browsingContext.navigate", context=context, url=url, wait="complete")
        return context

    def chrome(self) -> str:
        """The browser's own window."""
        return self.send("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"][0]["context"]

    def evaluate(self, context: str, expression: str):
        """The JSON of what the expression (which may be a promise) gives."""
        result = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression}) ?? null))()",
            target={"context": context},
            awaitPromise=True,
            userActivation=True,
        )
        if result["type"] == "exception":
            raise AssertionError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def until(self, context: str, expression: str, seconds: float = 20):
        """Waits until the expression gives something true, and returns it."""
        end = time.monotonic() + seconds
        while not (found := self.evaluate(context, expression)):
            assert time.monotonic() < end, f"waited {seconds} s for {expression}"
            time.sleep(0.1)
        return found

    def close(self) -> None:
        try:
            self.send("browser.close")
        except (RuntimeError, OSError, websocket.WebSocketException):
            self.process.terminate()
        self.socket.close()
        self.process.wait(timeout=30)
