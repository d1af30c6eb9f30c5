"""Which tars a URL names: braces expand, and none reaches a shell."""

import pytest

from faceshards.errors import UsageError
from faceshards.loaders.webdataset import shuffled, tar_files


@pytest.mark.parametrize(
    "url", ["pipe:touch MARK", "pipe: cat x.tar", "curl:http://host/x.tar", "ftp://host/x.tar", "gs:x", "s3:x"]
)
@pytest.mark.parametrize("listed", [False, True])
def test_urls_never_reach_a_shell(tmp_path, monkeypatch, url, listed):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="never a shell"):
        shuffled([url] if listed else url)
    assert not list(tmp_path.iterdir())


def test_braces_expand(data):
    assert [path.name for path in tar_files(str(data / "{a,c}.tar"))] == ["a.tar", "c.tar"]
    with pytest.raises(UsageError, match="no such file"):
        tar_files(str(data / "part-{0..3}.tar"))
