"""Rows whose columns are read when a filter asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds


class LazyRows(ds.InMemoryDataset):
    """A table of which DuckDB names the columns that it will scan before it scans them; `columns` gives those."""

    def __init__(self, schema: pa.Schema, columns: Callable[[Sequence[str]], pa.Table]) -> None:
        super().__init__(schema.empty_table())
        self._columns = columns

    def scanner(self, columns: Sequence[str] | None = None, **options: Any) -> Any:
        """A scanner over these columns, all by default."""
        wanted = self.schema.names if columns is None else list(columns)
        return ds.InMemoryDataset(self._columns(wanted)).scanner(columns=wanted, **options)
