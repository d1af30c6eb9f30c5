"""The model files that the project can use: names, sizes and hashes. No weights are shipped with it."""

from __future__ import annotations

from faceshards.models.weights.embedded import EMBEDDED
from faceshards.models.weights.judges import JUDGES
from faceshards.models.weights.looks import LOOKS
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.styles import STYLES

_HUGGING_FACE = "https://huggingface.co/yzd-v/DWPose/resolve/main/"
_INSIGHTFACE = "InsightFace models: non-commercial research only"
_VGG_FACE = "VGG-Face (Oxford): treat as non-commercial"


def _mtcnn(net: str, size: int, sha256: str) -> Weights:
    return Weights(
        name=f"mtcnn_{net}",
        files=(f"{net}.lz4",),
        size=size,
        sha256=sha256,
        licence="MIT (the mtcnn package)",
        source="inside the Python package mtcnn 1.0.0: pip install mtcnn==1.0.0",
        needed_by="face detection (embedded backend)",
        commercial=True,
        package=("mtcnn", f"assets/weights/{net}.lz4"),
    )


def _dlib(name: str, file: str, size: int, sha256: str, needed_by: str) -> Weights:
    return Weights(
        name=name,
        files=(file,),
        size=size,
        sha256=sha256,
        licence="CC0-1.0 (dlib-models, Davis King)",
        source="inside the Python package face-recognition-models 0.3.0",
        needed_by=needed_by,
        commercial=True,
        package=("face_recognition_models", f"models/{file}"),
    )


