"""Whisper (Radford et al. 2022, arXiv 2212.04356): which language is spoken, and what is said when, by transformers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.nets.quiet import quiet_torch

#: Hz that it hears, and the seconds of its window.
RATE, WINDOW = 16_000, 30


@dataclass(frozen=True)
class Phrase:
    """What is said from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


class Whisper:
    """A multilingual Whisper in a folder as transformers saves it. Raises StageError for a folder of another model."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._torch, library = quiet_torch()
        own = {"dtype": self._torch.float32, "local_files_only": True, "use_safetensors": True}
        try:
            self._processor: Any = library.WhisperProcessor.from_pretrained(folder, local_files_only=True)
            self._model: Any = library.WhisperForConditionalGeneration.from_pretrained(folder, **own).to(device).eval()
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise StageError(f"{folder} holds no Whisper: {' '.join(str(error).split()):.200}") from error
        #: Language -> its token, `en` for `<|en|>`.
        tokens: dict[str, int] = getattr(self._model.generation_config, "lang_to_id", None) or {}
        self._languages = {token.strip("<|>"): number for token, number in tokens.items()}
        if not self._languages:
            raise StageError(f"{folder} holds a Whisper of one language: name one that is multilingual")
        self._device = device

    def languages(self, samples: np.ndarray) -> dict[str, float]:
        """How probable each language is for float32 (N,) at 16 kHz, N above 0: the mean over its windows of 30 s."""
        torch = self._torch
        numbers = list(self._languages.values())
        total = np.zeros(len(numbers))
        starts = range(0, len(samples), WINDOW * RATE)
        start_token = torch.tensor([[self._model.config.decoder_start_token_id]], device=self._device)
        for start in starts:
            heard = self._features(samples[start : start + WINDOW * RATE], padding="max_length").input_features
            with torch.inference_mode():
                logits = self._model(heard.to(self._device), decoder_input_ids=start_token).logits[0, -1, numbers]
                total += torch.softmax(logits.double(), 0).cpu().numpy()
        return dict(zip(self._languages, (total / len(starts)).tolist(), strict=True))

    def phrases(self, samples: np.ndarray, language: str) -> list[Phrase]:
        """What is said, in order: greedy, a window of 30 s after the other, each from the last whole phrase on
        (Whisper's own way through long sound).
        """
        long = len(samples) > WINDOW * RATE
        given = self._features(
            samples, padding="longest" if long else "max_length", truncation=False, return_attention_mask=True
        )
        with self._torch.inference_mode():
            made = self._model.generate(
                given.input_features.to(self._device),
                attention_mask=given.attention_mask.to(self._device),
                language=language,
                task="transcribe",
                return_timestamps=True,
                return_segments=True,
                do_sample=False,
                num_beams=1,
            )
        seconds = len(samples) / RATE
        told = [self._phrase(one, seconds) for one in made["segments"][0]]
        return [one for one in told if one.text]

    def _phrase(self, segment: Any, seconds: float) -> Phrase:
        start, end = (min(round(float(segment[name]), 2), round(seconds, 2)) for name in ("start", "end"))
        text = self._processor.tokenizer.decode(segment["tokens"], skip_special_tokens=True)
        return Phrase(start, end, " ".join(text.split()))

    def _features(self, samples: np.ndarray, **how: Any) -> Any:
        return self._processor.feature_extractor(samples, sampling_rate=RATE, return_tensors="pt", **how)
