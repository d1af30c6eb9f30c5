"""The card of a data set, README.md: its head for the Hub, and what people ask first, from the shards themselves."""

from __future__ import annotations

import json
import re
from typing import Any

from faceshards.packing.hub import licences
from faceshards.packing.hub.summary import Summary
from faceshards.shards.schema.columns import COLUMNS, SOUND, SOUND_PACKETS, VIDEO
from faceshards.shards.schema.scalars import SCALARS
from faceshards.terminal import cleaned, size

#: Where the shards lie in a data set.
FOLDER = "data"
#: The Hub's own bounds of `size_categories`.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)


def card(id: str, found: Summary, licence: str | None) -> str:
    """The text of a card; equal shards, equal text. `licence` stands for what the labels do not say."""
    title = id.partition("/")[2]
    parts = [f"---\n{_head(title, found, licence)}---", f"# {title}", _sums(found), _collections(found, licence)]
    return "\n\n".join([*parts, _columns(found), _scalars(found), _use(id, found), _citation(found)]).rstrip() + "\n"


def head_licences(found: Summary, licence: str | None) -> list[str]:
    """The licences of the data set: its labels', and the one that is given where some name none."""
    return sorted({*found.licences, *([licence] if licence and (found.unlicensed or not found.licences) else [])})


def tasks(found: Summary) -> list[str]:
    """The Hub's names of what such columns are used for."""
    has_sound = bool(found.columns[SOUND_PACKETS] or any(found.columns[name] for name in SOUND))
    has_video = any(found.columns[name] for name in VIDEO)
    return ["image-to-video", "video-classification"] * has_video + ["audio-to-audio"] * has_sound


def _head(title: str, found: Summary, licence: str | None) -> str:
    """The head in YAML, of which JSON's lists and strings are a part."""
    rows: dict[str, Any] = {
        **licences.head(head_licences(found, licence)),
        "pretty_name": title,
        "size_categories": [next((name for most, name in _SIZES if found.samples < most), "n>1T")],
        "tags": ["webdataset", "faceshards", "talking-face"],
    }
    if named := tasks(found):
        rows["task_categories"] = named
    files = [{"split": "train", "path": f"{FOLDER}/**/*.tar"}]
    rows["configs"] = [{"config_name": "default", "data_files": files}]
    return "".join(f"{key}: {value if _is_word(value) else json.dumps(value)}\n" for key, value in rows.items())


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9.-]*", value) is not None


def _sums(found: Summary) -> str:
    hours = f"{found.seconds / 3600:.3g} hours, " if found.seconds else ""
    persons = f"{found.persons} persons, " if found.persons else ""
    shards = f"{found.shards} shard{'s' * (found.shards != 1)}"
    return f"{found.samples} samples, {hours}{persons}{size(found.bytes)} in {shards}."


def _collections(found: Summary, licence: str | None) -> str:
    rows = [
        [one.name or "(not named)", str(int(count)), f"{seconds / 3600:.3g}", one.licence or licence or "(not named)"]
        for one, (count, seconds) in sorted(found.collections.items(), key=lambda each: str(each[0]))
    ]
    return "## Collections\n" + _table(["collection", "samples", "hours", "licence"], rows)


def _columns(found: Summary) -> str:
    rows = []
    for name, count in found.columns.items():
        known = COLUMNS.get(name)
        told = [known.dtype, known.shape, known.unit, known.doc] if known else ["", "", "", "a column of its own"]
        rows.append([f"`{name}`", str(count), *told])
    return "## Columns\n" + _table(["column", "samples with a value", "dtype", "shape", "unit", "what it is"], rows)


def _scalars(found: Summary) -> str:
    rows = []
    for name, kind in found.scalars.items():
        known = SCALARS.get(name)
        rows.append([f"`{name}`", kind, known.unit if known else "", known.doc if known else ""])
    return "## Scalars of the index\n" + _table(["scalar", "type", "unit", "what it says"], rows)


def _use(id: str, found: Summary) -> str:
    column = next((name for name in VIDEO if found.columns[name]), "json")
    return f"""## Use
Each `{FOLDER}/NAME.tar` is a webdataset tar, `{FOLDER}/NAME.parquet` its index: a row a sample, with the place and the
crc32c of each member.

```sh
hf download {id} --repo-type dataset --local-dir shards
```
```python
from faceshards.loaders import ShardDataset

dataset = ShardDataset("shards/{FOLDER}", columns=["{column}", "json"])
```
```python
import webdataset as wds

dataset = wds.WebDataset("https://huggingface.co/datasets/{id}/resolve/main/{FOLDER}/NAME.tar").decode()
```
```python
from datasets import load_dataset

dataset = load_dataset("{id}", streaming=True)
```"""


def _citation(found: Summary) -> str:
    cited = "\n\n".join(_plain(one) for one in found.citations)
    return f"## Citation\n{cited}" if cited else ""


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def _plain(text: str) -> str:
    """Text from data as a cell of a table: on one line, and no markup but what code spans we put there."""
    return re.sub(r"([|<>\\])", r"\\\1", cleaned(text, kept="").strip())
