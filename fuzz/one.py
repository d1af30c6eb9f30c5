"""One target under libFuzzer: `python fuzz/one.py TARGET CORPUS RUNS [plant]`. Ends with an error on a finding."""

import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["faceshards"]):
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import targets


def main() -> None:
    """Feeds the target."""
    name, corpus, runs = sys.argv[1:4]
    target = targets.TARGETS[name]
    warnings.simplefilter("ignore")
    for number, seed in enumerate(target.seeds()):
        (Path(corpus) / f"seed{number}").write_bytes(seed)
    if "plant" in sys.argv:
        target.plant()
    options = [
        f"-atheris_runs={runs}",
        f"-runs={runs}",
        "-max_len=16384",
        "-timeout=30",
        "-rss_limit_mb=3000",
        "-seed=1",
    ]
    artifacts = f"-artifact_prefix={corpus}/../finding-"

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        changed = atheris.Mutate(data, most)
        return target.mend(changed) if seed % 4 else changed

    atheris.Setup([sys.argv[0], *options, artifacts, corpus], target.check, custom_mutator=mutate)
    atheris.Fuzz()


main()
