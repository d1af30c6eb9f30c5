"""The server as a browser and a script meet it."""

from urllib.request import urlopen


def test_a_page_comes_up(served, dataset, page):
    page.goto(served(dataset))
    page.wait_for_selector("#head a")
    assert page.title() == "faceshards"
    assert urlopen(f"{served(dataset)}api/dataset").status == 200
