"""Parquet → rows, a batch at a time. Needs `adcheck[bulk]`."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

from compliance.errors import InputError
from compliance.readers.campaign.rows import Row

_BATCH = 1024


def read_parquet(data: bytes) -> Iterator[Row]:
    """The rows of a Parquet file.

    Raises:
        InputError: no Parquet file, a truncated one, or pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow", hint="Install adcheck[bulk], or write the posts as JSONL.") from error
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH):
            for values in batch.to_pylist():
                number += 1
                yield Row({key: _plain(value) for key, value in values.items()}, number, number)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"not a Parquet file that can be read: {str(error).splitlines()[0]}", hint="It may be cut off; copy it again."
        ) from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value
