"""What a journal says: which keys are in flight, ended, suspected, given up."""

from __future__ import annotations

#: A key whose worker died this many times is left alone.
DEATHS = 2


class JournalState:
    """What the lines of a journal add up to. `by` is the worker that keeps it; `ended` are the keys that any run has
    finished, `fresh` those of the last run, and of these `failed` the ones that failed.
    """

    def __init__(self, by: str = "") -> None:
        self.by = by
        self.starts = self.expected = self.lost = 0
        self.in_flight: dict[str, str] = {}
        self.ended: set[str] = set()
        self.fresh: set[str] = set()
        self.failed: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.suspects: set[str] = set()
        self._deaths: dict[str, dict[str, list[str]]] = {}
        self._timeouts: dict[str, dict[str, None]] = {}

    @property
    def mine(self) -> list[str]:
        """The keys that the worker `by` has in flight."""
        return [key for key, by in self.in_flight.items() if by == self.by]

    def quarantined(self, key: str) -> dict[str, str]:
        """The steps in which `key` killed its worker `DEATHS` times ("" where nobody knows), and the last code."""
        return {step: codes[-1] for step, codes in self._deaths.get(key, {}).items() if len(codes) >= DEATHS}

    def timeouts(self, key: str) -> list[str]:
        """The steps in which `key` ran out of time."""
        return list(self._timeouts.get(key, ()))

    @property
    def progress(self) -> int:
        """Grows with each key settled and each step given up: workers that die without it get nowhere."""
        given_up = sum(map(len, self._timeouts.values())) + sum(len(self.quarantined(key)) for key in self._deaths)
        return len(self.ended) + given_up

    def take(self, line: object) -> None:
        """One line more; what is none of ours changes nothing."""
        match line:
            case {"start": int(keys), **rest}:
                self.in_flight.clear()
                self.fresh.clear()
                self.failed.clear()
                self.starts += 1
                self.expected = keys + len(self.ended)
                self._forgive(rest.get("retry"))
            case {"begun": str(key), "by": str(by)}:
                self.in_flight[key] = by
            case {"ended": str(key), "failed": bool(failed), "seconds": dict(seconds)}:
                for name, spent in seconds.items():
                    self.seconds[name] = self.seconds.get(name, 0.0) + spent
                self.in_flight.pop(key, None)
                self.suspects.discard(key)
                self.ended.add(key)
                self.fresh.add(key)
                (self.failed.add if failed else self.failed.discard)(key)
            case {"left": str(key)}:
                self.in_flight.pop(key, None)
            case {"timeout": str(key), "step": str(step)}:
                self.in_flight.pop(key, None)
                self._timeouts.setdefault(key, {})[step] = None
            case {"died": str(key), "step": str(step), "code": str(code)}:
                self._deaths.setdefault(key, {}).setdefault(step, []).append(code)
                self.in_flight.pop(key, None)
                self.suspects.add(key)
            case {"lost": str()}:
                self.lost += 1
            case {"suspect": str(key)}:
                self.in_flight.pop(key, None)
                self.suspects.add(key)

    def _forgive(self, codes: object) -> None:
        """Why keys were given up counts no longer, where it was for one of these codes."""
        if not isinstance(codes, list):
            return
        if "timeout" in codes:
            self._timeouts.clear()
        for steps in self._deaths.values():
            for step, died in steps.items():
                steps[step] = [code for code in died if code not in codes]
