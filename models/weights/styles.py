"""Model files of networks that draw a picture in another style."""

from __future__ import annotations

from faceshards.models.weights.model_file import Weights

_ZOO = "BSD-3 (PyTorch examples, as in the ONNX model zoo)"
_ANIMEGAN = "code MIT; its data as in AnimeGANv2: treat as non-commercial"


def _style(name: str, file: str, licence: str, source: str, backend: str) -> Weights:
    return Weights(
        name=name,
        files=(file,),
        size=None,
        sha256=None,
        licence=licence,
        source=source,
        needed_by=f"stylize ({backend})",
    )


_DCT_NET = "github.com/menyifang/DCT-Net: cartoon_anime"


#: Of the stage `stylize`.
STYLES = (
    Weights(
        name="fns_candy",
        files=("fns_candy.onnx", "fns_candy_nc16_256.onnx", "candy_nc16_256x256_onnxjs013.onnx"),
        size=2_093_534,
        sha256="870a7cb2d39a7a71eb77edbbd65f28067eb701dc1f7e54f52e54ce07a7e607bc",
        licence="none stated",
        source="github.com/gnsmrky/pytorch-fast-neural-style-for-web, saved_onnx_nc16",
        needed_by="stylize (fast-neural-style)",
        url="https://raw.githubusercontent.com/gnsmrky/pytorch-fast-neural-style-for-web/e1c4caf394/saved_onnx_nc16/"
        "candy_nc16_256x256_onnxjs013.onnx",
    ),
    *(
        _style(f"fns_{name}", f"{name}-9.onnx", _ZOO, "the ONNX model zoo, fast_neural_style", "fast-neural-style")
        for name in ("mosaic", "udnie", "rain-princess", "pointilism")
    ),
    *(
        _style(f"animegan2_{name}", f"{name}.pt", _ANIMEGAN, "github.com/bryandlee/animegan2-pytorch", "animegan2")
        for name in ("celeba_distill", "face_paint_512_v1", "face_paint_512_v2", "paprika")
    ),
    *(
        _style(
            f"animegan2_{name.lower()}_onnx",
            f"AnimeGANv2_{name}.onnx",
            _ANIMEGAN,
            "github.com/TachibanaYoshino/AnimeGANv2",
            "animegan2",
        )
        for name in ("Hayao", "Shinkai")
    ),
    *(
        Weights(
            name=f"dctnet_{name}",
            files=(file,),
            size=None,
            sha256=None,
            licence="Apache-2.0",
            source=f"{_DCT_NET}{made}",
            needed_by="stylize (dct-net)",
            commercial=True,
        )
        for name, file, made in (
            ("background", "cartoon_anime_bg.onnx", "_bg.pb, exported by tf2onnx"),
            ("head", "cartoon_anime_h.onnx", "_h.pb, exported by tf2onnx"),
            ("alpha", "alpha.jpg", "'s mask of a face"),
        )
    ),
)
