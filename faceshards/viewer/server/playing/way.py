"""How a clip comes to play in a browser: as it is, in another container, or encoded anew. Said so to the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from av.container import InputContainer

from faceshards.errors import ColumnError
from faceshards.media.container import RangedFile, opened, video_stream
from faceshards.media.members import RowMembers, clip_column, sound_column
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import SOUND

#: What an mp4 and a webm hold that Chromium, Firefox and Safari decode without help of the system's hardware.
_IN_MP4 = {"h264", "vp9", "av1"}, {"aac", "mp3", "flac", "opus"}
_IN_WEBM = {"vp8", "vp9", "av1"}, {"opus", "vorbis"}
#: Planes of pictures that their H.264 decoders take: 8 bits, a chroma sample for four pixels.
_PLANES = {"yuv420p", "yuvj420p"}
#: Containers with an index, whose packets all have times of their own, so that they can be copied to another.
TIMED = ("mov", "matroska")
AS_IT_IS, REMUXED, TRANSCODED = "as it is", "remuxed", "transcoded"


@dataclass(frozen=True)
class Way:
    """`kind`: `AS_IT_IS`, `REMUXED` (the same pictures in an mp4) or `TRANSCODED` (pictures encoded as H.264); `said`:
    the same in words, empty for what plays as it is; `voice`: the column of the sound that is put in, None for its own;
    `copies_sound`: whether sound is copied, not encoded as AAC; `seconds`: how long it lasts, 0 where nothing says so.
    """

    kind: str
    said: str = ""
    voice: str | None = None
    copies_sound: bool = True
    seconds: float = 0.0


def way_of(shard: Shard, row: int, column: str) -> Way:
    """The way of a member. A sample's own recording is heard instead of its clip's sound (as in `Clip.sound`).

    The head of the container is read, no more. Raises ColumnError where the sample has no such member, ClipError where
    the container does not open.
    """
    members = RowMembers(shard, row)
    if not members.has(column):
        raise ColumnError(f"{shard.path.name}: sample {shard.keys[row]!r} has no {column!r}")
    if column.rpartition(".")[2] in SOUND:
        return Way(AS_IT_IS)
    own = sound_column(members)
    with opened(ranged(members, column)) as container:
        return _way(container, own if own is not None and column == _clip(shard, row) else None)


def _clip(shard: Shard, row: int) -> str:
    """The column of the clip itself; a foreign sample may have no json."""
    return clip_column(shard, shard.json(row) if shard.filled(row, "json") else {})


def ranged(members: RowMembers, column: str) -> RangedFile:
    """A member as a file of which only those bytes are read that are asked for."""
    return RangedFile(partial(members.read_range, column), members.size(column))


def _way(container: InputContainer, voice: str | None) -> Way:
    video = video_stream(container)
    form = container.format.name.split(",")[0]
    picture = video.codec_context.codec.canonical_name
    sound = _sound(container)
    seconds = (container.duration or 0) / 1_000_000
    odd = video.codec_context.pix_fmt not in _PLANES
    if not odd and voice is None and _plays(container, form, picture, sound):
        return Way(AS_IT_IS, seconds=seconds)
    plays = picture in _IN_MP4[0] and not odd and form in TIMED
    copies = voice is None and sound in _IN_MP4[1] and form in TIMED
    if plays:
        said = f"with the sound of its {voice}" if voice else f"remuxed from {_shown(container, form)}"
        if not (voice or copies or sound is None):
            said += f", its sound transcoded from {sound}"
        return Way(REMUXED, said, voice, copies, seconds)
    said = f"transcoded from {picture}" + (f" ({video.codec_context.pix_fmt})" if odd else "")
    return Way(TRANSCODED, said + (f", with the sound of its {voice}" if voice else ""), voice, copies, seconds)


def _plays(container: InputContainer, form: str, picture: str, sound: str | None) -> bool:
    """Whether browsers play the file as it stands: an mp4, or a Matroska file that is a webm."""
    if form == "mov":
        return picture in _IN_MP4[0] and sound in (None, *_IN_MP4[1])
    return form == "matroska" and picture in _IN_WEBM[0] and sound in (None, *_IN_WEBM[1])


def _sound(container: InputContainer) -> str | None:
    """FFmpeg's name of the codec of the sound; None where there is none."""
    for stream in container.streams.audio:
        return stream.codec_context.codec.canonical_name if stream.codec_context else "an unknown codec"
    return None


def _shown(container: InputContainer, form: str) -> str:
    if form == "matroska":
        return "mkv"
    return "mov" if container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
