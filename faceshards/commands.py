"""The commands of the front door, by name; none is imported before it is called."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """Where a command is: `attribute` of `module`, a typer app or a function; its line in the list; what stands when it
    is interrupted.
    """

    module: str
    attribute: str
    summary: str
    stands: str


#: Name -> command.
COMMANDS = {
    "pack": Command(
        "faceshards.packing.pack",
        "app",
        "Raw clips (a zip, a tar, a folder, video files) and the field's data sets become shards.",
        "shards that were finished stand, none is half there; run it again to pack the rest",
    ),
    "export": Command(
        "faceshards.packing.exports.command",
        "app",
        "The way back: shards become the folder trees that they were packed from.",
        "files that were written stand, none is half there; run it again to go on",
    ),
    "push": Command(
        "faceshards.packing.hub.command",
        "push",
        "Shards to a data set of the Hugging Face Hub, with a card and Croissant metadata.",
        "files that were committed stand in the data set; run it again to go on",
    ),
    "curate": Command(
        "faceshards.curation.curate",
        "curate",
        "Enrich shards in place: faces, twins, spectrograms, scores.",
        "clips that were finished are kept, no shard is half rewritten; run it again to go on",
    ),
    "stages": Command(
        "faceshards.curation.stage_list",
        "stages",
        "What curate can make: what each stage needs, makes, and whether its models are here.",
        "nothing was changed",
    ),
    "dashboard": Command(
        "faceshards.jobs.grafana",
        "dashboard",
        "A dashboard for Grafana, of the metrics of runs on Ray.",
        "nothing was changed",
    ),
    "compact": Command(
        "faceshards.packing.compact.command",
        "compact",
        "New shards with only the clips that a filter chooses.",
        "new shards that were finished stand, none is half there; run it again to go on",
    ),
    "identity": Command(
        "faceshards.dataset.persons.command",
        "identity",
        "Whose clips they are: persons found by face and voice.",
        "shards that were written stand whole; run it again to go on",
    ),
    "split": Command(
        "faceshards.dataset.split.command",
        "split",
        "Train, validation and test, with nobody on two sides.",
        "shards that were written stand whole; run it again to go on",
    ),
    "dedupe": Command(
        "faceshards.dataset.duplicates.command",
        "dedupe",
        "Clips that show the same moments: listed and scored, never deleted.",
        "nothing was changed",
    ),
    "inspect": Command(
        "faceshards.viewer.inspect.inspect_shard",
        "inspect",
        "What is in a shard, is it whole, what made each column.",
        "no shard was changed",
    ),
    "view": Command(
        "faceshards.viewer.server.command",
        "view",
        "Look at clips in a browser: played from inside their tars, with what was found drawn on.",
        "judgements that were saved stand",
    ),
    "report": Command(
        "faceshards.viewer.report.command",
        "report",
        "A page about shards, to look at and to send: faces, clips that play, figures.",
        "the page that was there stands; run it again",
    ),
    "judgements": Command(
        "faceshards.dataset.judgements.command",
        "app",
        "What people said of clips: saved into the shards, as a table, merged.",
        "shards that were written stand whole, no table is half written; run it again",
    ),
    "explain": Command(
        "faceshards.viewer.lineage.explain_column",
        "explain",
        "How a column of one sample came to be, and in which state it is.",
        "nothing was changed",
    ),
    "index": Command(
        "faceshards.shards.repair.command",
        "index",
        "Build indexes, check every byte, save what is whole.",
        "indexes and shards that were written stand, none is half there; run it again to go on",
    ),
    "stats": Command(
        "faceshards.dataset.stats.command",
        "stats",
        "What a data set holds: hours, persons, languages, licences; means and deviations.",
        "nothing was changed",
    ),
    "manifest": Command(
        "faceshards.dataset.manifest.command",
        "app",
        "A data set's recipe as one file: written to cite, checked, compared.",
        "no file is half written; run it again",
    ),
    "remove": Command(
        "faceshards.dataset.removal.remove",
        "remove",
        "Samples leave the shards on request; their rows stay, empty.",
        "shards that were finished are without them, none is half there; run it again to go on",
    ),
    "drop": Command(
        "faceshards.dataset.removal.drop",
        "drop",
        "Columns leave the shards, as if their stages had not run.",
        "shards that were finished are without them, none is half there; run it again to go on",
    ),
    "recipes": Command(
        "faceshards.shards.filters.command",
        "recipes",
        "Filters that have a name: what counts as good.",
        "nothing was changed",
    ),
    "train": Command(
        "faceshards.train.fit",
        "app",
        "Train models on shards.",
        "the last checkpoint stands; run it again with --resume to go on",
    ),
    "infer": Command(
        "faceshards.infer.predict",
        "app",
        "Run trained models.",
        "what is written stands whole, run it again to go on",
    ),
    "weights": Command(
        "faceshards.models.weights.command",
        "app",
        "List, pull, add, check and convert model files.",
        "no model file is half there; run it again",
    ),
    "legacy": Command(
        "faceshards.packing.legacy_command",
        "app",
        "Import MegActor's old shards, export ours to them.",
        "tars that were finished stand, none is half there",
    ),
    "bench": Command(
        "faceshards.bench.command",
        "app",
        "Measure the project against other tools, on your machine.",
        "its figures are not complete; run it again",
    ),
    "demo": Command(
        "faceshards.bench.demo.command",
        "demo",
        "The whole road, on clips made from two portraits or on yours.",
        "what is done is kept; run it again to go on",
    ),
}
