"""Faces: found, followed, told as a table."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.faces.faces import Faces as Faces
    from faceshards.curation.stages.faces.faces import FacesParams as FacesParams
else:
    __getattr__ = lazy(__name__, {"faces": "Faces FacesParams"})

__all__ = ["Faces", "FacesParams"]
