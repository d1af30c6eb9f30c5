"""torch and transformers as stages use them: one thread, and nothing on the screen."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from faceshards.models.device import torch_device


def quiet_torch() -> tuple[Any, Any]:
    """The modules torch and transformers."""
    torch: Any = import_module("torch")
    library: Any = import_module("transformers")
    torch_device("cpu")  # its settings hold for a GPU, too
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    return torch, library
