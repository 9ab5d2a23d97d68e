"""Random open queueing networks, drawn from a seed.

A network is plain data that both simulators are given: `rehearsed.py` writes it as a twin and a
scenario, `queued.py` as a network of Ciw. Times are in milliseconds, rates in customers a second.
"""

import random
from dataclasses import dataclass, replace

import numpy

LAWS = ("exponential", "gamma", "hyperexponential", "constant", "uniform", "lognormal")
# What is said of customers whose queue is full: they leave, or they do without and go on.
LEAVE, SKIP = "leave", "skip"


@dataclass(frozen=True)
class Law:
    """A law of service times."""

    name: str
    mean_ms: float
    # Squared coefficient of variation; of `constant` and `exponential` it follows from the name.
    scv: float


@dataclass(frozen=True)
class Station:
    """A queue in front of servers, or cores that all share."""

    servers: int
    law: Law
    # Places to wait; None: unlimited.
    capacity: int | None = None
    # What a customer does who finds them taken: LEAVE or SKIP.
    when_full: str = LEAVE
    # Processor sharing: `servers` cores, no queue.
    shared: bool = False


@dataclass(frozen=True)
class Network:
    """Stations, who comes and where they go."""

    index: int
    stations: tuple[Station, ...]
    # Row i: the chance of going on from station i to each station; the rest leaves.
    routing: tuple[tuple[float, ...], ...]
    # Where each class of customers enters, and how many a second.
    entries: tuple[tuple[int, float], ...]
    # Whether the first class is served before the second at every queue, without preemption.
    priorities: bool = False
    # Per class: a time in the network that few customers exceed; set by a pilot run of Ciw.
    limits_ms: tuple[float, ...] = ()

    @property
    def name(self):
        """What its files are called."""
        return f"network_{self.index}"

    @property
    def rate_per_s(self):
        """Customers a second, of all classes."""
        return sum(rate for _, rate in self.entries)

    def visits_per_s(self):
        """Arrivals at each station if nobody were lost: the traffic equations λ = γ + λP."""
        external = numpy.zeros(len(self.stations))
        for station, rate in self.entries:
            external[station] += rate
        inside = numpy.eye(len(self.stations)) - numpy.array(self.routing)
        return numpy.linalg.solve(inside.T, external)

    def busiest(self):
        """The index of the station that is asked for the most work per server."""
        visits = self.visits_per_s()
        work = [v * s.law.mean_ms / s.servers for v, s in zip(visits, self.stations)]
        return work.index(max(work))

    def slower(self, station, factor):
        """This network with a service that takes `factor` times as long at one station."""
        stations = list(self.stations)
        slow = stations[station]
        law = replace(slow.law, mean_ms=slow.law.mean_ms * factor)
        stations[station] = replace(slow, law=law)
        return replace(self, stations=tuple(stations))


def draw(seed, index):
    """The `index`-th network of a seed."""
    draws = random.Random(f"{seed}/{index}")
    count = draws.randint(2, 5)
    entries = _entries(draws, count)
    finite = [draws.random() < 0.3 for _ in range(count)]
    inner = [i for i in range(count) if finite[i] and i not in [at for at, _ in entries]]
    skipped = [i for i in inner if draws.random() < 0.5]
    network = Network(
        index=index,
        stations=(Station(1, Law("constant", 1.0, 0.0)),) * count,
        routing=_routing(draws, count, draws.random() < 0.5, finite, skipped),
        entries=entries,
        priorities=len(entries) > 1 and draws.random() < 0.6,
    )
    visits = network.visits_per_s()
    stations = []
    for i in range(count):
        servers = draws.randint(1, 4)
        utilization = draws.uniform(0.4, 0.85)
        law = _law(draws, round(1e3 * utilization * servers / visits[i], 6))
        capacity = draws.randint(0, 5) if finite[i] else None
        shared = not finite[i] and draws.random() < 0.25
        when_full = SKIP if i in skipped else LEAVE
        stations.append(Station(servers, law, capacity, when_full, shared))
    return replace(network, stations=tuple(stations))


def _entries(draws, count):
    """One class of customers that enters at the first station, or a second one elsewhere too."""
    rate = round(draws.uniform(20.0, 80.0), 3)
    if draws.random() < 0.4:
        return ((0, rate),)
    return ((0, rate), (draws.randrange(count), round(rate * draws.uniform(0.3, 1.0), 3)))


def _routing(draws, count, loops, finite, skipped):
    """Chances forward, so that every station is reached, and in some networks backward.

    Nobody returns at once to a station with a full queue, and nobody goes back to or from a
    station that may be skipped: whether there is room would depend on who has just left where,
    which the two simulators order differently.
    """
    rows = []
    for i in range(count):
        weights = [0.0] * count
        for j in range(i + 1, count):
            weights[j] = draws.uniform(0.5, 1.0) if j == i + 1 else draws.choice([0.0, 0.7])
        back = [j for j in range(i + 1) if j not in skipped and not (j == i and finite[i])]
        if loops and back and i not in skipped:
            weights[draws.choice(back)] += 0.4
        onward = draws.uniform(0.35, 0.65)
        total = sum(weights)
        rows.append(tuple(round(onward * w / total, 6) if total else 0.0 for w in weights))
    return tuple(rows)


def _law(draws, mean_ms):
    name = draws.choice(LAWS)
    scv = {
        "constant": 0.0,
        "exponential": 1.0,
        "gamma": draws.uniform(0.2, 2.0),
        "hyperexponential": draws.uniform(1.5, 4.0),
        # Between a third and five thirds of the mean at most, so that no time is negative.
        "uniform": draws.uniform(0.05, 0.15),
        "lognormal": draws.uniform(0.3, 2.0),
    }[name]
    return Law(name, mean_ms, round(scv, 3))
