"""What reading a Parquet file would take, from its footer alone: an index is read only where its shard allows as much.

An index has flat columns of numbers and text, and every value of it stands in the shard: a number takes eight bytes
here and some letters there, text as many bytes here as there. So a shard bounds its index. A few KB of Parquet unpack
to any size where a value is stored once and told many times: dictionaries and prefixes are refused, which an index of
ours has none of, and so is whatever nests.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

# Numbers of an index that are read in any case, and bytes of a shard for each number beyond.
_FEW_CELLS, _BYTES_A_CELL = 4_000_000, 8
# Bytes of pages that are unpacked in any case, and for each byte of the shard beyond.
_FEW_BYTES, _PAGES = 1 << 20, 2
_PLAIN = {"PLAIN", "RLE", "BIT_PACKED"}  # the last two: of truth values, and of what is null


def is_bounded(file: pq.ParquetFile, length: int) -> bool:
    """Whether reading all of an open file takes no more than an index of a shard of `length` bytes may.

    Raises OSError where the footer contradicts itself.
    """
    footer = file.metadata
    cells = footer.num_rows * footer.num_columns
    if cells > max(_FEW_CELLS, length // _BYTES_A_CELL) or not all(map(_is_flat, file.schema_arrow.types)):
        return False
    chunks = _chunks(file)
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    plain = all(set(chunk.encodings) <= _PLAIN and not chunk.has_dictionary_page for chunk in chunks)
    told = sum(chunk.num_values for chunk in chunks)
    return plain and told == cells and unpacked <= _FEW_BYTES + _PAGES * length + _BYTES_A_CELL * cells


def _chunks(file: pq.ParquetFile) -> list[pq.ColumnChunkMetaData]:
    """What the footer tells of each chunk of a column.

    Of a chunk that contradicts its schema, or is encrypted, Arrow throws; where Python asks for its metadata nobody
    catches that and the process ends (PyArrow 15 to 26). Opening a reader of each column throws, too, but is caught;
    a batch of no rows opens them all and reads no page.
    """
    footer = file.metadata
    groups, numbers = range(footer.num_row_groups), range(footer.num_columns)
    for group in groups:
        next(file.reader.iter_batches(0, [group], use_threads=False), None)
    return [footer.row_group(group).column(number) for group in groups for number in numbers]


def _is_flat(kind: pa.DataType) -> bool:
    """A number, a truth value, text, or a struct of such."""
    if pa.types.is_struct(kind):
        return all(_is_flat(kind.field(number).type) for number in range(kind.num_fields))
    return pa.types.is_primitive(kind) or pa.types.is_string(kind)
