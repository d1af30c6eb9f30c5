"""The shells that are taught: the script that asks us, where it is kept, how an answer is written for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BASH = """\
_faceshards_completion() {
    local IFS=$'\\n'
    COMPREPLY=($(_FACESHARDS_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o bashdefault -o default -F _faceshards_completion faceshards
"""
_ZSH = """\
#compdef faceshards
_faceshards_completion() {
    local -a found
    found=("${(@f)$(_FACESHARDS_COMPLETE=zsh faceshards "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n ${found[1]} ]]; then _describe faceshards found; else _files; fi
}
compdef _faceshards_completion faceshards
"""
_FISH = """\
function __faceshards_completion
    set -l found (env _FACESHARDS_COMPLETE=fish faceshards (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c faceshards -f -a '(__faceshards_completion)'
"""


@dataclass(frozen=True)
class Shell:
    """The `script` and the `file` that keeps it, below the home folder; the line that must stand in `start`, a file
    that the shell reads when it begins, where it does not look for the script by itself.
    """

    script: str
    file: str
    start: str | None = None
    line: str = ""


SHELLS = {
    "bash": Shell(_BASH, ".bash_completions/faceshards.sh", ".bashrc", "source ~/.bash_completions/faceshards.sh"),
    "zsh": Shell(_ZSH, ".zfunc/_faceshards", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": Shell(_FISH, ".config/fish/completions/faceshards.fish"),
}


def lines(shell: str, found: Mapping[str, str]) -> str:
    """Words and what they are, a line each, as a shell's script reads them."""
    write = {
        "zsh": lambda word, help: word.replace(":", "\\:") + (f":{help}" if help else ""),
        "fish": lambda word, help: f"{word}\t{help}" if help else word,
    }.get(shell, lambda word, help: word)
    return "".join(f"{write(word, help)}\n" for word, help in found.items())


def install(shell: Shell, home: Path) -> Path:
    """Keeps the script below a home folder, and has the shell read it; the script's file. Twice does no more."""
    file = home / shell.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(shell.script, "utf-8")
    if shell.start:
        start = home / shell.start
        said = start.read_text("utf-8") if start.is_file() else ""
        if shell.line not in said.splitlines():
            start.write_text(f"{said.rstrip()}\n{shell.line}\n".lstrip(), "utf-8")
    return file
