"""What changes how a voice sounds but not what it says: pitch, bands, a room. Each keeps the length of the sound."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph


def pitched(samples: np.ndarray, rate: int, semitones: float) -> np.ndarray:
    """float32 (N,) at `rate` Hz, higher or lower by `semitones`, as fast as before: FFmpeg's `asetrate`, which plays it
    at another speed, and `atempo`, which takes that back (WSOLA, Verhelst and Roelands 1993).
    """
    speed = 2.0 ** (semitones / 12)
    played = round(rate * speed)
    return _filtered(
        samples, rate, [("asetrate", str(played)), ("aresample", str(rate)), ("atempo", f"{1 / speed:.9g}")]
    )


def without_lows(samples: np.ndarray, rate: int, hertz: float) -> np.ndarray:
    """float32 (N,) without what is below `hertz`, by a filter of second order (FFmpeg's `highpass`)."""
    return _filtered(samples, rate, [("highpass", f"f={hertz:g}")])


def without_highs(samples: np.ndarray, rate: int, hertz: float) -> np.ndarray:
    """Likewise without what is above."""
    return _filtered(samples, rate, [("lowpass", f"f={hertz:g}")])


def in_a_room(samples: np.ndarray, rate: int, seconds: float, share: float, dice: np.random.Generator) -> np.ndarray:
    """float32 (N,) as heard in a room where a sound falls by 60 dB within `seconds`: noise that dies away, drawn by
    `dice`, stands for its echoes (Moorer 1979). They make up a `share` (0..1) of what is heard, which is as loud as
    before.
    """
    from scipy.signal import fftconvolve  # a third of a second to load

    times = np.arange(max(1, round(seconds * rate))) / rate
    echoes = dice.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    echoes /= np.sqrt(np.sum(echoes**2))
    heard: np.ndarray = (1 - share) * samples + share * fftconvolve(samples, echoes)[: len(samples)]
    power = float(np.sum(heard**2))
    return (heard * np.sqrt(float(np.sum(samples**2)) / power) if power else heard).astype(np.float32)


def _filtered(samples: np.ndarray, rate: int, filters: list[tuple[str, str]]) -> np.ndarray:
    """Through filters of FFmpeg's; what comes out too short is silent at its end."""
    graph = Graph()
    chain = [graph.add_abuffer(sample_rate=rate, format="flt", layout="mono", time_base=Fraction(1, rate))]
    chain += [graph.add(name, words) for name, words in filters]
    chain += [graph.add("aformat", "sample_fmts=flt:channel_layouts=mono"), graph.add("abuffersink")]
    graph.link_nodes(*chain).configure()
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), "flt", "mono")
    frame.rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    graph.push(frame)
    graph.push(None)
    out = np.zeros(len(samples), np.float32)
    done = 0
    while done < len(out):
        try:
            part = graph.pull().to_ndarray()[0]
        except (EOFError, BlockingIOError):
            break
        there = out[done : done + len(part)]
        there[:] = part[: len(there)]
        done += len(there)
    return out
