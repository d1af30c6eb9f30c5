"""One sample as pictures: frames of the clip and of its twins, sound, spectrogram; a reason where one is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from faceshards.errors import ClipError, FaceshardsError
from faceshards.media.clip import Clip
from faceshards.media.picture import read_picture
from faceshards.shards.schema.columns import PIXELS, Column
from faceshards.shards.schema.states import NOT_APPLICABLE
from faceshards.viewer.drawing.drawing import FaceMarks, Picture, draw_faces, fit, spectrogram, waveform
from faceshards.viewer.drawing.made_columns import MadeColumns, drawn, points_at
from faceshards.viewer.drawing.plots import dots
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.summary.failures import RecordedFailure
from faceshards.viewer.summary.histogram import number, short

#: The column of the spectrogram.
SPECTRUM = "spectrogram.npy"
#: Why there is nothing of a column that the shard does not have.
NOT_MADE = "No stage made it."
#: Moments of a clip that are shown.
MOMENTS = 4
#: Longer side of a shown frame in pixels.
LONG_SIDE = 512
# Most letters of a unit beside a name.
_UNIT = 44
#: Column -> what people call it, in the order in which they stand beside the original.
TWINS = {"styled.mp4": "Stylized", "swapped.mp4": "Swapped"}


@dataclass(frozen=True)
class PlotSpan:
    """What a plot spans: `seconds` from its left edge to its right one, `low` to `high` in `unit` upwards."""

    seconds: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Still:
    """One picture; `time` in seconds since the clip's first frame, `faces` how many are drawn on it; `span` of a
    plot.
    """

    picture: Picture
    time: float = 0.0
    faces: int = 0
    span: PlotSpan | None = None


@dataclass(frozen=True)
class Panel:
    """Pictures of one `column`; without any, `failure` says what failed, or `absent` why there is nothing to fail."""

    label: str
    column: str
    stills: tuple[Still, ...] = ()
    failure: RecordedFailure | None = None
    absent: str = NOT_MADE


@dataclass(frozen=True)
class ClipView:
    """All that is shown of a sample: `videos` are original, stylized, swapped, and others that stages made; `points`
    the original with what they found on it, `numbers` what they measured over time, each only where there is one.

    `best` is the place of the most telling moment among the videos' stills.
    """

    videos: tuple[Panel, ...]
    points: tuple[Panel, ...]
    numbers: tuple[Panel, ...]
    waveform: Panel
    spectrogram: Panel
    face: Panel
    best: int


def view_clip(sample: ShownSample) -> ClipView:
    """The pictures of one sample. Bytes that do not decode, or are damaged, become that panel's failure."""
    moments = sample.moments(MOMENTS)
    faces, made = _faces(sample, moments), MadeColumns.of(sample)

    def video(label: str, column: str, marks: Sequence[FaceMarks]) -> Panel:
        return _panel(sample, label, column, lambda: _stills(sample.opened(column), moments, marks))

    return ClipView(
        (
            video("Original", sample.clip, faces),
            *(video(label, column, []) for column, label in TWINS.items()),
            *(video(label_of(one), one.name, []) for one in made.videos if one.name not in TWINS),
        ),
        tuple(_panel(sample, label_of(one), one.name, partial(_marked, sample, one, moments)) for one in made.points),
        tuple(_panel(sample, label_of(one), one.name, partial(_drawn, sample, one)) for one in made.numbers),
        _panel(sample, "Sound, 1 is full scale", sample.sound, lambda: _waveform(sample)),
        _panel(sample, _spectrum_label(sample), SPECTRUM, lambda: _spectrum(sample)),
        _panel(sample, "Face crop", "face.jpg", lambda: _face(sample)),
        _most_telling(faces, len(moments)),
    )


def _panel(sample: ShownSample, label: str, column: str, draw: Callable[[], Sequence[Still]]) -> Panel:
    """What `draw` makes of a column; a failure where it is empty or broken, nothing where it is absent."""
    if not sample.shard.has(column):
        return Panel(label, column)
    try:
        if sample.shard.state(sample.row, column) == NOT_APPLICABLE:
            return Panel(label, column, absent="The clip has nothing of this kind.")
        if not sample.shard.filled(sample.row, column):
            return Panel(label, column, failure=sample.reason(column))
        return Panel(label, column, tuple(draw()), absent="Nothing of this kind in the clip.")
    except ClipError as error:
        if error.code == "no-sound":
            return Panel(label, column, absent="The clip has no sound.")
        return Panel(label, column, failure=sample.failure("", error.code, str(error)))
    except FaceshardsError as error:
        return Panel(label, column, failure=sample.failure("", "damaged", str(error)))