_ENTRIES = (
    _mtcnn("pnet", 27119, "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5"),
    _mtcnn("rnet", 401659, "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee"),
    _mtcnn("onet", 1557637, "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3"),
    _dlib(
        "dlib_points_5",
        "shape_predictor_5_face_landmarks.dat",
        9_150_489,
        "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        "identity (embedded backend): how faces are stood upright",
    ),
    _dlib(
        "dlib_identity",
        "dlib_face_recognition_resnet_model_v1.dat",
        22_466_066,
        "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        "identity (embedded backend): 128 numbers a face",
    ),
    Weights(
        name="yunet_2023mar",
        files=("face_detection_yunet_2023mar.onnx", "yunet_s_640.onnx"),
        size=232_589,
        sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        licence="MIT (opencv_zoo)",
        source="opencv_zoo, models/face_detection_yunet",
        needed_by="face detection, as an independent second opinion",
        commercial=True,
        url="https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/"
        "face_detection_yunet_2023mar.onnx",
    ),
    Weights(
        name="mobilefacenet",
        files=("mobilefacenet.onnx", "mobilefacenet_pixamatch.onnx"),
        size=3_998_018,
        sha256="e72a5710cce378dc46472b6b845cb90647634f2738d8c3e581735cf195b9866f",
        licence="none stated",
        source="github.com/darzhz/pixamatch, models/mobilefacenet.onnx",
        needed_by="face similarity (128 numbers a face)",
        url="https://raw.githubusercontent.com/darzhz/pixamatch/7cc7954130/models/mobilefacenet.onnx",
    ),
    Weights(
        name="yolox_l",
        files=("yolox_l.onnx",),
        size=216_746_733,
        sha256="7860ae79de6c89a3c1eb72ae9a2756c0ccfbe04b7791bb5880afabd97855a411",
        licence="Apache-2.0",
        source="huggingface.co/yzd-v/DWPose",
        needed_by="person detection before DWPose",
        commercial=True,
        url=_HUGGING_FACE + "yolox_l.onnx",
    ),
    Weights(
        name="dw-ll_ucoco_384",
        files=("dw-ll_ucoco_384.onnx",),
        size=134_399_116,
        sha256="724f4ff2439ed61afb86fb8a1951ec39c6220682803b4a8bd4f598cd913b1843",
        licence="Apache-2.0",
        source="huggingface.co/yzd-v/DWPose",
        needed_by="whole-body pose (DWPose)",
        commercial=True,
        url=_HUGGING_FACE + "dw-ll_ucoco_384.onnx",
    ),
    Weights(
        name="yolox_nano",
        files=("yolox_nano.onnx",),
        size=3_660_102,
        sha256="e7a3e6f6b6a04da5e86408b7199b4e9bc6ec1c5ca2df1e77609004911e593f0d",
        licence="GPL-3.0 (lite.ai.toolkit; YOLOX itself is Apache-2.0)",
        source="github.com/DefTruth/lite.ai.toolkit, examples/hub/onnx/cv/yolox_nano.onnx",
        needed_by="person detection before DWPose, small and less sure",
        commercial=True,
        url="https://raw.githubusercontent.com/DefTruth/lite.ai.toolkit/bfbf6a54bd/examples/hub/onnx/cv/yolox_nano.onnx",
    ),
    Weights(
        name="ultralight_simplepose",
        files=("ultralight_simplepose.onnx",),
        size=2_401_048,
        sha256="401b3204f5998970c17678f8acc53d798ec79ce5c7b02167067c5b71c954a786",
        licence="none stated",
        source="github.com/dog-qiuqiu/Ultralight-SimplePose, model/deploy.onnx",
        needed_by="pose of the body alone (17 points), small",
        url="https://raw.githubusercontent.com/dog-qiuqiu/Ultralight-SimplePose/40f9b5d13e/model/deploy.onnx",
    ),
    Weights(
        name="inswapper_128",
        files=("inswapper_128.onnx",),
        size=554_253_681,
        sha256="e4a3f08c753cb72d04e10aa0f7dbe3deebbf39567d4ead6dce08e98aa49e16af",
        licence=_INSIGHTFACE,
        source="InsightFace; ask them for a licence",
        needed_by="face swap (reference backend)",
    ),
    Weights(
        name="w600k_r50",
        files=("w600k_r50.onnx",),
        size=174_383_860,
        sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
        licence=_INSIGHTFACE,
        source="InsightFace, buffalo_l",
        needed_by="face identity for inswapper (ArcFace)",
    ),
    Weights(
        name="det_10g",
        files=("det_10g.onnx",),
        size=16_923_827,
        sha256="5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
        licence=_INSIGHTFACE,
        source="InsightFace, buffalo_l",
        needed_by="face detection (SCRFD)",
    ),
    Weights(
        name="syncnet_v2",
        files=("syncnet_v2.model",),
        size=54_573_114,
        sha256="961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",
        licence="none stated",
        source="robots.ox.ac.uk/~vgg/software/lipsync (syncnet_python)",
        needed_by="sync (SyncNet)",
        url="https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/syncnet_v2.model",
    ),
    Weights(
        name="light_asd",
        files=("light_asd_talkset.model", "finetuning_TalkSet.model"),
        size=4_175_289,
        sha256="efc375833887eefa9d209dc92810e18519b04c3c73ea35a549f2a7f40b7d94d5",
        licence="MIT (Light-ASD, Junhua Liao)",
        source="github.com/Junhua-Liao/Light-ASD, weight/finetuning_TalkSet.model",
        needed_by="speaking",
        commercial=True,
        url="https://raw.githubusercontent.com/Junhua-Liao/Light-ASD/ed38c232de/weight/finetuning_TalkSet.model",
    ),
    Weights(
        name="sfd_face",
        files=("sfd_face.pth",),
        size=None,
        sha256="d54a87c2b7543b64729c9a25eafd188da15fd3f6e02f0ecec76ae1b30d86c491",
        licence="none stated",
        source="robots.ox.ac.uk/~vgg/software/lipsync (syncnet_python)",
        needed_by="face tracks for lip sync (S3FD)",
        url="https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/sfd_face.pth",
    ),
    Weights(
        name="vgg_face",
        files=("vgg_face.pt",),
        size=None,
        sha256=None,
        licence=_VGG_FACE,
        source="`faceshards weights convert` of one of the two files below",
        needed_by="identity (VGG-Face, 4096 numbers)",
    ),
    Weights(
        name="facenet",
        files=("facenet_avgpool.pt", "facenet_avgpool.onnx"),
        size=None,
        sha256=None,
        licence="code MIT (keras-facenet); trained on MS-Celeb-1M: treat as non-commercial",
        source="`faceshards weights convert` of keras-facenet's facenet_keras.h5; or that up to AvgPool by tf2onnx",
        needed_by="identity, face_embeddings (FaceNet, 1792 numbers)",
    ),
    Weights(
        name="vgg_face_rcmalli",
        files=("rcmalli_vggface_tf_vgg16.h5",),
        size=None,
        sha256=None,
        licence=_VGG_FACE,
        source="github.com/rcmalli/keras-vggface, release v2.0",
        needed_by="face embeddings for speech-to-face",
        url="https://github.com/rcmalli/keras-vggface/releases/download/v2.0/rcmalli_vggface_tf_vgg16.h5",
    ),
    Weights(
        name="vgg_face_serengil",
        files=("vgg_face_weights.h5",),
        size=None,
        sha256=None,
        licence=_VGG_FACE,
        source="github.com/serengil/deepface_models, release v1.0",
        needed_by="face embeddings for speech-to-face",
        url="https://github.com/serengil/deepface_models/releases/download/v1.0/vgg_face_weights.h5",
    ),
)

#: name -> its entry.
WEIGHTS: dict[str, Weights] = {weights.name: weights for weights in (*EMBEDDED, *_ENTRIES, *LOOKS, *STYLES, *JUDGES)}

#: Names for several at once: all that arrive by pip, without which the embedded backends do not run.
GROUPS: dict[str, tuple[str, ...]] = {"embedded": tuple(weights.name for weights in EMBEDDED)}
