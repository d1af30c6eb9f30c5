from faceshards.completion import table


def test_the_table_is_that_of_the_commands():
    assert table.FILE.read_text("utf-8") == table.text(), "run: make docs (faceshards/completion/words.json is behind)"
