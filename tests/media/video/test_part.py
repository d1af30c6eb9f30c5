"""A part decodes from memory alone, in any framing."""

import numpy as np

from faceshards.media.clip import Clip
from faceshards.media.members import Files
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.colour import planes_matrix
from faceshards.media.video.decode import frames
from faceshards.media.video.framing import Framing
from faceshards.shards.schema.codecs import encode_npy


def test_pictures_of_a_part_need_nothing_more_of_the_clip(numbered, made):
    body = made(numbered(60), options={"g": "12"})
    table, media = packet_table(body)
    members = {"mp4": body, "mp4.packets.npy": encode_npy(narrow(table))}
    part = Clip(Files(members), {"media": {"mp4": media}}, "mp4").part(np.array([20, 21, 25]))
    members.clear()
    pictures, _ = part.pictures(Framing())
    np.testing.assert_array_equal(pictures, np.stack(list(frames(body)))[[20, 21, 25]])
    out = np.empty((3, 48, 56), np.uint8)
    planes, matrix = part.pictures(Framing((56, 32), pixel="yuv420"), out)
    assert planes is out and (matrix == planes_matrix(None)).all()
