import io
from fractions import Fraction

import av
import numpy as np

from faceshards.media.encode import Encoder, encode
from faceshards.media.sound.read import Sound, read_sound
from faceshards.media.soundtrack import CopiedSoundtrack


def test_a_copied_voice_is_the_packets_that_stood_there_between_the_pictures():
    tone = np.sin(np.arange(16000) / 8).astype(np.float32) / 2
    pictures = [np.full((32, 32, 3), 4 * number, np.uint8) for number in range(25)]
    spoken = encode(pictures, Fraction(25), sound=Sound(tone, 16000))
    file = io.BytesIO()
    with av.open(io.BytesIO(spoken)) as source:
        stream = source.streams.audio[0]
        packets = [packet for packet in source.demux(stream) if packet.size]
        bodies = [bytes(packet) for packet in packets]
        with Encoder(file, Fraction(25), sound=CopiedSoundtrack(stream, packets)) as encoder:
            for picture in pictures:
                encoder.add(picture)
    with av.open(io.BytesIO(file.getvalue())) as again:
        kinds = [packet.stream.type for packet in again.demux() if packet.size]
        assert "audio" in kinds[:4] and kinds[-3:] != ["audio"] * 3
    with av.open(io.BytesIO(file.getvalue())) as again:
        assert [bytes(packet) for packet in again.demux(audio=0) if packet.size] == bodies
    assert (read_sound(file.getvalue()).samples == read_sound(spoken).samples).all()
