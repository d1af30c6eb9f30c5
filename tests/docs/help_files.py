"""What the examples of help texts name, beside what the pages speak of: small files under those names."""

import json
import shutil
import zipfile
from pathlib import Path

from tests.packing.kinds.celebv.conftest import HEAD, entry
from tests.packing.kinds.conftest import wav

VIDEO = "M2Ohb0FAaJU"


def write_help_files(folder: Path, picture: bytes, video: bytes) -> None:
    """Writes them into the folder of a reader, whose `clips` are there. `picture`: a PNG of a face; `video`: an mp4 of
    more than three seconds, with sound.
    """
    clip = folder / "clips" / "collins_00.mp4"
    (folder / "my_videos").mkdir()
    (folder / "my_videos" / f"{VIDEO}.mp4").write_bytes(video)
    for name in (f"processed/{VIDEO}_0.mp4", "talk.mp4", "anna.mp4", "ben.mp4"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(clip, folder / name)
    (folder / "celebvhq_info.json").write_text(json.dumps({**HEAD, "clips": {f"{VIDEO}_0": entry(VIDEO)}}))
    (folder / "avspeech_train.csv").write_text(f"{VIDEO},0,3.2,0.5,0.5\n")
    with zipfile.ZipFile(folder / "meta_info.zip", "w") as file:
        file.writestr("meta_info/Clip+other+P0+C0+F0-9.txt", "CLIP: Clip+other+P0+C0+F0-9\nFPS: 25\n")
    (folder / "mosaic-9.onnx").write_bytes(b"a file that is kept by its hash, and not read")
    for name in ("voices", "photos"):
        (folder / name).mkdir()
    (folder / "voices" / "a.wav").write_bytes(wav(6))
    (folder / "talk.wav").write_bytes(wav(6))
    (folder / "photos" / "a.png").write_bytes(picture)
