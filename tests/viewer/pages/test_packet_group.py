"""The packets that a browser's decoder is given: those that the pictures need, and no other bytes."""

import base64
import json
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.media.tables.packets import packet_table
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.pages.packet_group import codec_string, packet_group


@pytest.fixture(scope="module")
def shard(tmp_path_factory, numbered, made):
    """A clip of 30 numbered pictures, three groups of ten, with its packet table; and an mpg."""
    body = made(numbered(30), options={"g": "10", "keyint_min": "10", "sc_threshold": "0", "bf": "2"})
    mpg = made(numbered(5), "mpeg", "mpeg1video")
    path = tmp_path_factory.mktemp("packets") / "a.tar"
    table, media = packet_table(body)
    with ShardWriter(path) as writer:
        facts = {"container": "mp4", "fps": [25, 1], "media": {"mp4": media}}
        writer.add("a", {"json": facts, "mp4": body, "mp4.packets.npy": encode("mp4.packets.npy", table), "mpg": mpg})
    with Shard(path) as shard:
        yield shard


def parted(body: bytes):
    """The head, and the packets."""
    (size,) = struct.unpack_from("<I", body)
    head, at, packets = json.loads(body[4 : 4 + size]), 4 + size, []
    for length, *_ in head["packets"]:
        packets.append(body[at : at + length])
        at += length
    assert at == len(body)
    return head, packets


def decoded(head, packets):
    """Number -> picture, as a decoder that is told what the browser's is shows them."""
    context = av.CodecContext.create("h264", "r")
    context.extradata = base64.b64decode(head["description"])
    found = {}
    told = [(av.Packet(body), one) for body, one in zip(packets, head["packets"], strict=True)]
    for packet, (_, _, time, _) in told:
        packet.pts, packet.time_base = time, Fraction(1, 1_000_000)
    numbers = {time: number for _, _, time, number in head["packets"]}
    for packet in (*(packet for packet, _ in told), None):
        for picture in context.decode(packet):
            found[numbers[picture.pts]] = picture.to_ndarray(format="rgb24")
    return found


@pytest.mark.parametrize(
    ("first", "count", "group"), [(0, None, range(10)), (13, 4, range(10, 17)), (29, 1, range(20, 30))]
)
def test_pictures_decode_from_their_packets_alone(shard, number_of, first, count, group):
    before = shard.bytes_read
    head, packets = parted(packet_group(shard, 0, shard.json(0), "mp4", first, count))
    pictures = decoded(head, packets)
    wanted = range(first, first + (count or 10))
    assert set(wanted) <= set(pictures) <= set(group) | {-1}
    assert all(number_of(pictures[number]) == number for number in wanted)
    times = {number: time for _, _, time, number in head["packets"]}
    assert all(times[number] == pytest.approx(number * 40_000, abs=1) for number in wanted)
    assert head["packets"][0][1] == 1 and (head["width"], head["height"], head["frames"]) == (112, 64, 30)
    beside = shard.extent(0, "mp4.packets.npy").size + shard.extent(0, "json").size
    assert shard.bytes_read - before <= 1.2 * sum(map(len, packets)) + 3 * beside


def test_what_browsers_decode_no_part_of_is_refused(shard):
    with pytest.raises(UsageError, match=r"mpg \(mpeg1video\): a browser decodes no part of it"):
        packet_group(shard, 0, shard.json(0), "mpg")


def test_names_of_codecs():
    told = base64.b64encode(bytes([1, 0x64, 0x00, 0x1F, 0xFF])).decode()
    assert codec_string({"codec": "h264", "extradata": told}) == "avc1.64001f"
    assert codec_string({"codec": "h264", "extradata": ""}) is None, "Annex B has no such record"
    assert codec_string({"codec": "vp8", "extradata": ""}) == "vp8"
    assert codec_string({"codec": "hevc", "extradata": told}) is None
    assert np.all([codec_string({"codec": "mpeg4", "extradata": ""}) is None])
