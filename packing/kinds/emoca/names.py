"""What the names of sequences and of their folders say: collection, actor, emotion, speech or song."""

from __future__ import annotations

import re

_COLLECTIONS = ("GRID", "RAVDESS", "MEAD", "VoxCeleb2", "HDTF", "CelebV-HQ")
_FOLDER = re.compile(r"V\d+-(.+)")
_PREFIX = re.compile(r"V(\d+)-")
_NAMES = (
    re.compile(r"V0-(?P<identity>s\d+)-\d+"),
    re.compile(r"V1-(?P<vocal_channel>Speech|Song)-(?P<identity>Actor_\d+)-\d+"),
    re.compile(r"V2-(?P<identity>[MW]\d+)-(?P<emotion>[A-Za-z]+)-\d+"),
)
_LOWER = frozenset({"emotion", "vocal_channel"})

# What `DATASET_STRUCTURE.md` says of each; for the others it refers to the collections' own terms.
_LICENCES = {"GRID": "research use only", "RAVDESS": "CC BY-NC-SA 4.0"}
_EMOCA = "Danecek et al. 2022, EMOCA: Emotion Driven Monocular Face Capture and Animation; 3DXTalker, arXiv:2602.10516"
_CITATIONS = {
    "GRID": "Cooke et al. 2006, An audio-visual corpus for speech perception and automatic speech recognition",
    "RAVDESS": "Livingstone and Russo 2018, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS)",
    "MEAD": "Wang et al. 2020, MEAD: A Large-scale Audio-visual Dataset for Emotional Talking-face Generation",
    "VoxCeleb2": "Chung et al. 2018, VoxCeleb2: Deep Speaker Recognition",
    "HDTF": "Zhang et al. 2021, Flow-Guided One-Shot Talking Face Generation With a High-Resolution Audio-Visual "
    "Dataset",
    "CelebV-HQ": "Zhu et al. 2022, CelebV-HQ: A Large-Scale Video Facial Attributes Dataset",
}


def said_by(path: str, source: str) -> dict[str, str]:
    """The scalars that a sequence's path below its source says, and the source's own name.

    The name tells actor (`identity`), `emotion` and `vocal_channel` (RAVDESS's word for speech or song) where it is
    `V0-s1-00001`, `V1-Speech-Actor_01-00001` or `V2-M003-angry-00001`; of any other name the collection alone is known.
    That is told by the nearest folder `V4-HDTF`, else by the name's own `V4-`; with it come licence and citation.
    """
    *folders, name = (part for part in f"{source}/{path}".split("/") if part)
    collection = _collection(name, folders)
    if collection is None:
        return {}
    labels = {
        "collection": collection,
        "licence": _LICENCES.get(collection, f"the terms of {collection}"),
        "citation": f"{_CITATIONS[collection]}; {_EMOCA}" if collection in _CITATIONS else _EMOCA,
    }
    return labels | _played(name)


def _collection(name: str, folders: list[str]) -> str | None:
    for folder in reversed(folders):
        if match := _FOLDER.fullmatch(folder):
            return match[1]
    prefix = _PREFIX.match(name)
    number = int(prefix[1]) if prefix and len(prefix[1]) < 3 else len(_COLLECTIONS)
    return _COLLECTIONS[number] if number < len(_COLLECTIONS) else None


def _played(name: str) -> dict[str, str]:
    match = next((found for pattern in _NAMES if (found := pattern.fullmatch(name))), None)
    said = match.groupdict() if match else {}
    return {key: text.lower() if key in _LOWER else text for key, text in said.items()}
