"""Pictures are opened by the system's viewer; where there is no display a line says where they are."""

import os
import time

import pytest

from faceshards.infer.run.show import show

SCRIPT = '#!/bin/sh\necho "$1" > "$SEEN"\n'


@pytest.fixture
def picture(tmp_path, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "face.png"


def test_without_a_display_a_line_says_where_to_look(picture, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    (line,) = show([picture])
    assert "no display here" in line and str(picture) in line
    assert show([]) == []


def test_the_system_s_viewer_is_given_the_picture(picture, tmp_path, monkeypatch):
    viewer = tmp_path / "bin" / "xdg-open"
    viewer.parent.mkdir()
    viewer.write_text(SCRIPT)
    viewer.chmod(0o755)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("PATH", f"{viewer.parent}{os.pathsep}{os.environ['PATH']}")
    assert show([picture]) == []
    until = time.monotonic() + 20
    while not (tmp_path / "seen").exists() or not (tmp_path / "seen").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert (tmp_path / "seen").read_text().strip() == str(picture)
