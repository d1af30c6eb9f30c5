"""The way back of CelebV-HQ and CelebV-Text: that of clips; this is what its command teaches."""

from __future__ import annotations

TEACHES = """Write clips of CelebV-HQ or CelebV-Text as `faceshards pack celebv` took them.

Video files come back byte for byte, and the info file with the entries of these
clips, value for value.

Example: faceshards export celebv train_set/CelebV-HQ processed_again
"""
