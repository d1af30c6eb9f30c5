import numpy as np

from faceshards.viewer.pages.filter.held_columns import HeldColumns, HeldNumbers, HeldTexts


def test_scalars_of_several_shards_become_one_array(collection):
    held = HeldColumns(collection)
    numbers, texts = held.column("order"), held.column("collection")
    assert isinstance(numbers, HeldNumbers) and numbers.values.dtype == np.int64
    assert numbers.there.tolist() == [True] * 3 + [False] + [True] * 4 and numbers.values[5] == 2**53 + 1
    assert isinstance(texts, HeldTexts) and texts.texts.take(texts.codes).to_pylist()[2] == "OR"
    assert held.column("mp4") is None and held.column("nothing") is None
    assert held.column("order") is numbers
    scores = held.column("face_share", numbers=False)
    assert isinstance(scores, HeldNumbers) and held.column("face_share", numbers=False) is not scores
