"""The exception tree of the project, and the stable reason codes of a rejected clip.

FaceshardsError                 one line: the thing, its value, the rule, the remedy; a command prints it and exits 1
|-- UsageError                  the caller asked for what cannot be, or for what is not there; a command exits 2
|   `-- NoSample                no sample of a data set has this number or key (a LookupError, too)
|-- MissingExtra                a package that an extra brings is not installed (an ImportError, too)
|-- ClipError                   this clip is bad: recorded with its reason code, and the work goes on
|   `-- Refusal                 a site of videos refuses one for good
|-- SourceError                 a whole archive or folder cannot be read: nothing can go on
|-- ShardError                  a shard or its index breaks a rule of the format
|   |-- DamagedShard            bytes are missing or differ from their checksum
|   |-- StaleIndex              the index speaks of another version of the shard
|   |   `-- Changed             an object of a store is no longer the version that was read
|   `-- NoObject                a store has no such object; a command exits 2
|-- ColumnError                 a column is unknown, absent, or its value does not decode
|-- UnsafeData                  data that would run code, or that exceeds a limit
|-- StorageError                the disk is full, a permission is missing, a store refuses
|   `-- NoAnswer                a store did not say what became of a request
|-- WeightsError                a model file is absent or is not the one that was named
|-- StageError                  a stage cannot be set up (a device is absent, a parameter makes no sense)
|-- SoftwareError               the program is wrong, or a library is not the one it asks for: the whole run stops
|   `-- StageBug                so is the code of a stage
|-- ReportError                 the counts of a run report do not add up, or a file is no report
|-- ViewFailed                  a view or a transform raised what says nothing of the sample
|-- TooManyFaults               a loader met more bad samples than it may replace
|-- Interrupted                 a training was asked to end, and did
`-- WorkerDied                  a process that loads data died
"""

from __future__ import annotations

from typing import ClassVar

from faceshards.secrets import masked

#: Stable codes of a clip's rejection or a stage's failure -> what each means. `docs/reliability.md` lists them.
REASONS: dict[str, str] = {
    "broken-image": "a frame does not decode as a picture",
    "broken-media": "the container or its packets do not decode",
    "truncated-media": "the file ends before its media do",
    "empty-file": "the file has no bytes",
    "no-video": "there is no video stream",
    "no-frames": "nothing in the clip decodes to a frame",
    "too-few-frames": "the clip has fewer frames than the rule asks for",
    "mixed-sizes": "the frames of one clip differ in size",
    "too-large": "a size or count exceeds its limit",
    "unsafe-path": "a name leaves the archive (.., absolute, drive letter, NUL)",
    "link-entry": "the entry is a link or a device, not a file",
    "encrypted-entry": "the entry is encrypted",
    "duplicate-entry": "two entries have the same name",
    "wrong-crc": "the entry's bytes differ from its checksum",
    "bomb": "the entry unpacks to far more than its packed size or than the limit",
    "unreadable-entry": "the entry's bytes cannot be read or unpacked",
    "bad-row": "a row of a list is not what its columns ask for, or names what is not there",
    "bad-column": "a column is absent or empty, or its value is not what its name says",
    "unsafe-data": "a value would run code, or exceeds a limit",
    "gone": "the video is not to be had: removed, private, closed to this country or age; or no file of a folder is it",
    "unreachable": "the site did not give the video this time: the next run asks again",
    "no-face": "no face was found where one is needed",
    "small-face": "the face takes less of the picture than the rule asks for",
    "dark": "no picture, or one that is needed, is as light as the rule asks for",
    "no-sound": "there is no sound stream (a stage that listens does not apply to such a clip; that is no failure)",
    "silent": "the sound holds nothing but silence (likewise)",
    "no-speech": "nobody speaks in the sound (likewise)",
    "no-source-face": "there is no other face to swap in",
    "unfit-face": "no face of the clip can be swapped: too small, or turned too far from the source's",
    "stage-failed": "a stage raised an unexpected error",
    "timeout": "the work did not end within its time limit",
    "quarantined": "the clip killed its worker twice and is left alone",
    "out-of-memory": "the work took more memory than a worker has",
    "needs-failed": "a stage on which this one depends failed, or has not run on this clip",
    "software-error": "the program or a library under it is wrong; no clip is to blame, and the run ends",
}


class FaceshardsError(Exception):
    """Base of all errors that this project raises on purpose. No message holds the password of a URL."""

    #: What a command ends with.
    exit_code: ClassVar[int] = 1

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(masked(one) if isinstance(one, str) else one for one in arguments))


class UsageError(FaceshardsError):
    """The caller asked for what cannot be, or for what is not there."""

    exit_code = 2


class MissingExtra(FaceshardsError, ImportError):
    """A package that an extra brings is not installed."""


class ClipError(FaceshardsError):
    """One clip is bad; `code` is one of `REASONS`, the message says the particulars."""

    def __init__(self, code: str, message: str) -> None:
        if code not in REASONS:
            raise ValueError(f"reason code must be one of errors.REASONS, got {code!r}")
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[ClipError], tuple[str, str]]:
        return type(self), (self.code, str(self))


class SourceError(FaceshardsError):
    """A whole archive or folder cannot be read."""


class ShardError(FaceshardsError):
    """A shard or its index breaks a rule of the format."""


class DamagedShard(ShardError):
    """Bytes of a shard are missing or differ from their checksum."""


class StaleIndex(ShardError):
    """An index speaks of another version of its shard."""


class ColumnError(FaceshardsError):
    """A column is unknown, absent, or its value does not decode."""


class UnsafeData(FaceshardsError):
    """Data that would run code, or that exceeds a limit."""


class StorageError(FaceshardsError):
    """The disk is full, a permission is missing, or a store refuses."""


class WeightsError(FaceshardsError):
    """A model file is absent or is not the one that was named."""


class StageError(FaceshardsError):
    """A stage cannot be set up."""


class SoftwareError(FaceshardsError):
    """The program is wrong, or a library is not the one it was written for: no clip can help it, so the whole run
    stops; `__cause__` is what was raised.
    """

    #: One of `REASONS`; never a clip's.
    code = "software-error"


class StageBug(SoftwareError):
    """The code of a stage is wrong."""
