"""The contact sheet: one sample as one picture."""

from __future__ import annotations

from faceshards.viewer.drawing.clip_view import Panel, view_clip
from faceshards.viewer.drawing.drawing import Picture, above, beside, caption, fit, notice
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.cards import facts_of
from faceshards.viewer.summary.failures import first_failure
from faceshards.viewer.summary.histogram import short

#: Longer side of a frame on the sheet, and the sheet's width, in pixels.
SIDE, WIDTH = 256, 1042


def contact_sheet(sample: ShownSample) -> Picture:
    """Frames of the clip, of its twins and of what was found on it, a row each, then sound, numbers and face: uint8
    (H, 1090, 3) RGB.

    A panel that a stage failed to make shows the reason in its place; one that is absent is left out.
    """
    view = view_clip(sample)
    failure = first_failure(sample.key, sample.facts)
    state = f"failed at {failure.stage}: {failure.code}" if failure else "whole"
    rows = [
        caption(sample.name, WIDTH, 22),
        caption(" · ".join([*facts_of(sample.facts), state]).replace("×", " x "), WIDTH),
    ]
    for panel in (*view.videos, *view.points, view.waveform, view.spectrogram, *view.numbers, view.face):
        if panel.stills or panel.failure:
            rows += [caption(_label(panel), WIDTH), _row(panel)]
    return above(rows, gap=10, margin=24)


def _label(panel: Panel) -> str:
    """What the row is, and of a plot what it spans."""
    spans = [still.span for still in panel.stills if still.span]
    return ", ".join(
        [panel.label, *(f"{short(one.seconds)} s, {one.low:g} to {one.high:g} {one.unit}".rstrip() for one in spans)]
    )


def _row(panel: Panel) -> Picture:
    if panel.failure:
        text = f"{panel.failure.stage} {panel.failure.code}: {panel.failure.reason}".strip()
        return notice(text, WIDTH, 72)
    side = SIDE if len(panel.stills) > 1 else WIDTH
    return beside([fit(still.picture, side) for still in panel.stills])
