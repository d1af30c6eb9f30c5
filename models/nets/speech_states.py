"""What wav2vec 2.0, HuBERT, WavLM and Whisper's encoder make of sound: hidden states, by transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.nets.quiet import quiet_torch

#: Hz that they hear, and samples from state to state: 50 a second.
RATE, STEP = 16_000, 320
#: What `model_type` in a config.json may be.
KINDS = ("wav2vec2", "hubert", "wavlm", "whisper")
_WHISPER_SECONDS = 30


class SpeechStates:
    """A model in a folder as transformers saves it. `layer` counts its hidden states: 0 is what goes into the first
    layer, -1 what comes out of the last. Raises StageError for a folder of another kind.

    A sound of up to `span` seconds is heard as a whole: its states are the library's own. Of a longer one each span is
    heard with `overlap` seconds more on both sides. Whisper hears 30 s at a time, of which the overlaps are part.
    """

    def __init__(self, folder: Path, layer: int, span: float, overlap: float, device: str = "cpu") -> None:
        kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
        if kind not in KINDS:
            raise StageError(f"{folder} holds a model of the kind {kind!r}, must be one of {', '.join(KINDS)}")
        torch, library = quiet_torch()
        self._torch, self._device, self._layer, self._whisper = torch, device, layer, kind == "whisper"
        own = {"dtype": torch.float32, "local_files_only": True, "use_safetensors": True}
        try:
            self._extract: Any = library.AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
            model: Any = library.AutoModel.from_pretrained(folder, **own)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise StageError(f"{folder} does not open: {' '.join(str(error).split()):.200}") from error
        self._model = (model.encoder if self._whisper else model).to(device).eval()
        most = self._model.config.num_hidden_layers
        if not -most - 1 <= layer <= most:
            raise StageError(f"layer must be from {-most - 1} to {most} for {folder}, got {layer}")
        if self._whisper:
            span = _WHISPER_SECONDS - 2 * overlap if overlap else _WHISPER_SECONDS
        self._span, self._overlap = round(span * RATE / STEP), round(overlap * RATE / STEP)

    @property
    def most(self) -> int:
        """Samples of a sound that is heard as a whole."""
        return (_WHISPER_SECONDS * RATE) if self._whisper else self._span * STEP

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """States float16 (T, D) of float32 (N,) at 16 kHz, T about N / 320; none where N is too short for one."""
        sound = samples if self._whisper else self._normalised(samples)
        if len(sound) <= self.most:
            return self._states(sound)
        made, end = [], -(-len(sound) // STEP)
        for first in range(0, end, self._span):
            begin, last = max(0, first - self._overlap), first + self._span
            states = self._states(sound[begin * STEP : (last + self._overlap) * STEP + self._reach])
            made.append(states[first - begin : last - begin if last < end else None])
        return np.concatenate(made)

    @property
    def _reach(self) -> int:
        """Samples beyond the first 320 of a state that it hears: 400 in all of wav2vec's."""
        return 0 if self._whisper else 80

    def _normalised(self, samples: np.ndarray) -> np.ndarray:
        """The whole at zero mean and unit variance, where the model wants it."""
        if not self._extract.do_normalize or not len(samples):
            return samples
        return self._extract.zero_mean_unit_var_norm([samples], None)[0].astype(np.float32)

    def _states(self, sound: np.ndarray) -> np.ndarray:
        torch = self._torch
        with torch.inference_mode():
            if self._whisper:
                values = self._extract(sound, sampling_rate=RATE, return_tensors="pt").input_features
            elif len(sound) < STEP + self._reach:
                return np.zeros((0, self._model.config.hidden_size), np.float16)
            else:
                values = torch.from_numpy(sound)[None]
            out = self._model(values.to(self._device), output_hidden_states=True)
            states = out.hidden_states[self._layer][0].cpu().numpy()
        return states[: -(-len(sound) // STEP)].astype(np.float16)
