from faceshards.packing.compact.compact_report import CompactReport
from faceshards.packing.compact.terminal import show


def test_names_are_shown_as_they_are_and_command_no_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    report = CompactReport("compact", "s", where="name = '[red]\x1b[31m'")
    report.sources = [{"shard": "s/[b]a\x1b[2J.tar", "clips": 3, "kept": 2, "lacking": ["snr_db"]}]
    report.sources += [{"shard": "s/b.tar", "clips": 0, "kept": 0, "lacking": ["snr_db"]}]
    report.add_whole(2)
    report.add_left_out(1)
    report.add_count("renamed", 1)
    show(report, True, False)
    out = capsys.readouterr().out
    assert "\x1b" not in out and "[b]a" in out and "[red]" in out and "2 of 3 clips" in out and "KEY-2" in out
    assert "no clip of 2 shards ([b]a" in out and "has snr_db (the stage loudness makes it" in out
