"""The stage `latents`: frames as a latent diffusion model sees them, which trainers else compute again and again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.own_model import OwnModelStage
from faceshards.curation.engine.stage import PLANNED
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.models.weights.hub import contents_of, model_folder
from faceshards.shards.schema.columns import Column

_PACKAGES = ("torch", "transformers", "diffusers")


@dataclass(frozen=True)
class LatentsParams:
    """`model`: a folder, or a name in Hugging Face's cache, of an AutoencoderKL. `contents` are filled in."""

    model: str = "stabilityai/sd-vae-ft-mse"
    contents: dict[str, str] = field(default_factory=dict, metadata=PLANNED)


class Latents(OwnModelStage[LatentsParams]):
    """Each frame at its own size by the encoder of an AutoencoderKL, in half precision."""

    name = "latents"
    makes = (
        Column(
            "latents.npy",
            "npy",
            "float16",
            "(N, 4, H/8, W/8)",
            "",
            "one latent for 8 x 8 pixels; what goes beyond a multiple of 8 on the right and below is left out",
            "latents",
            "mean of the autoencoder's distribution (AutoencoderKL), times its scaling factor",
        ),
    )
    runtimes = ("torch",)

    def planned(self) -> Latents:
        """With what is in the model's folder. Raises WeightsError, MissingExtra."""
        folder = model_folder(self.params.model, "latents.model", "features", _PACKAGES)
        folder = folder / "vae" if (folder / "vae").is_dir() else folder
        contents = contents_of(folder, "latents.model")
        return Latents(replace(self.params, model=str(folder), contents=contents))

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the autoencoder. Raises StageError, WeightsError, MissingExtra."""
        folder = model_folder(self.params.model, "latents.model", "features", _PACKAGES)
        from faceshards.models.nets.autoencoder import Autoencoder

        self._encoder = Autoencoder(folder, self.device)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Chunk by chunk."""
        async for chunk in clip.frames():
            out.add("latents.npy", await clip.thread(self._encoder, chunk.pictures))
