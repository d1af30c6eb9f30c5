"""The stage `dwpose` by its reference, on networks whose answer is known, and on small real ones."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceshards.curation.engine import ClipTask, Engine, Outcome
from faceshards.curation.engine.stage import Failure
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.stages.dwpose import DwPose, DwPoseParams
from faceshards.errors import StageError
from faceshards.jobs.watch import Watchdog
from faceshards.media.picture import read_picture
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from faceshards.shards.schema.columns import COLUMNS
from tests.curation.conftest import sample, write_shard
from tests.curation.on_pictures import PicturesClip, result_of
from tests.curation.stages.dwpose import networks

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture
def registered(folder, monkeypatch):
    """registered(name, writer, **how): a network in the registry by that name."""
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(folder))

    def register(name: str, write=networks.detector, **how) -> str:
        path = folder / f"{name}.onnx"
        path = path if path.exists() else write(path, **how)
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        monkeypatch.setitem(WEIGHTS, name, Weights(name, (path.name,), len(body), digest, "CC0", "a test", "tests"))
        return name

    return register


@pytest.fixture
def stage(registered) -> DwPose:
    return ready(registered("toy_yolox"), registered("toy_dw", networks.pose))


def ready(detector: str, pose: str, **params) -> DwPose:
    stage = DwPose(DwPoseParams("dwpose", detector, pose, **params)).planned()
    stage.setup()
    return stage


def look(stage: DwPose, pictures, chunk: int = 5) -> tuple[dict[str, np.ndarray], dict]:
    result = result_of(stage, PicturesClip(np.stack(pictures), chunk=chunk))
    assert isinstance(result, Outcome), result
    return {name: decode(name, body) for name, body in result.columns.items()}, dict(result.scores)


def expected(x: int, y: int, mark=(3, 5)) -> tuple[np.ndarray, np.ndarray]:
    """What DWPose's own code makes of the answers of the networks for the person in a cell (wholebody.py), in our
    coordinates, where the middle of pixel 0 is 0.5.
    """
    k = np.arange(133)
    across, down = (2 * mark[0] + k) % 48, (2 * mark[1] + 2 * k) % 64
    crop = np.stack([across, down], axis=1) / 2 + 0.5
    info = np.concatenate([crop + networks.corner(x, y), np.minimum(*networks.gains())[:, None]], axis=1)[None]
    neck = info[:, [5, 6]].mean(axis=1)
    neck[:, 2] = (info[:, 5, 2] > 0.3) & (info[:, 6, 2] > 0.3)
    info = np.insert(info, 17, neck, axis=1)
    info[:, [1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17]] = info[
        :, [17, 6, 8, 10, 7, 9, 12, 14, 16, 13, 15, 2, 1, 4, 3]
    ]
    return info[0, :, :2], info[0, :, 2]


def boxed(x: int, y: int) -> list[float]:
    middle, half = np.array([8 * x + 4, 8 * y + 4]), np.array(networks.BOX) / 2
    return [*(middle - half), *(middle + half)]


def test_none_one_and_many_persons_and_one_half_out(stage):
    """Blue cells are no persons: whoever feeds RGB to the detector finds them, and not the red ones."""
    cells = [[(3, 3)], [(2, 2), (6, 5)], [], [(0, 0)]]
    mark = (13, 17)
    pictures = [networks.picture(*persons, mark=mark, blue=(4, 0)) for persons in cells]
    columns, scores = look(stage, pictures, chunk=3)
    assert scores == {"persons": 2, "person_share": 0.75}
    frames = [0, 1, 1, 3]
    for name, column in columns.items():
        assert len(column) == 4 and column.dtype == COLUMNS[name].dtype and COLUMNS[name].maker == "dwpose"
    assert columns["dwpose_frame.npy"].tolist() == columns["person_box_frame.npy"].tolist() == frames
    for row, (x, y) in enumerate([(3, 3), (2, 2), (6, 5), (0, 0)]):
        points, sure = expected(x, y, mark)
        np.testing.assert_allclose(columns["person_box.npy"][row], boxed(x, y), atol=1e-4)
        np.testing.assert_allclose(columns["dwpose.npy"][row], points, atol=1e-4)
        np.testing.assert_allclose(columns["dwpose_score.npy"][row], sure, atol=1e-5)
    assert (columns["person_box.npy"][3, :2] < 0).all()  # beyond the picture's edge, as it was found


def test_nobody_is_a_result(stage):
    columns, scores = look(stage, [networks.picture()] * 3)
    assert scores == {"persons": 0, "person_share": 0.0}
    shapes = {name: column.shape for name, column in columns.items()}
    assert shapes == {
        "dwpose.npy": (0, 134, 2), "dwpose_score.npy": (0, 134), "dwpose_frame.npy": (0,),
        "person_box.npy": (0, 4), "person_box_frame.npy": (0,),
    }  # fmt: skip
    assert all(columns[name].dtype == COLUMNS[name].dtype for name in columns)


def test_the_surest_persons_are_looked_at_and_all_are_counted(registered):
    stage = ready(registered("toy_yolox"), registered("toy_dw", networks.pose), most=1, least=0.5)
    picture = networks.picture((1, 2), (6, 5), (5, 1))
    picture[16:24, 8:16, 0] = 150
    picture[8:16, 40:48, 0] = 120  # below `least`
    columns, scores = look(stage, [picture])
    assert scores == {"persons": 2, "person_share": 1.0}
    np.testing.assert_allclose(columns["person_box.npy"], [boxed(6, 5)], atol=1e-4)


def test_a_point_of_no_score_lies_before_its_crop(stage):
    """As in DWPose: bins count from -1 where nothing is sure; which is no point in the middle of somewhere."""
    picture = networks.picture((3, 3))
    picture[..., 2] = 0
    columns, _ = look(stage, [picture])
    np.testing.assert_allclose(columns["dwpose.npy"][0, 18:], np.tile(networks.corner(3, 3), (116, 1)), atol=1e-4)
    assert (columns["dwpose_score.npy"][0] < 1e-5).all()


def test_rows_do_not_depend_on_their_company(stage):
    rng = np.random.default_rng(4)
    pictures = [networks.picture(*{tuple(cell) for cell in rng.integers(1, 7, (n % 4, 2))}) for n in range(13)]
    one, scores = look(stage, pictures, chunk=1)
    for chunk in (5, 40):
        again, same = look(stage, pictures, chunk=chunk)
        assert same == scores and all(np.array_equal(one[name], again[name]) for name in one)


def test_both_networks_run_batched_though_their_files_are_fixed_at_one(stage):
    nets = stage.networks()
    assert {name: net.batch for name, net in nets.items()} == {"person": 4, "pose": 8}
    assert stage._backend.batching == ("rewritten", "rewritten")


def test_a_network_that_returns_nan_costs_its_own_clip(registered, tmp_path):
    """The other clip's pictures are in the same batch."""
    stage = ready(registered("fragile", fragile=True), registered("toy_dw", networks.pose))
    blue = [np.maximum(networks.picture((3, 3)), np.uint8([0, 0, 255]))]
    clips = {"good": PicturesClip(np.stack(blue)), "bad": PicturesClip(np.stack([networks.picture((3, 3))]))}
    done = []
    with Watchdog(tmp_path / "slots") as watch:
        engine = Engine([stage], tmp_path, watch)
        engine.run([ClipTask(clip, [stage]) for clip in clips.values()], done.append)
    found = {next(name for name, clip in clips.items() if one.task.clip is clip): one.results["dwpose"] for one in done}
    assert isinstance(found["good"], Outcome) and found["good"].scores["persons"] == 1
    assert isinstance(found["bad"], Failure) and found["bad"].code == "stage-failed"
    assert "looks for persons returned NaN" in found["bad"].reason


