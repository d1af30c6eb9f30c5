import io
import json
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.viewer.server.ask import ask


@pytest.fixture(scope="module")
def told(served, dataset):
    """told(path, **query) -> (status, what the JSON says)."""
    url = served(dataset)

    def of(path, query=()):
        answer = ask(url, f"{path}?{urlencode(query)}")
        return answer.status, json.loads(answer.body)

    return of


def test_a_filter_is_told_with_its_clauses_and_how_scalars_spread(told):
    status, said = told("api/spread", [("where", "face_share > 0.5 AND abs(loudness_db) > 1"), ("name", "face_share")])
    assert (status, said["count"], said["of"]) == (200, 4, 6)
    assert said["clauses"] == [
        {"text": "face_share > 0.5", "name": "face_share", "sign": ">", "value": 0.5},
        {"text": "abs(loudness_db) > 1"},
    ]
    (facet,) = said["facets"]
    assert (facet["all"], facet["chosen"], facet["absent"]) == ([1, 5], [0, 4], 0)


def test_a_recipe_is_told_as_what_it_asks(told):
    status, said = told("api/spread", {"where": "faces-v1"})
    assert status == 200 and [one["text"] for one in said["clauses"]] == ["face_share >= 0.95", "faces_max = 1"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("api/spread", {"where": "nothing > 1"}),
        ("api/spread", {"where": "true) OR (true"}),
        ("api/spread", {"name": "nothing"}),
        ("api/values", {"name": "face_share"}),
        ("api/cards", {"count": "501"}),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(told, path, query):
    status, said = told(path, query)
    assert status == 400 and "\n" not in said["error"]


def test_values_of_a_text_are_found_by_a_part(told):
    assert told("api/values", {"name": "identity", "search": "ASTRO"})[1]["values"] == [["astronaut", 1, 1]]


def test_cards_of_an_order_come_as_they_are_asked_for(told):
    cards = told("api/cards", {"sort": "name", "down": "1", "start": 1, "count": 2})[1]
    assert [card["name"] for card in cards] == ["talk", "a silent clip"]
    assert told("api/cards", {"start": 6})[1] == []


def test_a_thumbnail_holds_the_first_pictures_alone_and_a_poster_is_a_small_jpeg(served, dataset):
    url = served(dataset)
    body = ask(url, "thumbnail/0").body
    size = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + size])
    assert head["codec"].startswith("avc1.") and len(body) == 4 + size + sum(packet[0] for packet in head["packets"])
    assert {packet[3] for packet in head["packets"]} == set(range(12))
    poster = ask(url, "poster/0")
    assert poster.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(poster.body)).size == (64, 48)
