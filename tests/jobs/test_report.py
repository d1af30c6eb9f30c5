import json

import pytest

from faceshards.jobs.report import Report, ReportError, report_path, total


def filled() -> Report:
    report = Report("curate", "a.tar")
    report.add_whole(5)
    report.add_failed("faces", "broken-media")
    report.add_failed("faces", "broken-media")
    report.add_failed("spectrogram", "no-sound")
    report.add_seconds("faces", 1.5, clips=7)
    report.add_count("frames", 75)
    report.files.append("a.tar")
    return report.close()


def test_whole_and_failed_add_up_to_seen():
    report = filled()
    assert (report.seen, report.whole, report.failures) == (8, 5, 3)
    assert report.failed == {"faces": {"broken-media": 2}, "spectrogram": {"no-sound": 1}}
    assert report.started <= report.ended


def test_counts_that_do_not_add_up_are_an_error():
    report = filled()
    report.seen += 1
    with pytest.raises(ReportError, match=r"5 whole \+ 3 failed clips are not the 9 seen"):
        report.close()


def test_a_report_comes_back_from_its_file(tmp_path):
    report = filled()
    report.save(tmp_path / "a.curate.json")
    assert Report.load(tmp_path / "a.curate.json") == report
    record = json.loads((tmp_path / "a.curate.json").read_text())
    assert record["failures"] == 3
    assert list(tmp_path.iterdir()) == [tmp_path / "a.curate.json"]


def test_a_path_that_is_no_utf8_comes_back_as_it_was(tmp_path):
    report = Report("curate", "a\udcffb/ü.tar").close()
    report.save(tmp_path / "a.json")
    assert Report.load(tmp_path / "a.json").source == "a\udcffb/ü.tar" and "ü" in (tmp_path / "a.json").read_text(
        "utf-8"
    )


def test_a_report_of_before_there_were_bugs_and_clips_a_stage_is_read(tmp_path):
    record = {name: value for name, value in filled().record().items() if name not in ("bug", "worked")}
    (tmp_path / "a.json").write_text(json.dumps(record))
    read = Report.load(tmp_path / "a.json")
    assert read.bug is None and (read.seen, read.started) == (8, record["started"])


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b'{"command": "curate"}', json.dumps({**filled().record(), "seen": 3}).encode()],
)
def test_a_file_that_is_no_report_is_refused(tmp_path, body):
    (tmp_path / "a.json").write_bytes(body)
    with pytest.raises(ReportError):
        Report.load(tmp_path / "a.json")


def test_time_is_counted_also_when_the_block_raises():
    report = Report("curate", "a.tar")
    with pytest.raises(ZeroDivisionError), report.timed("faces"):
        _ = 1 / 0
    assert report.seconds["faces"] >= 0


def test_the_total_adds_everything_and_stays_whole_plus_failed():
    one, other = filled(), filled()
    other.files = ["b.tar"]
    other.add_failed("swap", "no-face")
    both = total([one, other], "curate", "2 shards")
    assert (both.seen, both.whole, both.failures) == (17, 10, 7)
    assert both.failed["faces"] == {"broken-media": 4}
    assert both.seconds == {"faces": 3.0} and both.worked == {"faces": 14}
    assert both.counts == {"frames": 150}
    assert both.files == ["a.tar", "b.tar"]
    assert both.started == one.started


def test_a_report_lies_beside_its_shard():
    assert str(report_path("x/group.1.tar", "curate")) == "x/group.1.curate.json"
