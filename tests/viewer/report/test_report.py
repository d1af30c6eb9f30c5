import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.viewer.drawing.figures import Curve, Plate
from faceshards.viewer.report.report import write_report

SCRIPT = "<script>document.title='owned'</script>"


class Elements(HTMLParser):
    """All tags with their attributes, and all text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "report.html"
    figures = [
        Curve(f"Loss {SCRIPT}", {"voice encoder": [(0, 3.0), (1, 1.5)], SCRIPT: [(0, 1.0)]}, "falls"),
        Plate("A face", np.full((90, 80, 3), (90, 60, 200), np.uint8), "a purple square", "plumbing"),
    ]
    commands = [("pack", f"pack '{SCRIPT}'"), ("curate", "curate it"), ("infer", "infer it")]
    funnel = write_report([dataset], out, "First <light>", commands, figures, ["an honest line"])
    assert (funnel.seen, funnel.whole) == (10, 4)
    return Elements(out.read_text("utf-8"))


def test_nothing_is_asked_for_from_outside(page):
    for tag, attrs in page.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            value = attrs.get(name)
            assert value is None or value.startswith(("data:image/", "data:video/mp4;", "#")), (tag, name, value[:80])
        assert tag not in ("script", "link", "iframe", "object", "embed", "form", "base")
    assert "url(" not in "".join(page.text) and "@import" not in "".join(page.text)


def test_hostile_names_are_text(page):
    text = "".join(page.text)
    assert SCRIPT in text and "<img src=x onerror=document.title='owned'>.v2" in text and f"<b>{SCRIPT}</b>" in text
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    policy = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
    assert page.named("meta")[1]["content"] == policy


def test_the_numbers_add_up_on_the_page(page):
    text = re.sub(r"\s+", " ", "".join(page.text))
    assert "10 clips in = 6 packed + 4 rejected" in text and "6 packed = 4 whole + 2 failed" in text
    assert "10 clips went in, 4 came out whole. 6 did not, and each says why." in text


def test_every_image_decodes_and_says_what_it_is(page):
    import base64

    from faceshards.media.picture import read_picture

    images = page.named("img")
    assert len(images) > 6 * 3
    for attrs in images:
        picture = read_picture(base64.b64decode(attrs["src"].split(",")[1]))
        assert picture.shape[:2] == (int(attrs["height"]), int(attrs["width"]))
        assert attrs["alt"]
    assert any(attrs["alt"] == "Original frame at 0.40 s, 1 face marked" for attrs in images)


def test_charts_have_a_title_and_a_description(page):
    assert page.named("svg")
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    for attrs in page.named("svg"):
        assert attrs["role"] == "img" and set(attrs["aria-labelledby"].split()) <= ids
    assert len([attrs for _, attrs in page.tags if "id" in attrs]) == len(ids)


def test_reasons_stand_where_pictures_would_be(page):
    text = "".join(page.text)
    assert "no face in any of 12 frames" in text and "there is no sound stream" in text
    assert "frame 1 has 0 bytes" in text and "the file ends early" in text
    assert text.count("Stylized") == text.count("Swapped") - 2 == 4  # clips.tar has no styled.mp4, and no word of it


def test_provenance_times_and_notes_are_there(page):
    text = "".join(page.text)
    assert "5e" * 32 in text and "min_face=40" in text and "loudness" in text
    assert re.search(r"swap\s*3\.0\s*4\s*0\.75", re.sub(r"\s+", " ", text))  # four of six clips met it
    assert "an honest line" in text and "1.50" in text and "infer it" in text


def test_a_shard_without_reports_says_what_is_unknown(samples, tmp_path):
    shard = samples.write(tmp_path / "a.tar", [samples.whole("a")])
    funnel = write_report([shard], tmp_path / "r.html")
    assert (funnel.seen, funnel.rejected, funnel.whole) == (1, 0, 1)
    html = (tmp_path / "r.html").read_text("utf-8")
    assert "No pack report lies beside a.tar" in html and "1 clip went in, 1 came out whole. None was lost." in html


def test_a_report_of_other_counts_is_doubted(samples, tmp_path):
    shard = samples.write(tmp_path / "a.tar", [samples.whole("a")])
    (tmp_path / "a.pack.json").write_text('{"seen": 9, "whole": 9, "files": ["a.tar"]}')
    write_report([shard], tmp_path / "r.html")
    assert "a.pack.json counts 9 packed clips, its shards hold 1" in (tmp_path / "r.html").read_text("utf-8")


def test_a_part_of_a_source_is_called_so(samples, tmp_path):
    shard = samples.write(tmp_path / "a.tar", [samples.whole("a")])
    (tmp_path / "a.pack.json").write_text('{"seen": 3, "whole": 3, "files": ["a.tar", "a-mpg.tar"]}')
    write_report([shard], tmp_path / "r.html")
    assert "a.pack.json counts 2 shards, not all of which are shown" in (tmp_path / "r.html").read_text("utf-8")


def test_a_damaged_shard_still_gives_a_page(dataset, tmp_path):
    body = bytearray((dataset / "group124.tar").read_bytes())
    body[body.index(b'"face_share"') + 2] ^= 1
    (tmp_path / "group124.tar").write_bytes(body)
    (tmp_path / "group124.parquet").write_bytes((dataset / "group124.parquet").read_bytes())
    (tmp_path / "cut.tar").write_bytes(body[:9000])
    funnel = write_report([tmp_path], tmp_path / "r.html")
    assert funnel.packed == funnel.whole + funnel.failed == 4
    html = (tmp_path / "r.html").read_text("utf-8")
    assert "group124.tar is damaged" in html and "cut.tar is damaged" in html


def test_the_same_input_gives_the_same_page(samples, tmp_path):
    shard = samples.write(tmp_path / "a.tar", [samples.whole("a")])
    write_report([shard], tmp_path / "1.html")
    write_report([shard], tmp_path / "2.html")
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()


def test_faces_stand_first_and_commands_last(page):
    sections = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    assert sections == ["faces", "clips", "results", "funnel", "scores", "columns", "time", "shards", "commands"]


def test_a_scalar_with_one_value_is_a_line_of_text_and_no_chart(page):
    charts = [attrs["id"] for tag, attrs in page.tags if tag == "title" and attrs.get("id", "").startswith("score-")]
    text = re.sub(r"\s+", " ", "".join(page.text))
    titles = re.findall(r"Histogram of (\w+?)\d+ samples", text)
    assert len(charts) == len(titles) and "face_share" in titles  # 1 and, without a face, 0
    assert not {"loudness_db", "width", "duration"} & set(titles)
    constants = text[text.index("The same in every clip that has it") : text.index("Columns, and what made them")]
    assert re.search(r"loudness_db ?-9.03 dBFS 5 clips", constants) and re.search(r"width ?64 px 6 clips", constants)


def test_pages_of_clips_too_large_for_them_stay_small(samples, tmp_path):
    """Twelve clips of 1.5 MB: what fits plays, the page stays below 10 MB."""
    clips = [samples.whole(f"{number}") for number in range(12)]
    for number, one in enumerate(clips):
        noise = np.random.default_rng(number).integers(0, 255, 1_500_000, np.uint8).tobytes()
        one["mp4"] += (8 + len(noise)).to_bytes(4, "big") + b"free" + noise
    write_report([samples.write(tmp_path / "a.tar", clips)], tmp_path / "r.html", clips=12)
    html = (tmp_path / "r.html").read_text("utf-8")
    assert 8_000_000 < len(html.encode()) < 10_000_000
    assert html.count("do not fit into the page") == 12 - 4 and html.count("<video") == 4 + 24  # their twins are small


def test_pictures_stay_within_their_bytes(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("faceshards.viewer.report.report.PICTURE_BYTES", 40_000)
    write_report([dataset], tmp_path / "r.html")
    html = (tmp_path / "r.html").read_text("utf-8")
    assert 0 < html.count('<article class="card" id=') < 6
    assert "of 6 packed clips" in html


def test_a_page_of_absurd_text_stays_small(samples, tmp_path):
    sample = samples.no_face("n" * 200)
    sample["json"] |= {f"score_{number}": number / 7 for number in range(3000)}
    sample["json"] |= {"name": "x" * 3_000_000, "identity": "y" * 3_000_000}
    sample["json"]["failures"][0]["reason"] = "z" * 3_000_000
    rejected = [{"name": "r" * 5000, "code": "bomb", "reason": "b" * 5000}] * 3000
    record = {"seen": 3001, "whole": 1, "failed": {"pack": {"bomb": 3000}}, "rejected": rejected, "files": ["a.tar"]}
    (tmp_path / "a.pack.json").write_text(json.dumps(record))
    funnel = write_report([samples.write(tmp_path / "a.tar", [sample])], tmp_path / "r.html")
    assert funnel.seen == 3001
    assert (tmp_path / "r.html").stat().st_size < 2_000_000
    assert "and 2,901 more" in (tmp_path / "r.html").read_text("utf-8")


def test_no_shard_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        write_report([tmp_path], tmp_path / "r.html")
