"""Run many things safely: journal, retry, time limits, quarantine, progress, Ray actors and the inline loop."""
