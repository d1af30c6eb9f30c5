"""What a stage is: it declares what it needs and makes, and works on one clip at a time; the engine does the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

from faceshards.curation.engine.need import Live, Made, Need
from faceshards.curation.engine.network import Net, NetQueue
from faceshards.errors import StageBug
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar
from faceshards.shards.storage.extent import Extent

if TYPE_CHECKING:
    from faceshards.curation.engine.outlet import Outlet
    from faceshards.curation.engine.stage_clip import StageClip

Params = TypeVar("Params")
#: Metadata of a parameter's field that nobody sets: `Stage.planned` does.
PLANNED = {"planned": True}
#: The bytes of a member: in memory, or where they were spilled to.
ColumnBody = bytes | Extent


@dataclass(frozen=True)
class Resources:
    """What an actor takes of a machine for a stage; `memory` in bytes, beside what it takes for others."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a stage made of a clip: a value or the encoded bytes for every column that it makes, values for the json,
    and for `json["media"]` the facts of each video.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why a stage made nothing of a clip: a code of `errors.REASONS`, the particulars, and a traceback where code
    raised what no stage should.
    """

    code: str
    reason: str
    trace: str = ""


@dataclass(frozen=True)
class NotApplicable:
    """Why there is nothing for a stage in a clip, which is no failure: it has no sound."""

    reason: str


Result = Outcome | Failure | NotApplicable


class Stage(Generic[Params]):
    """Base of all stages: `class Speech(Stage[SpeechParams])`, with a frozen dataclass for the parameters.

    The constructor is configuration only: a stage is pickled to where it runs, and there `setup` loads the models,
    once. A subclass gives `work`, a coroutine that reads the clip as it comes, or `one`, plain code that runs in a
    thread. Results must depend on nothing but the clip, the parameters and the models: no clock, no random number, no
    number of threads.
    """

    name: ClassVar[str]
    #: Goes up when the same parameters give other results than before.
    version: ClassVar[int] = 1
    #: The columns, as the format's tables show them. Where the stage fails they are there without a value.
    makes: ClassVar[tuple[Column, ...]] = ()
    #: The keys of the json that are the stage's own, as columns of the index.
    scores: ClassVar[tuple[Scalar, ...]] = ()
    #: Further keys of its own, whose values are lists or objects: they stay in the json.
    nested: ClassVar[tuple[str, ...]] = ()
    #: Names in `models.weights` of the model files that it reads. A stage whose parameters name them sets its own.
    weights: tuple[str, ...] = ()
    #: What it runs of which the registry cannot tell the licence: a model or a program that the user brings.
    brought: str = ""
    #: The runtimes by which its networks can run on a GPU: `onnxruntime`, `torch`. Of none: they run on the processor.
    runtimes: tuple[str, ...] = ()
    #: How much of a GPU an actor takes for it where it runs on one.
    gpu_share: float = 0.25
    #: Bytes of memory that an actor takes for it, beside what it takes for others; 0: nothing is said.
    memory: int = 0
    #: Where networks of `runtimes` run: `cpu`, `cuda`, `cuda:1`. The run says so, and no fingerprint knows of it.
    device: str = "cpu"
    #: The class of `params`.
    parameters: ClassVar[type]
    _ready = False

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        for base in cls.__dict__.get("__orig_bases__", ()):
            given = next(iter(get_args(base)), None)
            if isinstance(given, type) and dataclasses.is_dataclass(given):
                cls.parameters = given

    def __init__(self, params: Params | None = None) -> None:
        self.params: Params = self.parameters() if params is None else params
        #: Its networks, by the names of `networks`: called with rows, awaited for theirs.
        self.nets: Mapping[str, NetQueue] = {}
        #: Whether it has finished a clip in this process.
        self.proven = False

    def planned(self) -> Stage[Params]:
        """The stage as it travels to where it runs: where a parameter points at something, it says here what that is.
        Raises UsageError where it is not there.
        """
        return self

    def needs(self) -> tuple[Need, ...]:
        """What it reads of a clip, and of other stages."""
        return ()

    def networks(self) -> Mapping[str, Net]:
        """The networks that it shares among clips; asked once, behind `setup`."""
        return {}

    def resources(self) -> Resources:
        """What an actor takes for it."""
        on_gpu = bool(self.runtimes) and self.device != "cpu"
        return Resources(gpus=self.gpu_share if on_gpu else 0.0, memory=self.memory)

    def setup(self) -> None:
        """Loads the models. Raises StageError or WeightsError when that cannot be."""

    def prepare(self) -> None:
        """Calls `setup` the first time: a worker keeps its stages from shard to shard."""
        if not self._ready:
            self.setup()
            self._ready = True

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Reads the clip, and puts what it finds `out`. Raises ClipError for a failure."""
        raise NotImplementedError

    def one(self, clip: StageClip) -> Outcome:
        """The result of one clip; raises ClipError for a failure. It runs in a thread, and takes no frames."""
        raise StageBug(f"stage {self.name} has neither `async def work` nor `one`: mend the stage")

    @property
    def record(self) -> dict[str, Any]:
        """The parameters as JSON values; they are part of the fingerprint."""
        return dataclasses.asdict(self.params)  # type: ignore[call-overload]

    @property
    def models(self) -> dict[str, str]:
        """File name -> sha256 of the model files that it reads; part of the fingerprint."""
        from faceshards.models.weights.registry import entry, fingerprint

        return {entry(name).files[0]: fingerprint(entry(name)) for name in self.weights}

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that it makes."""
        return tuple(column.name for column in self.makes)

    @property
    def marks(self) -> tuple[str, ...]:
        """Where `json["made"]` keeps the fingerprint: under its columns, or its scores where it makes none."""
        return self.columns or tuple(score.name for score in self.scores)

    @property
    def keys(self) -> frozenset[str]:
        """All keys of the json that are the stage's own."""
        return frozenset((*(score.name for score in self.scores), *self.nested))

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of other stages that it needs."""
        return tuple(need.column for need in self.needs() if isinstance(need, (Live, Made)))
