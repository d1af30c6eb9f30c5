"""The one thing that pyproject.toml cannot say: in the source archive the links of `faceshards/` stay links."""

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist


class LinkedSdist(sdist):
    """A source archive of the tree as it is tracked: `faceshards/loaders` leads to `loaders`, and is no copy of it."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        links = [link for link in Path("faceshards").iterdir() if link.is_symlink()]
        own = [file for file in files if not any(link in Path(file).parents for link in links)]
        super().make_release_tree(base_dir, own)
        for link in links:
            (base_dir / link).symlink_to(os.readlink(link))


setup(cmdclass={"sdist": LinkedSdist})
