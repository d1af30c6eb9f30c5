"""What a shard's members mean: columns, scalars, keys, codecs, and what made them."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.schema.codecs import decode as decode
    from faceshards.shards.schema.codecs import decode_json as decode_json
    from faceshards.shards.schema.codecs import decode_npy as decode_npy
    from faceshards.shards.schema.codecs import encode as encode
    from faceshards.shards.schema.codecs import encode_json as encode_json
    from faceshards.shards.schema.codecs import encode_npy as encode_npy
    from faceshards.shards.schema.columns import COLUMNS as COLUMNS
    from faceshards.shards.schema.columns import Column as Column
    from faceshards.shards.schema.columns import codec_of as codec_of
    from faceshards.shards.schema.keys import UniqueKeys as UniqueKeys
    from faceshards.shards.schema.keys import encode_key as encode_key
    from faceshards.shards.schema.provenance import Provenance as Provenance
    from faceshards.shards.schema.scalars import SCALARS as SCALARS
    from faceshards.shards.schema.scalars import Scalar as Scalar
    from faceshards.shards.schema.scalars import scalar_columns as scalar_columns
else:
    __getattr__ = lazy(
        __name__,
        {
            "codecs": "decode decode_json decode_npy encode encode_json encode_npy",
            "columns": "COLUMNS Column codec_of",
            "keys": "UniqueKeys encode_key",
            "provenance": "Provenance",
            "scalars": "SCALARS Scalar scalar_columns",
        },
    )

__all__ = [
    "COLUMNS",
    "SCALARS",
    "Column",
    "Provenance",
    "Scalar",
    "UniqueKeys",
    "codec_of",
    "decode",
    "decode_json",
    "decode_npy",
    "encode",
    "encode_json",
    "encode_key",
    "encode_npy",
    "scalar_columns",
]
