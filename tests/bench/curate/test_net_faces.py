"""The row of `faces`: rates of both, and every face found."""

from faceshards.bench.curate import net_faces
from faceshards.bench.curate.scale import CurateScale
from faceshards.curation.stages.faces.faces import Faces, FacesParams
from tests.curation.on_pictures import ready


def test_both_find_the_same_faces_and_both_rates_are_told():
    ready(Faces(FacesParams(backend="blazeface")))
    rate, share = net_faces.measure(CurateScale(talking=1, seconds=1, runs=1))
    assert rate.value == rate.peers["blazeface frames/s"] > 0 and rate.peers["mtcnn frames/s"] > 0
    assert rate.target == (">=", 296) and share.value == 1.0 and share.holds
