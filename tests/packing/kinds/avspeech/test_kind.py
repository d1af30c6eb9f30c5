import io
import json
from fractions import Fraction

import numpy as np
import pytest
from scipy.io import wavfile

from faceshards.errors import ClipError
from faceshards.packing.kinds.avspeech.catalog_file import CatalogFile
from faceshards.packing.kinds.avspeech.kind import AVSpeech, Segments, wav
from faceshards.packing.kinds.avspeech.videos import HeldVideos
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from tests.packing.kinds.avspeech.conftest import SECOND, SIX


@pytest.fixture
def listed(videos, catalog):
    """listed(rows..., seconds, folder): the kind, its catalogue, what it finds there."""

    def find(*rows, seconds=None, folder=videos):
        file = CatalogFile(catalog(*rows), Limits())
        kind = AVSpeech(PackOptions(), Segments("train", seconds=seconds), HeldVideos(open_source(folder)))
        return kind, file, kind.listed(file)

    return find


def test_a_sample_has_no_column_that_the_kind_does_not_name_and_says_what_its_clip_says(listed):
    kind, file, found = listed(f"{SIX},0,3,0.5,0.5", seconds=Fraction(1, 5))
    members = kind.sample(file, found.clips[0])
    facts = json.loads(members["json"])
    assert set(members) == set(kind.columns)
    assert set(facts["made"].values()) == {kind.made(found.clips[0]).fingerprint}
    assert facts["name"] == "0" and facts["frames"] == 5 and facts["sample_rate"] == 16000
    assert wavfile.read(io.BytesIO(members["wav"]))[1].shape == (3200,)


def test_what_is_found_is_counted_and_rows_keep_their_numbers(listed):
    kind, _, found = listed(f"{SIX},0,3,0.5,0.5", "broken", f"{SIX},1,2,0.5,0.5", f"{SECOND},0,1,0.5,0.5")
    assert kind.found(found) == "4 rows of 2 videos (train), 1 of them broken"
    assert [clip.name for clip in found.clips] == ["0", "1", "2", "3"]
    assert [clip.fault and clip.fault.code for clip in found.clips] == [None, "bad-row", None, None]


def test_a_row_without_sound_and_one_of_hours_are_rejected(listed, make, tmp_path):
    (tmp_path / "held").mkdir()
    (tmp_path / "held/AAAAAAAAAAA.mp4").write_bytes(make.mp4())
    kind, file, found = listed("AAAAAAAAAAA,0,0.2,0.5,0.5", "AAAAAAAAAAA,0,3601,0.5,0.5", folder=tmp_path / "held")
    for clip, code in zip(found.clips, ("no-sound", "too-large"), strict=True):
        with pytest.raises(ClipError) as error:
            kind.sample(file, clip)
        assert error.value.code == code


def test_sound_is_written_as_pcm_that_does_not_wrap_or_as_the_floats_themselves():
    samples = np.array([0, 0.5, 1, -1, 2, -2], np.float32)
    rate, pcm = wavfile.read(io.BytesIO(wav(samples)))
    assert rate == 16000 and pcm.tolist() == [0, 16384, 32767, -32768, 32767, -32768]
    assert np.array_equal(wavfile.read(io.BytesIO(wav(samples, exact=True)))[1], samples)
