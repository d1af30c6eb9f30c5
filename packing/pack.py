"""`faceshards pack [KIND] SRC`, also `python packing/pack.py`: raw sources become shards."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is packing/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer
from typer.core import TyperGroup

from faceshards.packing.kinds.avspeech.command import pack_avspeech
from faceshards.packing.kinds.celebv.command import pack_celebv
from faceshards.packing.kinds.clips.command import pack_clips
from faceshards.packing.kinds.emoca.command import pack_emoca
from faceshards.packing.kinds.face_decoder.command import pack_face_decoder
from faceshards.packing.kinds.hf.command import pack_hf
from faceshards.packing.kinds.megactor.command import pack_megactor
from faceshards.packing.kinds.speech_face.command import pack_speech_face
from faceshards.packing.kinds.vfhq.command import pack_vfhq
from faceshards.packing.kinds.webdataset.command import pack_webdataset


class _Kinds(TyperGroup):
    """A first word that is no kind begins the source of the kind that needs no name, `default`. So does a path of a
    kind's name, as a folder `clips`, where no source follows it.
    """

    default = "clips"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if not args or self._is_named(ctx, args) else [self.default, *args])

    def _is_named(self, ctx: Any, args: list[str]) -> bool:
        if args[0] in self.commands and Path(args[0]).exists():
            return len(args) > 1 and (not args[1].startswith("-") or args[1] in ctx.help_option_names)
        return args[0] in self.commands or args[0] in ctx.help_option_names


app = typer.Typer(
    cls=_Kinds,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    subcommand_metavar="[KIND] SRC [OPTIONS]",
)


@app.callback()
def kinds() -> None:
    """Pack raw footage, or a data set as its makers lay it out, into shards: NAME.tar, its index NAME.parquet and the
    report NAME.pack.json.

    Without a kind SRC holds clips, as faceshards pack clips takes them.

    faceshards pack KIND --help teaches each kind; faceshards export is the way back.

    Example: faceshards pack group125.zip --out train_set/VFHQ --collection VFHQ
    """


app.command(_Kinds.default)(pack_clips)
app.command("avspeech")(pack_avspeech)
app.command("celebv")(pack_celebv)
app.command("emoca")(pack_emoca)
app.command("face-decoder")(pack_face_decoder)
app.command("hf")(pack_hf)
app.command("megactor")(pack_megactor)
app.command("speech-face")(pack_speech_face)
app.command("vfhq")(pack_vfhq)
app.command("webdataset")(pack_webdataset)

if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "pack"]
    runpy.run_module("faceshards", run_name="__main__")
