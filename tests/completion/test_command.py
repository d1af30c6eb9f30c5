import pytest

from faceshards.__main__ import main
from faceshards.completion.shell import SHELLS


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))

    def command(*words):
        try:
            main(list(words))
            code = 0
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_shown_as_it_is(run, shell):
    assert run("--show-completion", shell) == (0, SHELLS[shell].script, "")


def test_the_shell_is_that_of_the_environment(run, monkeypatch, tmp_path):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    code, said, _ = run("--install-completion")
    file = tmp_path / ".config/fish/completions/faceshards.fish"
    assert code == 0 and str(file) in said and file.read_text() == SHELLS["fish"].script


def test_a_shell_that_is_not_taught_is_one_line(run, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/csh")
    for words in ((), ("tcsh",), ("bash", "zsh")):
        code, out, err = run("--show-completion", *words)
        assert code == 2 and not out and err.count("\n") == 1 and "one of bash, zsh, fish" in err
