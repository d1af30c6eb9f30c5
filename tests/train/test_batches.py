"""Where batches come from: both loaders give the same kind of batch, and what makes none is refused."""

import pytest

from faceshards.errors import UsageError
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.train.batches import LOADERS, TrainingData


@pytest.mark.parametrize("loader", LOADERS)
def test_each_loader_gives_batches_of_the_view_without_samples_that_lack_a_face(faces, loader):
    batches = list(TrainingData([faces], loader, batch_size=2).batches(FaceWithPoints()))
    assert len(batches) == 3  # seven faces, two a batch
    assert all(batch["face"].shape == (2, 3, 224, 224) and batch["points"].shape == (2, 10) for batch in batches)


def test_only_the_loader_that_keeps_no_position_says_so_at_a_resume(faces):
    (note,) = TrainingData([faces], "webdataset").notes(resume=True)
    assert "keeps no position" in note
    assert TrainingData([faces]).notes(resume=True) == TrainingData([faces], "webdataset").notes(resume=False) == []


@pytest.mark.parametrize(
    ("options", "said"), [({"loader": "magic"}, "loader must be"), ({"batch_size": 1}, "at least 2")]
)
def test_what_makes_no_training_is_refused(faces, options, said):
    with pytest.raises(UsageError, match=said):
        TrainingData([faces], **options)
