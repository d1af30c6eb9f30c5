"""The stage `headpose`: where a head points, frame by frame, and how calm it is."""

__all__: list[str] = []
