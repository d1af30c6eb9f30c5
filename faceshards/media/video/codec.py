"""A bare codec, told by the json what its container would have told it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from av.video.codeccontext import VideoCodecContext

from faceshards.errors import ClipError

_PADDING = 64  # AV_INPUT_BUFFER_PADDING_SIZE

# FFmpeg's decoder of that name needs hardware; this is the one in software.
_DECODERS = {"av1": "libdav1d"}


def bare_codec(media: Mapping[str, Any]) -> VideoCodecContext:
    """A codec set up as the container would have set it up. Raises ClipError `broken-media`; FFmpeg's own errors."""
    try:
        return _told(media)
    except (TypeError, ValueError, OverflowError) as error:
        raise ClipError("broken-media", f"what the json says of the video is no codec's: {error}") from error


def _told(media: Mapping[str, Any]) -> VideoCodecContext:
    name = media["codec"]
    context = VideoCodecContext.create(_DECODERS.get(name, name), "r")
    extradata = base64.b64decode(media["extradata"])
    if extradata:
        # Twice: the first leaves zeros behind the second, which codecs read and PyAV does not put there.
        context.extradata = extradata + bytes(_PADDING)
        context.extradata = extradata
    for field in ("width", "height", "pix_fmt", "color_range", "colorspace"):
        if media[field] is not None:
            setattr(context, field, media[field])
    context.codec_tag = media["tag"]
    context.reorder_depth = media["reorder"]
    context.thread_type, context.thread_count = "NONE", 1
    return context
