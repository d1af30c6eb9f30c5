"""Models that are a folder, as transformers and diffusers keep them: by path, or by name in Hugging Face's cache."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from faceshards.errors import MissingExtra, StorageError, WeightsError
from faceshards.extras import install
from faceshards.models.weights.registry import digest

# What is part of a model. Weights as pickles (.bin, .pt) are neither fetched nor read.
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO = ("0", "off", "no", "false")


def model_folder(name: str, option: str, extra: str, packages: tuple[str, ...]) -> Path:
    """The folder `name`, or that of a model of this name in Hugging Face's cache; `option` is what the user set.

    Nothing is fetched, unless HF_HUB_OFFLINE says 0. Raises MissingExtra where one of the packages that `extra` brings
    is not installed, WeightsError where there is no such model, StorageError where there is no room for it.
    """
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(f"{option} needs {package}, which is not installed: {install(extra)}")
    if Path(name).is_dir():
        return Path(name).resolve()
    from huggingface_hub import snapshot_download

    offline = os.environ.get("HF_HUB_OFFLINE", "1").lower() not in _NO
    try:
        return Path(snapshot_download(name, local_files_only=offline, allow_patterns=list(_FILES)))
    except PermissionError as error:
        raise StorageError(f"Hugging Face's cache cannot be written: {error}; name another in HF_HOME") from error
    except (OSError, ValueError, RuntimeError) as error:  # the library's own errors are some of these
        remedy = f"get it with `hf download {name}`, or let it be fetched with HF_HUB_OFFLINE=0"
        raise WeightsError(
            f"{option} {name!r} is no folder, and no model of that name in Hugging Face's cache: "
            f"{remedy if offline else ' '.join(str(error).split()):.300}"
        ) from error


def contents_of(folder: Path, option: str) -> dict[str, str]:
    """Path -> sha256 of the files of a model, of which its fingerprint is made. Raises WeightsError where there is no
    config.json or no .safetensors.
    """
    files = sorted(path for pattern in _FILES for path in folder.rglob(pattern))
    for wanted in ("config.json", ".safetensors"):
        if not any(path.name.endswith(wanted) for path in files):
            raise WeightsError(
                f"{option} {folder} has no {wanted}: name the folder of a model as transformers saves it"
            )
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files}


def _digest(path: Path) -> str:
    """The file's sha256, which the cache has large files by."""
    named = path.resolve().name if path.is_symlink() else ""
    return named if _SHA256.fullmatch(named) else digest(path)
