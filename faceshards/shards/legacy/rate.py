"""Frame rates as people wrote them in decimals.

The trap of `fps.str`: MegActor Sigma encoded each clip anew at `int(fps)` frames a second and wrote the true rate
beside it. A clip of 29.97 frames a second plays at 29 in its mp4, 3.3 % slower than its sound. The number in `fps.str`
is the true one: frame i belongs to the sound at i / fps, whatever the mp4 says.
"""

from __future__ import annotations

from fractions import Fraction

from faceshards.errors import ColumnError

_FASTEST = 1000


def rate_of(text: str) -> Fraction:
    """The frame rate of `fps.str`; 29.97 is NTSC's 30000/1001 (SMPTE ST 12-1). Raises ColumnError for no rate."""
    try:
        rate = Fraction(text.strip()) if len(text) < 40 and "e" not in text.lower() else Fraction(0)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= _FASTEST:
        raise ColumnError(f"fps.str must be a number in (0, {_FASTEST}], got {text[:40]!r}")
    nominal = round(rate * 1001 / 1000)
    ntsc = Fraction(nominal * 1000, 1001)
    near = abs(rate - ntsc) < Fraction(5, 1000) and abs(rate - round(rate)) > Fraction(1, 1000)
    return ntsc if near else rate.limit_denominator(1001)
