import pytest

from faceshards.errors import UsageError
from faceshards.packing.kinds.avspeech.catalog_file import CatalogFile
from faceshards.packing.sources.archive import Limits


def test_a_catalogue_is_one_file_by_the_name_that_the_shard_takes(catalog):
    path = catalog("AAAAAAAAAAA,1,2,0.5,0.5")
    file = CatalogFile(path, Limits())
    (entry,) = file.listing().entries
    assert file.read(entry) == path.read_bytes() and file.nbytes == path.stat().st_size
    assert file.path == path and file.kind == "catalogue"


def test_what_is_no_file_is_told(tmp_path):
    for path, words in ((tmp_path, "name the file"), (tmp_path / "absent.csv", "no such file")):
        with pytest.raises(UsageError, match=words):
            CatalogFile(path, Limits())
