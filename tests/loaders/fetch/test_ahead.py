"""Work is begun ahead, within its bounds."""

from faceshards.loaders.fetch.ahead import Ahead


def test_work_is_begun_ahead_in_groups_within_the_limit():
    begun = []

    def begin(draws):
        begun.append(list(draws))
        return len(begun)

    draws = [(unit, 0) for unit in range(100)]
    ahead = Ahead(iter(draws), begin, lambda draw: 10, group=160, limit=400)
    under_way = []
    for taken, draw in enumerate(draws):
        handle = ahead.take(draw)
        assert draw in begun[handle - 1]
        under_way.append(10 * (sum(map(len, begun)) - taken - 1))
    assert [draw for group in begun for draw in group] == draws
    assert max(under_way) <= 400 and len(begun[0]) == 1 and max(map(len, begun)) == 16  # small at first
    assert ahead.take((0, 1)) is None


def test_what_was_not_expected_is_not_waited_for():
    ahead = Ahead(iter([(1, 0), (2, 0)]), lambda draws: "handle", lambda draw: 1, group=1, limit=10)
    assert ahead.take((5, 0)) is None and ahead.take((1, 0)) == "handle"
