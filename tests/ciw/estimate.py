"""Means with standard errors, and what chance alone makes of them."""

import math
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

NORMAL = NormalDist()


@dataclass(frozen=True)
class Estimate:
    """A mean over independent replications."""

    mean: float
    standard_error: float
    replications: int


def of(values):
    """The estimate from one value a replication."""
    return Estimate(fmean(values), stdev(values) / math.sqrt(len(values)), len(values))


def student(share, freedom):
    """The quantile of Student's t with `freedom` degrees, 10 or more, to four digits.

    Source: Abramowitz and Stegun, 26.7.5.
    """
    x = NORMAL.inv_cdf(share)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / freedom**k for k, term in enumerate(terms, start=1))


def welch(left, right, confidence):
    """The standardised difference of two estimates, and the limit that it keeps by that chance."""
    squares = [e.standard_error**2 for e in (left, right)]
    if sum(squares) == 0.0:
        return (0.0 if left.mean == right.mean else math.inf), 0.0
    freedom = sum(squares) ** 2 / sum(
        square**2 / (e.replications - 1) for square, e in zip(squares, (left, right))
    )
    difference = (left.mean - right.mean) / math.sqrt(sum(squares))
    return difference, student(0.5 + confidence / 2, freedom)


def binomial(trials, chance, share):
    """The smallest count that is not exceeded with at least this share of probability."""
    below = 0.0
    for count in range(trials + 1):
        below += math.comb(trials, count) * chance**count * (1 - chance) ** (trials - count)
        if below >= share:
            return count
    return trials
