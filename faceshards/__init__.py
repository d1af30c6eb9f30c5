"""Talking-face clips as WebDataset shards: packed, enriched in place, streamed into trainers."""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout the top-level folders (packing, loaders, ...) are subpackages too: `import faceshards.loaders`
# works from any directory, and the bare names `models` and `train` stay the user's own.
_checkout = Path(__file__).resolve().parent.parent
if (_checkout / "packing" / "__init__.py").is_file():
    __path__.append(str(_checkout))