def test_a_clip_of_a_varying_rate_in_a_shard(registered, tmp_path):
    """A row a frame that has a person, numbered as frames are, whenever they are shown; a second run makes nothing."""
    params = DwPoseParams("dwpose", registered("toy_yolox"), registered("toy_dw", networks.pose))
    cells = [(1 + n % 5, 1 + n // 4) if n % 3 else None for n in range(20)]
    with av.open(tmp_path / "vfr.mp4", "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"crf": "1", "threads": "1"})
        stream.width = stream.height = networks.SIDE
        stream.pix_fmt = "yuv444p"
        for n, cell in enumerate(cells):
            frame = av.VideoFrame.from_ndarray(networks.picture(*([cell] if cell else [])), "rgb24")
            frame.pts, frame.time_base = n * n + n, Fraction(1, 25)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    shard = write_shard(tmp_path / "a.tar", {"vfr": sample("vfr", (tmp_path / "vfr.mp4").read_bytes())})
    report = run_shard(shard, StagePlan((DwPose(params),)))
    assert report.failed == {} and report.counts == {"frames": 20, "frames_decoded": 20}
    with Shard(shard) as opened:
        assert opened.json(0)["person_share"] == 0.65 and opened.json(0)["persons"] == 1
        assert opened.get(0, "dwpose_frame.npy").tolist() == [n for n, cell in enumerate(cells) if cell]
        boxes = [boxed(*cell) for cell in cells if cell]
        np.testing.assert_allclose(opened.get(0, "person_box.npy"), boxes, atol=1e-3)
        assert opened.get(0, "dwpose.npy").shape == (13, 134, 2)
        made = opened.provenance[opened.json(0)["made"]["dwpose.npy"]]
        assert set(made.models) == {"toy_yolox.onnx", "toy_dw.onnx"} and made.params["least"] == 0.3
    assert run_shard(shard, StagePlan((DwPose(params),))).counts == {}
    export_shard(shard, tmp_path / "old.tar", "v1")
    import_shard(tmp_path / "old.tar", tmp_path / "again.tar", "v1")
    with Shard(shard) as opened, Shard(tmp_path / "again.tar") as again:
        for column in DwPose().columns:  # byte for byte what an import of the same values brings
            assert opened.read(0, column) == again.read(0, column)


def test_other_layouts_are_refused_in_one_line(registered):
    yolox, dw = registered("toy_yolox"), registered("toy_dw", networks.pose)
    cases = [
        (dw, dw, "toy_dw.onnx is no YOLOX"),
        (registered("decoded", decoded=True), dw, "export it without decode_in_inference"),
        (registered("no_class", classes=0), dw, "no_class.onnx is no YOLOX"),
        (yolox, yolox, "toy_yolox.onnx is no pose network of a known kind"),
        (yolox, registered("hand", networks.pose, points=21), "of 17 or 133 points"),
    ]
    for detector, pose, said in cases:
        with pytest.raises(StageError, match=said) as refused:
            ready(detector, pose)
        assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def small(real) -> DwPose:
    """The stage on YOLOX nano and SimplePose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
        return ready("yolox_nano", "ultralight_simplepose")


RIGHT_EYE, LEFT_EYE, RIGHT_SHOULDER, LEFT_SHOULDER = 14, 15, 2, 5


def test_real_persons(small, real):
    """Looked at with drawn points: eyes on eyes, shoulders on shoulders, elbows on elbows."""
    picture = read_picture((real / "image" / "skimage_astronaut.png").read_bytes())
    columns, scores = look(small, [picture, picture[:, ::-1]])
    assert scores == {"persons": 1, "person_share": 1.0}
    points, sure = columns["dwpose.npy"], columns["dwpose_score.npy"]
    seen = [0, 1, RIGHT_EYE, LEFT_EYE, RIGHT_SHOULDER, LEFT_SHOULDER]
    np.testing.assert_allclose(
        points[0, seen], [[219, 126], [207, 277], [202, 103], [247, 104], [90, 276], [325, 276]], atol=8
    )
    assert (sure[0, seen] > 0.5).all() and not sure[:, 18:].any() and not points[:, 18:].any()
    for ours, theirs in ((0, 0), (RIGHT_EYE, LEFT_EYE), (RIGHT_SHOULDER, LEFT_SHOULDER)):
        assert np.linalg.norm(points[1, theirs] - [512 - points[0, ours, 0], points[0, ours, 1]]) < 12
    assert small._backend.batching == ("rewritten", "rewritten")


def test_real_pictures_of_many_and_of_nobody(small, real):
    columns, scores = look(small, [read_picture((real / "image" / "fr_obama_and_biden.jpg").read_bytes())])
    assert scores["persons"] == 3 and (columns["person_box.npy"][:2, 3] > 1300).all()
    eyes = columns["dwpose.npy"][:, [RIGHT_EYE, LEFT_EYE]]
    assert (eyes[:2, 0, 0] < eyes[:2, 1, 0]).all() and (columns["dwpose_score.npy"][:2, [14, 15]] > 0.8).all()
    _, nobody = look(small, [read_picture((real / "image" / "livep_s38.jpg").read_bytes())])
    assert nobody == {"persons": 0, "person_share": 0.0}
