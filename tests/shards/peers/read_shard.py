"""Reads a shard as a peer's own documentation says, and prints what it saw: `python read_shard.py PEER TAR`.

Runs in the peers' environment, without this project. Prints a JSON list, an object a sample: "key", and for each column
[sha256 of the bytes or null, digest of the decoded value or null].
"""

import hashlib
import json
import os
import sys
import tempfile

import numpy as np


def digest(value):
    """A digest of a decoded value that does not depend on the reader."""
    if isinstance(value, np.ndarray):
        head = f"{value.dtype.str} {value.shape} "
        return hashlib.sha256(head.encode() + np.ascontiguousarray(value).tobytes()).hexdigest()
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def sha(body):
    return hashlib.sha256(bytes(body)).hexdigest()


def of_webdataset(tar):
    import webdataset as wds

    raw = wds.WebDataset(tar, shardshuffle=False)
    decoded = wds.WebDataset(tar, shardshuffle=False).decode("rgb8", handler=wds.ignore_and_continue)
    for one, value in zip(raw, decoded, strict=True):
        assert one["__key__"] == value["__key__"]
        names = [name for name in one if not name.startswith("__")]
        yield one["__key__"], {name: [sha(one[name]), digest_of(name, value[name])] for name in names}


def digest_of(name, value):
    if not name.endswith(("json", "npy", "msg", "jpg")):
        return None
    # msgpack's nil: webdataset takes a decoder's None for a refusal and hands out the bytes.
    return digest(None if isinstance(value, bytes) and value == b"\xc0" else value)


def of_datasets(tar):
    from datasets import Image, Video, load_dataset

    with tempfile.TemporaryDirectory() as cache:
        rows = load_dataset("webdataset", data_files={"train": tar}, split="train", streaming=True, cache_dir=cache)
        rows = rows.cast_column("mp4", Video(decode=False)).cast_column("face.jpg", Image())
        for row in rows:
            lists = {
                name: [None, digest(np.asarray(value).tolist())] for name, value in row.items() if name.endswith("npy")
            }
            yield (
                row["__key__"],
                {
                    "json": [None, digest(row["json"])],
                    "mp4": [sha(row["mp4"]["bytes"]), None],
                    "faces.msg": [None, digest(row["faces.msg"])],
                    "face.jpg": [None, digest(np.asarray(row["face.jpg"]))],
                    **lists,
                },
            )


def of_ray(tar):
    import ray

    ray.init(num_cpus=1, include_dashboard=False, logging_level="ERROR", configure_logging=False)
    for row in ray.data.read_webdataset(tar, decoder=None).iter_rows():
        yield row["__key__"], {name: [sha(value), None] for name, value in row.items() if not name.startswith("__")}


def of_energon(tar):
    import shutil
    import subprocess

    from megatron.energon import WorkerConfig, get_loader, get_val_dataset
    from megatron.energon.task_encoder import Cooker, DefaultTaskEncoder, stateless

    @stateless
    def keep(sample):
        return dict(sample)

    class Encoder(DefaultTaskEncoder):
        decoder = None
        cookers = (Cooker(keep),)

        def batch(self, samples):
            return samples[0]

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(tar, folder)
        energon = os.path.join(os.path.dirname(sys.executable), "energon")
        words = [energon, "prepare", "--non-interactive", "--split-ratio", "1,0,0", "--sample-type", "CrudeWebdataset"]
        subprocess.run([*words, folder], check=True, stdout=subprocess.DEVNULL)
        config = WorkerConfig(rank=0, world_size=1, num_workers=0)
        rows = get_val_dataset(folder, split_part="train", worker_config=config, batch_size=1, task_encoder=Encoder())
        for row in get_loader(rows):
            yield row["__key__"].split("/")[-1], {k: [sha(v), None] for k, v in row.items() if isinstance(v, bytes)}


PEERS = {"webdataset": of_webdataset, "datasets": of_datasets, "ray": of_ray, "energon": of_energon}

if __name__ == "__main__":
    found = [{"key": key, "columns": columns} for key, columns in PEERS[sys.argv[1]](sys.argv[2])]
    sys.stdout.write("\n" + json.dumps(found) + "\n")
