"""Mean and variance of many rows in one pass, in memory of one row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Moments:
    """Of rows of features of one shape: `count`, `mean`, and `m2`, the sum of squared distances from the mean, float64
    of the features' shape.

    Parts are merged by the pairwise formula of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979), which loses no digits where the mean is far from 0, as sums of squares do. The
    result depends on the parts and their order alone.
    """

    count: int
    mean: np.ndarray
    m2: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> Moments:
        """Those of an array (rows, *features), at least one row."""
        rows = rows.astype(np.float64)
        mean = rows.mean(axis=0)
        return cls(len(rows), mean, np.square(rows - mean).sum(axis=0))

    def merge(self, other: Moments) -> None:
        """Takes other rows in."""
        count = self.count + other.count
        apart = other.mean - self.mean
        self.mean = self.mean + apart * (other.count / count)
        self.m2 = self.m2 + other.m2 + np.square(apart) * (self.count * other.count / count)
        self.count = count

    @property
    def sd(self) -> np.ndarray:
        """The standard deviation of the population (divided by count, as `numpy.std`)."""
        return np.sqrt(self.m2 / self.count)
