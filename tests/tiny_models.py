"""Models of the true architectures, as small as they can be, with random weights, saved as transformers and diffusers
save theirs. Not a test module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers: Any = pytest.importorskip("transformers")

_SPEECH = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
    "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2,
}  # fmt: skip
LANGUAGES = ("en", "de", "zh")


def speech(folder: Path, kind: str, **changed: Any) -> Path:
    """A wav2vec2, hubert or wavlm."""
    name = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}[kind]
    torch.manual_seed(1)
    model = getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**_SPEECH | changed))
    model.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder


def whisper(folder: Path, languages: tuple[str, ...] = LANGUAGES) -> Path:
    """A multilingual Whisper that knows these languages, with a tokenizer of bytes."""
    from transformers.models.whisper.tokenization_whisper import WhisperTokenizer

    words = folder / "words"
    words.mkdir(parents=True)
    base = _byte_letters()
    (words / "vocab.json").write_text(json.dumps({letter: number for number, letter in enumerate(base)}))
    (words / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = WhisperTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), unk_token="!")
    marks = ["<|startoftranscript|>", *(f"<|{one}|>" for one in languages)]
    marks += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    tokenizer.add_tokens([f"<|{number * 0.02:.2f}|>" for number in range(1501)], special_tokens=False)
    number = tokenizer.convert_tokens_to_ids
    end, start = number("<|endoftext|>"), number("<|startoftranscript|>")
    torch.manual_seed(2)
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_target_positions=24,
        decoder_start_token_id=start, bos_token_id=end, eos_token_id=end, pad_token_id=end, init_std=0.5,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=start, max_length=24,
        is_multilingual=True, no_timestamps_token_id=number("<|notimestamps|>"), max_initial_timestamp_index=50,
        prev_sot_token_id=number("<|startofprev|>"),
        lang_to_id={f"<|{one}|>": number(f"<|{one}|>") for one in languages},
        task_to_id={one: number(f"<|{one}|>") for one in ("transcribe", "translate")},
    )  # fmt: skip
    model.save_pretrained(folder)
    transformers.WhisperProcessor(transformers.WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder


def autoencoder(folder: Path) -> Path:
    """An AutoencoderKL: 4 channels, a latent for 8 x 8 pixels."""
    diffusers: Any = pytest.importorskip("diffusers")
    torch.manual_seed(3)
    kinds = {"down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}
    diffusers.AutoencoderKL(block_out_channels=[8] * 4, norm_num_groups=4, **kinds).save_pretrained(folder)
    return folder


def noise(seconds: float) -> np.ndarray:
    """Sound at 16 kHz, float32 (N,)."""
    return np.random.default_rng(4).normal(0, 0.1, round(seconds * 16_000)).astype(np.float32)


def _byte_letters() -> list[str]:
    """A printable letter for each byte, as byte-pair vocabularies write them (GPT-2)."""
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return ["<|endoftext|>", *(chr(one) for one in own), *(chr(256 + n) for n in range(256 - len(own)))]
