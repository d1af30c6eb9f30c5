"""The front door: `faceshards COMMAND`. Each package's command is imported only when it is called, and what all of them
need only when one is: a shell that asks for completions waits for neither.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from faceshards.commands import COMMANDS, Command

__all__ = ["COMMANDS", "Command", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Whatever goes wrong is one line on stderr and an exit code (`faceshards.ending.CODES`)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if shell := os.environ.get("_FACESHARDS_COMPLETE"):
        from faceshards.completion.answer import answer

        sys.stdout.write(answer(shell, words))
        return
    from faceshards.front_door import enter

    code = enter(words)
    if code is not None:
        sys.exit(code)


if __name__ == "__main__":
    main()
