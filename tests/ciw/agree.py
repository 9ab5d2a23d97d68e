#!/usr/bin/env python3
"""Random open networks, simulated by Foreshadow and by Ciw: do the two agree?

    pip install -r tests/ciw/requirements.txt
    python tests/ciw/agree.py target/release/foreshadow

Counted are, per class of customers, the share that was late (over a time that a pilot run puts at
the 95th percentile) or lost; per station, the mean wait (where cores are shared: the mean number
there) and, with a finite queue, the share rejected; per network, services per second at the last
station. The mean time in the network and the services of the other stations follow from these by
adding up: counting them would count the same chance twice. They are printed with `--all`.

Each is a mean over independent replications, and a comparison is Welch's t. Of comparisons between
equals one in a hundred lies outside the 99 % interval; were they independent, as many as the
binomial 99.9 % quantile would be in one run out of a thousand. Those within one network are not:
many customers make all waits long. How much that still matters is worked out from Ciw's own
replications, and printed.

The same run shows that it would notice: with 5 % longer services at the busiest station of each
network, in Foreshadow's copy only, the count must be over that limit.

Exit status: 0 they agree, 1 they do not, or it would not be noticed.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

import estimate
import networks
import queued
import rehearsed

CONFIDENCE = 0.99
SURE = 0.999
SLOWER = 1.05


@dataclass(frozen=True)
class Plan:
    """How much is simulated, on either side."""

    seed: int
    replications: int
    # Customers that a replication is to judge, on average.
    customers: int

    def horizon_s(self, network):
        """The window that is judged."""
        return self.customers / network.rate_per_s

    def warm_up_s(self, network):
        """The time before it. Both sides start empty, so it need not be long for them to agree."""
        return 0.1 * self.horizon_s(network)


@dataclass(frozen=True)
class Comparison:
    """One measure of one network by both."""

    network: networks.Network
    measure: str
    foreshadow: estimate.Estimate
    ciw: estimate.Estimate

    def is_counted(self):
        """Whether it says something that the others do not."""
        last = f"{len(self.network.stations) - 1}: {rehearsed.SERVED}"
        return self.measure == last or not self.measure.endswith((rehearsed.TIME, rehearsed.SERVED))

    def judged(self):
        """The standardised difference, and whether it is outside the interval."""
        difference, limit = estimate.welch(self.foreshadow, self.ciw, CONFIDENCE)
        return difference, abs(difference) > limit

    def row(self):
        """A line of the table."""
        difference, is_outside = self.judged()
        sides = (f"{e.mean:>11.5g} ± {e.standard_error:<9.2g}" for e in (self.foreshadow, self.ciw))
        mark = " *" if is_outside else ""
        counted = "" if self.is_counted() else " (not counted)"
        return (
            f"{self.network.index:>7}  {self.measure:<18}{''.join(sides)}{difference:>7.2f}"
            f"{mark}{counted}"
        )


def compare(job):
    """One network: comparisons, those with a slower station, and what was counted by Ciw.

    That is an array of shape (measures, replications).
    """
    binary, folder, plan, network = job
    network = replace(network, limits_ms=queued.limits_ms(network, plan))
    values = queued.replications(network, plan)
    ciw = queued.estimates(values)
    slow = network.slower(network.busiest(), SLOWER)
    sides = []
    for it, slower in ((network, False), (slow, True)):
        found = rehearsed.rehearse(binary, folder, it, plan, slower)
        assert found.keys() == ciw.keys(), (found.keys(), ciw.keys())
        sides.append([Comparison(network, m, found[m], ciw[m]) for m in ciw])
    counted = [values[c.measure] for c in sides[0] if c.is_counted()]
    return network, *sides, numpy.array(counted)


def dependent_limit(values, seed):
    """The count that is exceeded once in a thousand runs when measures move together.

    `values` has an array of shape (measures, replications) for each network. Weighted by standard
    normal draws, a network's centred replications have its correlations and no difference.
    """
    draws = numpy.random.default_rng(seed)
    outside = numpy.zeros(20_000, dtype=int)
    for network in values:
        centred = network - network.mean(axis=1, keepdims=True)
        lengths = numpy.linalg.norm(centred, axis=1, keepdims=True)
        # A measure that never varies, such as a share of nobody, is never outside.
        centred /= numpy.where(lengths > 0.0, lengths, 1.0)
        differences = draws.standard_normal((len(outside), network.shape[1])) @ centred.T
        limit = estimate.NORMAL.inv_cdf(0.5 + CONFIDENCE / 2)
        outside += (abs(differences) > limit).sum(axis=1)
    return int(numpy.quantile(outside, SURE, method="inverted_cdf"))


def describe(network, comparisons):
    """A line about a network: what it is made of, and how the comparisons went."""
    stations = []
    for s in network.stations:
        kind = f"{s.law.name[:5]}/{s.servers}" + (" cores" if s.shared else "")
        stations.append(kind if s.capacity is None else f"{kind}+{s.capacity} {s.when_full}")
    loops = any(p > 0 for i, row in enumerate(network.routing) for p in row[: i + 1])
    kinds = ["loops"] * loops + ["priorities"] * network.priorities
    judged = [c.judged() for c in comparisons if c.is_counted()]
    worst = max(abs(difference) for difference, _ in judged)
    return (
        f"{network.index:>7}  {len(network.entries):>7}  {len(judged):>7}  {outside(comparisons):>7}"
        f"  {worst:>7.2f}  {', '.join(stations + kinds)}"
    )


def outside(comparisons):
    """How many of those that are counted are outside their interval."""
    return sum(c.judged()[1] for c in comparisons if c.is_counted())


def main():
    """Runs all, prints the tables, and says whether they agree."""
    options = arguments()
    plan = Plan(options.seed, options.replications, options.customers // options.replications)
    drawn = [networks.draw(plan.seed, i) for i in range(options.networks)]
    print(f"{len(drawn)} networks, {plan.replications} replications of {plan.customers} customers")
    print("Stations are law/servers, +places to wait and what who finds none does.")
    print("\nnetwork  classes  counted  outside  largest")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        jobs = [(options.binary, folder, plan, network) for network in drawn]
        judged, slower, values = [], [], []
        with multiprocessing.Pool(options.processes) as pool:
            for network, same, slow, each in pool.imap(compare, jobs):
                judged += slow if options.broken else same
                slower += slow
                values.append(each)
                print(describe(network, slow if options.broken else same), flush=True)
    shown = [c for c in judged if options.all or (c.is_counted() and c.judged()[1])]
    if shown:
        print(f"\nnetwork  {'measure':<18}{'Foreshadow':>17}{'Ciw':>17}{'difference':>17}")
        print("\n".join(c.row() for c in shown))
    return verdict(judged, slower, dependent_limit(values, plan.seed))


def verdict(judged, slower, dependent):
    """Prints the counts; the exit status."""
    trials = sum(c.is_counted() for c in judged)
    limit = estimate.binomial(trials, 1.0 - CONFIDENCE, SURE)
    found, noticed = outside(judged), outside(slower)
    print(
        f"\n{found} of {trials} comparisons are outside the {CONFIDENCE:.0%} interval; must be below"
        f" {limit}, the binomial {SURE:.1%} quantile\n({dependent} with the dependence in Ciw's"
        f" replications); {noticed} with services {SLOWER - 1:.0%} longer in one copy"
    )
    if found >= limit:
        print(f"FAILED: Foreshadow and Ciw differ: {found} outside, must be below {limit}")
        return 1
    if noticed < limit:
        print(f"FAILED: longer services go unnoticed: {noticed} outside, limit {limit}")
        return 1
    print("Foreshadow and Ciw agree")
    return 0


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="Compares Foreshadow with Ciw.")
    parser.add_argument("binary", type=os.path.abspath, help="path of `foreshadow`")
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--customers", type=int, default=100_000, help="of each network")
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20_261_101)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--all", action="store_true", help="print every comparison")
    parser.add_argument("--keep", help="folder to leave twins and scenarios in")
    parser.add_argument(
        "--broken", action="store_true", help="compare with the slower copy: must fail"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
