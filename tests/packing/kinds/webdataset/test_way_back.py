import io
import tarfile

from faceshards.dataset.removal.dropping import drop_columns, to_drop
from faceshards.packing.kinds.webdataset.command import pack_webdataset
from faceshards.packing.kinds.webdataset.way_back import export_tar


def write(path, members):
    with tarfile.open(path, "w") as tar:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))


def read(path):
    with tarfile.open(path) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}


def test_an_empty_field_comes_back_and_a_dropped_one_is_told(tmp_path):
    sent = {"a.txt": b"", "a.cls": b"1", "b.cls": b"2"}
    write(tmp_path / "x.tar", sent)
    pack_webdataset([str(tmp_path / "x.tar")], str(tmp_path / "web"))
    shard = tmp_path / "web" / "x.tar"
    assert export_tar(shard, tmp_path / "whole").whole == 2 and read(tmp_path / "whole" / "x.tar") == sent
    drop_columns(to_drop([shard], ["txt"]))
    report = export_tar(shard, tmp_path / "left")
    assert (report.whole, report.failed) == (1, {"export": {"bad-column": 1}})
    assert "its txt is not what was packed any more" in report.rejected[0]["reason"]
    assert read(tmp_path / "left" / "x.tar") == {"b.cls": b"2"}
