"""Networks in files, run by onnxruntime or LiteRT."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.models.sessions.blazeface import BlazeFace as BlazeFace
    from faceshards.models.sessions.dlib_identity import DlibIdentity as DlibIdentity
    from faceshards.models.sessions.dover import Dover as Dover
    from faceshards.models.sessions.face_mesh import FaceMesh as FaceMesh
    from faceshards.models.sessions.face_mesh import Iris as Iris
    from faceshards.models.sessions.mobilefacenet import MobileFaceNet as MobileFaceNet
    from faceshards.models.sessions.scrfd import Scrfd as Scrfd
    from faceshards.models.sessions.selfie import SelfieSegmentation as SelfieSegmentation
    from faceshards.models.sessions.session import Session as Session
    from faceshards.models.sessions.session import open_session as open_session
    from faceshards.models.sessions.silero import Silero as Silero
    from faceshards.models.sessions.yunet import YuNet as YuNet
else:
    __getattr__ = lazy(
        __name__,
        {
            "blazeface": "BlazeFace",
            "dlib_identity": "DlibIdentity",
            "dover": "Dover",
            "face_mesh": "FaceMesh Iris",
            "mobilefacenet": "MobileFaceNet",
            "scrfd": "Scrfd",
            "selfie": "SelfieSegmentation",
            "session": "Session open_session",
            "silero": "Silero",
            "yunet": "YuNet",
        },
    )

__all__ = [
    "BlazeFace",
    "DlibIdentity",
    "Dover",
    "FaceMesh",
    "Iris",
    "MobileFaceNet",
    "Scrfd",
    "SelfieSegmentation",
    "Session",
    "Silero",
    "YuNet",
    "open_session",
]
