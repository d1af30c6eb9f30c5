from tests.packing.conftest import zipped


def test_the_word_clips_may_be_left_out(run, clip, tmp_path):
    source = zipped(tmp_path / "g.zip", {"a.mp4": clip, "b.mp4": clip})
    for words in (["clips", source], [source], ["--zip", source], ["clips", "--workers", 1, source]):
        out = tmp_path / "-".join(["out", *(str(word).rsplit("/", 1)[-1] for word in words)])
        code, said, err = run("pack", *words, "--out", out)
        assert code == 0 and "2 video files" in said, err
    assert len({(folder / "g.tar").read_bytes() for folder in tmp_path.iterdir() if folder.is_dir()}) == 1


def test_two_sources_at_once_are_refused(run, tmp_path):
    code, _, err = run("pack", tmp_path, "--zip", tmp_path)
    assert code == 2 and "name one source" in err


def test_pack_alone_lists_the_kinds_and_each_has_a_help(run):
    code, said, _ = run("pack")
    assert code == 0 and "clips" in said and "Raw clips" not in said
    code, said, _ = run("pack", "clips", "-h")
    assert code == 0 and "--fps" in said and "--max-bytes" in said


def test_a_folder_of_a_kind_s_name_is_a_source(run, clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").write_bytes(clip)
    for words in (["clips"], ["clips", "--out", "."], ["clips", "clips"]):
        code, said, err = run("pack", *words, "--force")
        assert code == 0 and "clips: a folder of 1 video file" in said, err
    assert run("pack", "clips", "--help")[0] == 0
