from faceshards.shards.schema.columns import COLUMNS, PIXELS
from faceshards.viewer.pages.clip.overlay_list import overlay_list, overlay_of

# Columns in pixels of the clip's own frame that are drawn by what they mean, and not by their shape.
NAMED = {"faces.msg"}


def test_every_column_of_the_table_that_has_pixels_is_drawn():
    in_pixels = [one for one in COLUMNS.values() if one.space == PIXELS and one.name not in NAMED]
    drawn = {one.name: overlay_of(one, lambda name: True) for one in in_pixels}
    assert len(drawn) > 6 and all(drawn.values()), drawn
    assert drawn["landmarks.npy"].group == 478 and drawn["lids.npy"].group == 32
    assert drawn["person_box.npy"].kind == "boxes" and drawn["crop_matrix.npy"].kind == "outline"


def test_a_sample_has_the_overlays_of_its_columns(plain):
    found = [(one.column, one.part, one.kind, one.third) for one in overlay_list(plain)]
    assert found == [
        ("faces.msg", "box", "boxes", "track"),
        ("faces.msg", "points", "points", "track"),
        ("landmarks.npy", "", "points", ""),
        ("gaze.npy", "", "rays", ""),
        ("headpose.npy", "", "axes", ""),
        ("dwpose.npy", "", "points", "score"),
        ("speaking.npy", "", "speaking", "logit"),
        ("face_box.npy", "", "boxes", ""),
    ]
