import json

import pytest

from faceshards.jobs.report import ReportError
from faceshards.packing.compact.compact_report import CompactReport, compact_report_path
from faceshards.packing.shards_report import last_report


def test_kept_and_left_out_are_all_that_was_read():
    report = CompactReport("compact", "set")
    report.add_whole(2)
    report.add_left_out(3)
    assert report.close().seen == 5
    report.left_out += 1
    with pytest.raises(ReportError, match=r"2 kept \+ 4 left out clips are not the 5 read"):
        report.close()


def test_only_shards_of_its_name_are_taken_from_a_report(tmp_path):
    path = compact_report_path(tmp_path, "set")
    assert path.name == "set.compact.json" and last_report(CompactReport, path, "set") is None
    report = CompactReport("compact", "set")
    told = {"generation": "0" * 32, "samples": 1, "bytes": 5}
    names = ["set-00000.tar", "set-mpg-00001.tar", "../set-00000.tar", "other.tar", "set-00002.tar"]
    report.shards = dict.fromkeys(names, told) | {"set-00002.tar": {"samples": "many"}}
    report.save(path)
    found = last_report(CompactReport, path, "set")
    assert found and list(found.shards) == names[:2]
    path.write_text(json.dumps([1]))
    assert last_report(CompactReport, path, "set") is None
