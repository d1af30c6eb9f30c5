"""`faceshards --install-completion [SHELL]`, `--show-completion [SHELL]`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from faceshards.completion.shell import SHELLS, install
from faceshards.errors import UsageError
from faceshards.terminal import Screen, plain


def complete(option: str, words: Sequence[str]) -> None:
    """Installs a shell's completion, or prints its script. The shell is the one that is named, else that of the
    variable SHELL. Raises UsageError for a shell that is not taught.
    """
    name = words[0] if words else Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS or len(words) > 1:
        said = " ".join(words) or f"SHELL={os.environ.get('SHELL', '')}"
        raise UsageError(f"{option} takes the name of a shell, one of {', '.join(SHELLS)}; got {said}")
    if option == "--show-completion":
        Screen(highlight=False).print(SHELLS[name].script, end="", soft_wrap=True, markup=False)
        return
    file = install(SHELLS[name], Path.home())
    Screen(highlight=False).print(plain(f"{name} completes faceshards in every new terminal: {file}"), soft_wrap=True)
