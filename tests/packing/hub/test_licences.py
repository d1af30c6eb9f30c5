"""Licences as the Hub calls them."""

import pytest

from faceshards.packing.hub.licences import head


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        (["CC-BY-4.0"], {"license": "cc-by-4.0"}),
        (["CC BY 4.0", "MIT"], {"license": ["cc-by-4.0", "mit"]}),
        (["CC0"], {"license": "cc0-1.0"}),
        (["Ask the authors!"], {"license": "other", "license_name": "ask-the-authors"}),
        (["§"], {"license": "other", "license_name": "unnamed"}),
    ],
)
def test_licences_have_the_hub_s_names_or_are_other(licences, said):
    assert head(licences) == said
