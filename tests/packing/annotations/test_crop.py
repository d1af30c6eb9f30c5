import pytest

from faceshards.packing.annotations.crop import crop_facts

SIDES = ("crop_left", "crop_top", "crop_right", "crop_bottom")


def test_shares_stay_and_pixels_become_shares_where_the_size_is_known():
    assert crop_facts(0.25, 0, 1, 0.5) == dict(zip(SIDES, (0.25, 0.0, 1.0, 0.5), strict=True))
    assert crop_facts(849, 0, 1872, 937) == {"crop_px": [849, 0, 1872, 937]}
    facts = crop_facts(0, 10, 50, 60, (100, 80))
    assert [facts[side] for side in SIDES] == [0, 0.125, 0.5, 0.75] and facts["crop_px"] == [0, 10, 50, 60]


@pytest.mark.parametrize("box", [(1, 0, 1, 1), (0, 1, 1, 0), (0, 0, float("nan"), 1)])
def test_a_box_without_area_is_none(box):
    with pytest.raises(ValueError, match="no area"):
        crop_facts(*box)
