"""Image to image by diffusers: a tiny pipeline of random weights in the layout of SDXL-Turbo, made here."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")

from faceshards.curation.stages.stylize import Stylize, StylizeParams  # noqa: E402
from faceshards.curation.stages.stylize.backends import seed_of  # noqa: E402
from faceshards.errors import StageError, WeightsError  # noqa: E402
from faceshards.media.video.decode import frames  # noqa: E402
from faceshards.models.nets.img2img import Drawing, ImageToImage  # noqa: E402
from faceshards.models.weights.hub import contents_of  # noqa: E402
from tests.curation.on_pictures import PicturesClip, result_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
TURBO = Drawing("anime", strength=0.5, steps=4, guidance=0.0)


def text_encoder(kind: str):
    config = transformers.CLIPTextConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=1000,
        bos_token_id=0, eos_token_id=2, pad_token_id=1, projection_dim=32,
    )  # fmt: skip
    return getattr(transformers, kind)(config).eval()


def tokenizer(folder: Path):
    """CLIP's on a vocabulary of letters."""
    import json

    letters = "abcdefghijklmnopqrstuvwxyz,"
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{one}</w>" for one in letters)]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> Path:
    """The parts of SDXL, each as small as it can be; sampled as SDXL-Turbo is."""
    torch.manual_seed(0)
    made, words = tmp_path_factory.mktemp("tiny turbo"), tmp_path_factory.mktemp("words")
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        cross_attention_dim=64,
    )  # fmt: skip
    scheduler = diffusers.EulerAncestralDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="trailing", steps_offset=1
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=[32, 64], in_channels=3, out_channels=3, latent_channels=4, sample_size=32,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip
    one = tokenizer(words)
    whole = diffusers.StableDiffusionXLImg2ImgPipeline(
        vae, text_encoder("CLIPTextModel"), text_encoder("CLIPTextModelWithProjection"), one, one, unet, scheduler
    )
    whole.save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def net(pipeline) -> ImageToImage:
    return ImageToImage(pipeline, TURBO, batch=2, side=64)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (2, 64, 64, 3), np.uint8)


def test_a_row_depends_on_its_picture_and_its_seed_alone(net, pictures):
    seeds = np.array([5, 6])
    (drawn,) = net.run(pictures, seeds)
    assert (drawn.shape, drawn.dtype) == (pictures.shape, np.uint8)
    (again,) = net.run(pictures[::-1].copy(), seeds[::-1].copy())
    assert np.abs(again[::-1].astype(int) - drawn).max() <= 1
    (other,) = net.run(pictures, np.array([5, 7]))
    assert np.array_equal(other[0], drawn[0]) and not np.array_equal(other[1], drawn[1])
    assert np.array_equal(net.run(pictures, seeds)[0], drawn)


def test_it_is_what_the_pipeline_itself_draws(pipeline, net, pictures):
    from PIL import Image

    own = diffusers.AutoPipelineForImage2Image.from_pretrained(pipeline)
    own.set_progress_bar_config(disable=True)
    alone = own(
        "anime", image=Image.fromarray(pictures[0]), strength=0.5, num_inference_steps=4, guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(5),
    ).images[0]  # fmt: skip
    (drawn,) = net.run(pictures, np.array([5, 5]))
    apart = np.abs(drawn[0].astype(int) - np.asarray(alone))
    assert apart.max() <= 1


def test_the_stage_draws_a_clip_by_a_folder_and_its_recipe_is_what_is_in_it(pipeline, pictures, tmp_path):
    params = StylizeParams("sdxl-turbo", model=str(pipeline), side=64, steps=4, seed=3)
    stage = Stylize(params).planned()
    assert stage.models == contents_of(pipeline, "x") and not {"model", "contents"} & set(stage.record)
    assert {"model_index.json", "unet/diffusion_pytorch_model.safetensors"} <= set(stage.models)
    stage.prepare()
    outcome = result_of(stage, PicturesClip(pictures))
    (expected,) = stage._drawer.run(pictures, np.full(2, seed_of(3, "clip")))
    shown = np.stack(list(frames(outcome.columns["styled.mp4"]))).astype(int)
    assert shown.shape == expected.shape and np.corrcoef(shown.ravel(), expected.ravel())[0, 1] > 0.5  # noise, encoded
    with pytest.raises(WeightsError, match=r"has no config\.json: name the folder of a model"):
        Stylize(StylizeParams("sdxl-turbo", model=str(tmp_path))).planned()
    with pytest.raises(WeightsError, match=r"no model of that name .*: get it with `hf download someone/nothing`"):
        Stylize(StylizeParams("sdxl-turbo", model="someone/nothing")).planned()


def test_what_is_no_pipeline_is_refused(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "Nothing"}')
    with pytest.raises(StageError, match="holds no image-to-image pipeline"):
        ImageToImage(tmp_path, TURBO, 1, 64)
    with pytest.raises(StageError, match="multiple of 64"):
        ImageToImage(tmp_path, TURBO, 1, 40)
