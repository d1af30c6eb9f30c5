from copy import copy

import pytest
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

from faceshards.packing.kinds.avspeech.refusals import Refusal, kind_of, reason_of


def told(text, cause=None):
    """An error as yt-dlp's front door raises it."""
    inner = ExtractorError(text, expected=True, video_id="AAAAAAAAAAA", ie="youtube", cause=cause)
    return DownloadError(f"\x1b[0;31mERROR:\x1b[0m {inner}", (type(inner), inner, None))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Video unavailable. This video has been removed by the uploader", "removed"),
        ("Video unavailable", "removed"),
        ("This video is no longer available because the YouTube account has been terminated", "removed"),
        ("Private video. Sign in if you've been granted access to this video", "private"),
        ("This video is available to this channel's members. Join this channel to get access", "private"),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", "age"),
        ("Video unavailable. The uploader has not made this video available in your country", "region"),
        ("Requested format is not available", None),
        ("Sign in to confirm you're not a bot. Use --cookies", None),
        ("Video unavailable. This content isn't available, try again later.", None),
        ("Premieres in 3 hours", None),
        ("Unable to download API page: The read operation timed out", None),
        ("Failed to extract any player response", None),
    ],
)
def test_what_stays_refused_and_what_may_be_over_tomorrow(text, kind):
    assert kind_of(told(text)) == kind


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "removed"), (410, "removed"), (451, "region"), (403, None), (429, None), (503, None)]
)
def test_a_status_says_more_than_its_words(status, kind):
    class Response:
        status, reason = 0, "removed"

        def close(self):
            """Nothing."""

    Response.status = status
    assert kind_of(told("Unable to download webpage, removed", HTTPError(Response()))) == kind


def test_a_country_is_told_by_the_error_too():
    inner = GeoRestrictedError("no", countries=["US"])
    assert kind_of(DownloadError("ERROR: no", (type(inner), inner, None))) == "region"


def test_a_reason_is_one_line_without_colours_and_yt_dlps_own_names():
    assert reason_of(told("Video unavailable\nmore")) == "Video unavailable"
    assert reason_of(ValueError("")) == "ValueError"
    assert "secret" not in reason_of(told("no https://ada:secret@mirror/x"))


def test_a_refusal_says_how_to_ask_again_and_is_copied_as_it_is():
    error = copy(Refusal("age", "Sign in"))
    assert error.code == "gone" and str(error) == "age: Sign in: --retry age asks again" and error.kind == "age"