def _stills(clip: Clip, moments: Sequence[int], faces: Sequence[FaceMarks]) -> Sequence[Still]:
    """The frames of a video (or the picture) at `moments`, with `faces` (one a moment, or none at all) drawn on."""
    there = [moment for moment in moments if moment < len(clip)] or [0]
    chunks = list(clip.frames(numbers=there))
    frames = [frame for chunk in chunks for frame in chunk.pictures]
    times = [time for chunk in chunks for time in chunk.times.tolist()]
    stills = []
    for place, (frame, time) in enumerate(zip(frames, times, strict=True)):
        shown = fit(frame, LONG_SIDE)
        if faces:
            height, width = frame.shape[:2]
            shown = draw_faces(shown, faces[place].scaled(shown.shape[1] / width, shown.shape[0] / height))
        stills.append(Still(shown, time, len(faces[place].boxes) if faces else 0))
    return stills


def _marked(sample: ShownSample, column: Column, moments: Sequence[int]) -> Sequence[Still]:
    """The clip's frames at `moments` with the points of a column on them; none where the clip has no point."""
    found = points_at(sample, column, moments)
    if not len(sample.shard.get(sample.row, column.name)):
        return []
    stills = _stills(sample.opened(sample.clip), moments, [])
    width, height = (sample.facts.get(name) for name in ("width", "height"))
    marked = []
    for still, points in zip(stills, found, strict=False):
        shown = still.picture
        if isinstance(width, int) and isinstance(height, int) and width and height:
            points = points * (shown.shape[1] / width, shown.shape[0] / height)
        marked.append(replace(still, picture=dots(shown, points)))
    return marked


def _drawn(sample: ShownSample, column: Column) -> list[Still]:
    picture = drawn(sample, column)
    return [] if picture is None else [Still(picture)]


def label_of(column: Column) -> str:
    """What people call a column: its name without the codec, and its unit where that is said in a few words."""
    name = column.name.rpartition(".")[0].replace("_", " ").capitalize()
    is_told = column.codec == "npy" and column.space != PIXELS and 0 < len(column.unit) <= _UNIT
    return f"{name}, {column.unit}" if is_told else name


def _faces(sample: ShownSample, moments: Sequence[int]) -> list[FaceMarks]:
    """The faces at each moment; none at all where no stage found any or the column does not decode."""
    if not sample.shard.has("faces.msg"):
        return []
    try:
        column = sample.shard.get(sample.row, "faces.msg")
        return [FaceMarks.of_frame(column, moment) for moment in moments] if column else []
    except (FaceshardsError, KeyError, TypeError, ValueError, IndexError):
        return []


def _most_telling(faces: Sequence[FaceMarks], moments: int) -> int:
    """The moment with the surest face, else the middle one."""
    scores = [float(one.scores.max()) if len(one.scores) else 0.0 for one in faces]
    return max(range(len(scores)), key=lambda place: (scores[place], -place)) if any(scores) else moments // 2


def _waveform(sample: ShownSample) -> list[Still]:
    sound = sample.opened(sample.clip).sound()
    return [Still(waveform(sound.samples), sound.duration, span=PlotSpan(sound.duration, -1.0, 1.0, ""))]


def _face(sample: ShownSample) -> list[Still]:
    return [Still(read_picture(sample.shard.read(sample.row, "face.jpg")))]


def _spectrum(sample: ShownSample) -> list[Still]:
    values = sample.shard.get(sample.row, SPECTRUM)
    variant = sample.facts.get("spectrogram_variant", "parts")
    channels = {"parts": 2, "polar": 2, "mel": 1}.get(variant)
    if values.ndim != 3 or values.shape[0] != channels or not values.size:
        raise ClipError("broken-media", f"a spectrogram {variant!r:.20} cannot be {values.shape}")
    seconds, rate = _heard(sample)
    upwards = (0.0, float(values.shape[1]), "mel bands") if variant == "mel" else (0.0, rate / 2000, "kHz")
    return [Still(spectrogram(values, variant=variant), span=PlotSpan(seconds, *upwards))]


def _heard(sample: ShownSample) -> tuple[float, float]:
    """How many seconds a spectrogram is of, and the sampling rate in Hz, by what made it; else the stage's own."""
    made = sample.made(SPECTRUM)
    given = made.params if made else {}
    seconds, rate = (number(given.get(name)) for name in ("audio_length", "sampling_rate"))
    return (seconds if seconds and seconds > 0 else 6.0), (rate if rate and rate > 0 else 16_000.0)


def _spectrum_label(sample: ShownSample) -> str:
    """A shorter sound repeats to fill it."""
    sound, (seconds, _) = number(sample.facts.get("sound_duration")), _heard(sample)
    repeats = sample.shard.filled(sample.row, SPECTRUM) and sound and 0 < sound < seconds - 0.05
    return f"Spectrogram, repeats after {short(sound)} s" if sound and repeats else "Spectrogram"
