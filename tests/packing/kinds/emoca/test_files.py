from faceshards.packing.kinds.emoca.files import ARRAYS, CODES, FILES, SAMPLES_PER_FRAME, axes_of
from faceshards.shards.schema.columns import COLUMNS
from tests.packing.kinds.emoca.conftest import SHAPES


def test_the_format_has_the_shapes_of_the_data_sets_own_table():
    assert len(FILES) == 11 and SAMPLES_PER_FRAME == 640
    assert {name: axes_of(name) for name in CODES} == {name: ("N", *rest) for name, rest in SHAPES.items()}
    assert axes_of("refimg.npy") == (3, 224, 224) and len(axes_of("envelope.npy")) == 1
    assert {COLUMNS[name].dtype for name in ARRAYS} == {"float32"}
