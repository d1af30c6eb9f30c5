"""Language and phrases by a tiny random Whisper: those of the library called by itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from faceshards.errors import StageError  # noqa: E402
from faceshards.models.nets.whisper import Whisper  # noqa: E402
from tests import tiny_models  # noqa: E402
from tests.tiny_models import LANGUAGES, noise  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.whisper(tmp_path_factory.mktemp("tiny whisper"))


@pytest.fixture(scope="module")
def whisper(folder) -> Whisper:
    return Whisper(folder)


def test_the_likeliest_language_is_the_librarys_and_all_add_up_to_one(folder, whisper):
    samples = noise(3)
    found = whisper.languages(samples)
    assert sorted(found) == sorted(LANGUAGES) and sum(found.values()) == pytest.approx(1)
    processor = transformers.WhisperProcessor.from_pretrained(folder)
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder)
    given = processor(samples, sampling_rate=16_000, return_tensors="pt").input_features
    token = processor.tokenizer.convert_ids_to_tokens(int(model.detect_language(given)[0]))
    assert token == f"<|{max(found, key=found.get)}|>"


def test_a_long_sound_is_the_mean_of_its_windows(whisper):
    samples = noise(47)
    parts = [whisper.languages(samples[:480_000]), whisper.languages(samples[480_000:])]
    found = whisper.languages(samples)
    assert found == pytest.approx({name: np.mean([one[name] for one in parts]) for name in LANGUAGES})
    assert parts[0] != pytest.approx(parts[1], abs=1e-6)


@pytest.mark.parametrize("seconds", [5, 64])
def test_phrases_are_what_the_library_writes_down(folder, whisper, seconds):
    """Of more than 30 s, too, by its own way through long sound."""
    samples = noise(seconds)
    found = whisper.phrases(samples, "de")
    processor = transformers.WhisperProcessor.from_pretrained(folder)
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder)
    given = processor(
        samples, sampling_rate=16_000, return_tensors="pt", truncation=False, return_attention_mask=True,
        padding="max_length" if seconds <= 30 else "longest",
    )  # fmt: skip
    ids = model.generate(**given, language="<|de|>", task="transcribe", return_timestamps=True)
    said = processor.batch_decode(ids, skip_special_tokens=True)[0]
    assert found and "".join(one.text for one in found).replace(" ", "") == "".join(said.split())
    times = [(one.start, one.end) for one in found]
    assert all(0 <= start <= end <= seconds for start, end in times)
    assert times == sorted(times) and (seconds < 30 or times[-1][1] > 30)


def test_it_says_the_same_twice(whisper):
    samples = noise(4)
    assert whisper.phrases(samples, "en") == whisper.phrases(samples, "en")


def test_a_folder_of_another_model_or_of_one_language_is_refused(tmp_path):
    with pytest.raises(StageError, match="one that is multilingual"):
        Whisper(tiny_models.whisper(tmp_path / "one", languages=()))
    with pytest.raises(StageError, match="holds no Whisper"):
        Whisper(tiny_models.speech(tmp_path / "other", "hubert"))
