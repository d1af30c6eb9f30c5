"""States of wav2vec 2.0, HuBERT, WavLM and Whisper: those of the library called by itself on the whole sound."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from faceshards.errors import StageError  # noqa: E402
from faceshards.models.nets.speech_states import SpeechStates  # noqa: E402
from tests import tiny_models  # noqa: E402
from tests.tiny_models import noise  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def librarys(folder: Path, samples: np.ndarray, layer: int) -> np.ndarray:
    """All of it at once, as the library's pages show it."""
    extract = transformers.AutoFeatureExtractor.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    given = extract(samples, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        if "input_features" in given:
            return model.encoder(given.input_features, output_hidden_states=True).hidden_states[layer][0].numpy()
        return model(given.input_values, output_hidden_states=True).hidden_states[layer][0].numpy()


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm"])
@pytest.mark.parametrize("layer", [-1, 1])
def test_a_sound_of_a_span_is_the_librarys_own(tmp_path, kind, layer):
    folder = tiny_models.speech(tmp_path, kind)
    samples = noise(2.345)
    states = SpeechStates(folder, layer, span=30, overlap=2)(samples)
    assert (states.dtype, states.shape) == (np.float16, (117, 16))  # (37520 - 400) // 320 + 1
    np.testing.assert_allclose(states, librarys(folder, samples, layer), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("seconds", [2.99, 3.0, 3.001, 4.017, 7.77])
def test_a_long_sound_by_spans_is_the_whole_where_a_state_hears_less_than_the_overlap(tmp_path, seconds):
    """Before attention over all of it, and with normalisation frame by frame, a state hears 0.4 s."""
    folder = tiny_models.speech(tmp_path, "wav2vec2", feat_extract_norm="layer")
    samples = noise(seconds)
    states, whole = SpeechStates(folder, 0, span=1, overlap=0.5)(samples), librarys(folder, samples, 0)
    assert states.shape == whole.shape
    np.testing.assert_allclose(states, whole, rtol=2e-3, atol=2e-3)


def test_with_attention_a_long_sound_has_as_many_states_and_near_ones(tmp_path):
    folder, samples = tiny_models.speech(tmp_path, "hubert", feat_extract_norm="layer"), noise(6.2)
    states, whole = SpeechStates(folder, -1, span=2, overlap=1)(samples), librarys(folder, samples, -1)
    assert states.shape == whole.shape
    assert np.corrcoef(states.ravel(), whole.ravel())[0, 1] > 0.98


def test_a_short_sound_has_one_state_or_none(tmp_path):
    states = SpeechStates(tiny_models.speech(tmp_path, "wav2vec2"), -1, span=30, overlap=2)
    assert [states(noise(1)[:count]).shape for count in (0, 399, 400, 719, 720)] == [
        (0, 16), (0, 16), (1, 16), (1, 16), (2, 16),
    ]  # fmt: skip


def test_whispers_encoder_gives_50_states_a_second_and_goes_on_beyond_30(tmp_path):
    folder = tiny_models.whisper(tmp_path)
    states = SpeechStates(folder, -1, span=30, overlap=5)
    short, long = noise(1.23), noise(47.5)
    assert states(short).shape == (62, 16)  # 61.5 of them
    np.testing.assert_allclose(states(short), librarys(folder, short, -1)[:62], rtol=2e-3, atol=2e-3)
    found = states(long)
    assert found.shape == (2375, 16)
    first = librarys(folder, long[: 25 * 16_000], -1)[: 20 * 50]  # heard with the 5 s behind it
    np.testing.assert_allclose(found[: 20 * 50], first, rtol=2e-3, atol=2e-3)


def test_a_layer_that_it_does_not_have_is_refused(tmp_path):
    folder = tiny_models.speech(tmp_path, "hubert")
    assert SpeechStates(folder, -3, span=30, overlap=2)(noise(1)).shape == (49, 16)
    with pytest.raises(StageError, match=r"layer must be from -3 to 2 for .*, got 3"):
        SpeechStates(folder, 3, span=30, overlap=2)


def test_a_folder_of_another_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(StageError, match="of the kind 'bert', must be one of wav2vec2, hubert, wavlm, whisper"):
        SpeechStates(tmp_path, -1, span=30, overlap=2)
    (tmp_path / "config.json").write_text('{"model_type": "hubert"}')
    with pytest.raises(StageError, match="does not open"):
        SpeechStates(tmp_path, -1, span=30, overlap=2)
