"""The stage `points68`: the 68 points of iBUG, frame by frame, whoever finds them; and Speech-to-face's 72."""

__all__: list[str] = []
