"""What a file of sound says of itself, once all of it was decoded."""

from __future__ import annotations

from typing import Any

from faceshards.media.container import Body, opened
from faceshards.media.sound.recording import MAX_SECONDS, Recording


def sound_facts(body: Body, *, max_seconds: float = MAX_SECONDS) -> dict[str, Any]:
    """The scalars `sound_codec`, `sample_rate` (Hz), `channels` and `sound_duration` (s) of a json. All of the sound is
    decoded once, to see that it does. Raises ClipError as `read_sound` does.
    """
    with opened(body) as container:
        recording = Recording(container, max_seconds, mono=True)
        context = recording.stream.codec_context
        return {
            "sound_codec": context.codec.canonical_name,
            "sample_rate": recording.tape.rate,
            "channels": context.channels,
            "sound_duration": recording.last / recording.tape.rate,
        }
