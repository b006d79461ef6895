"""A coverage-guided fuzzer over the page reader: `make fuzz`, or with seconds, `make fuzz SECONDS=600`.

An input that crashes, breaks an invariant or takes longer than two seconds is written to a file; make it a case in tests/test_readers.py.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["compliance.readers"]):
    from compliance.errors import InputError
    from compliance.readers import page as reader
from compliance.rulebook import load_rulebook

sys.path.insert(0, str(Path(__file__).parent))
from invariants import assert_sound

RULEBOOK = load_rulebook()
SLOWEST = 2.0


def one_input(data: bytes) -> None:
    """Read one page, as bytes or (first byte odd) as a text."""
    html: str | bytes = data[1:]
    if data[:1] and data[0] % 2:
        html = data[1:].decode("utf-8", "surrogateescape")
    began = time.process_time()
    try:
        document = reader.read_page(html, RULEBOOK)
    except InputError as error:
        assert error.hint
        return
    assert time.process_time() - began < SLOWEST
    assert_sound(html, document)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
