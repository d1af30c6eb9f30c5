"""torch and transformers as stages use them: one thread, and nothing on the screen."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def quiet_torch() -> tuple[Any, Any]:
    """The modules torch and transformers."""
    torch: Any = import_module("torch")
    library: Any = import_module("transformers")
    torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    return torch, library
