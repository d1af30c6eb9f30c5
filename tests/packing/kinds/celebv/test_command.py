def test_both_kinds_teach_by_example_and_take_what_pack_clips_takes(run):
    for kind, words in (("celebv", "celebvhq_info.json"), ("vfhq", "meta_info.zip")):
        code, said, _ = run("pack", kind, "--help")
        assert code == 0 and words in said and "Example: faceshards pack" in said and "--max-bytes" in said
        code, said, _ = run("export", kind, "--help")
        assert code == 0 and f"Example: faceshards export {kind}" in said
