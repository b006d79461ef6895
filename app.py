"""The web application: `python app.py` serves it on this machine; `create_app` is for any WSGI server."""

from __future__ import annotations

import os
import sys

from compliance.errors import AdcheckError
from compliance.web import create_app

__all__ = ["create_app"]

if __name__ == "__main__":
    from compliance.web.server import run

    try:
        run(open_browser=sys.stdout.isatty() and not os.environ.get("CI"))
    except AdcheckError as error:
        print(f"adcheck: {error}", file=sys.stderr)  # noqa: T201 - there is nowhere else to say it
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(0)
