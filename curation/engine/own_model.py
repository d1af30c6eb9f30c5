"""What stages have in common that run a model of the user's own, by a folder of its files."""

from __future__ import annotations

from typing import Any

from faceshards.curation.engine.stage import Params, Stage


class OwnModelStage(Stage[Params]):
    """Its parameters have `model`, a name or a folder, and `contents`, the folder's files -> sha256, which `planned`
    fills in. A model counts by what is in its folder, not by where that lies.
    """

    brought = "a model of your own"

    @property
    def record(self) -> dict[str, Any]:
        """The parameters but for where the model is."""
        return {name: value for name, value in super().record.items() if name not in ("model", "contents")}

    @property
    def models(self) -> dict[str, str]:
        """The files of its folder."""
        contents: dict[str, str] = self.params.contents  # type: ignore[attr-defined]
        return contents
