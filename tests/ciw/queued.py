"""A network as Ciw simulates it.

Both simulators start empty, `warm_up_s` before the window of `horizon_s`, and count the same: of
customers those who enter in the window, whenever they leave; of stations those who reach them in
the window, or leave them in it, or are there in it.
"""

import math
import random
from statistics import fmean

import ciw

import estimate
from networks import LEAVE
from rehearsed import CLASSES, LATE, NUMBER, REJECTED, SERVED, TIME, WAIT

EXIT = -1


class Customer(ciw.Individual):
    """Somebody who may be turned away at a full queue."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.is_lost = False

    def entered(self):
        """When they came to the network [s]."""
        return self.data_records[0].arrival_date if self.data_records else self.arrival_date


class Way(ciw.routing.NodeRouting):
    """Where to go from a station.

    Left alone, Ciw would keep a customer who goes on to a full queue, and the server, until there
    is room.
    """

    def __init__(self, network, here):
        self.network = network
        self.here = here

    def next_node(self, ind):
        """The next station with room; one without is noted, and skipped or the end of the way."""
        here = self.here
        while (there := self._drawn(here)) is not None:
            node = self.simulation.nodes[there + 1]
            if node.number_of_individuals < node.node_capacity:
                return node
            self.simulation.turned_away.append((there, self.simulation.current_time))
            if self.network.stations[there].when_full == LEAVE:
                ind.is_lost = True
                break
            here = there
        return self.simulation.nodes[EXIT]

    def _drawn(self, here):
        left = random.random()
        for there, chance in enumerate(self.network.routing[here]):
            left -= chance
            if left < 0.0:
                return there
        return None


def replications(network, plan):
    """Values by measure, one a replication."""
    values = {}
    for number in range(plan.replications):
        for measure, value in _replication(network, plan, number).items():
            values.setdefault(measure, []).append(value)
    return values


def limits_ms(network, plan):
    """Per class, the time that 5 % of those who are served exceed, in a pilot run of its own."""
    run = _Run(network, plan, plan.replications)
    return tuple(run.quantile_ms(name, 0.95) for name in run.classes)


def estimates(values):
    """Means and standard errors of what `replications` gives."""
    return {measure: estimate.of(each) for measure, each in values.items()}


def _replication(network, plan, number):
    run = _Run(network, plan, number)
    found = {}
    for name, limit_ms in zip(run.classes, network.limits_ms):
        found[f"{name}: {TIME}"] = fmean(run.times_ms(name))
        found[f"{name}: {LATE}"] = run.late(name, limit_ms)
    for i, station in enumerate(network.stations):
        if station.shared:
            found[f"{i}: {NUMBER}"] = run.in_system(i)
        elif station.capacity != 0:
            found[f"{i}: {WAIT}"] = run.wait_ms(i)
        found[f"{i}: {SERVED}"] = run.served_per_s(i)
        if station.capacity is not None:
            found[f"{i}: {REJECTED}"] = run.rejected(i)
    return found


class _Run:
    """One replication of Ciw, run until everybody of the window has left."""

    def __init__(self, network, plan, number):
        self.classes = CLASSES[: len(network.entries)]
        self.start = plan.warm_up_s(network)
        self.end = self.start + plan.horizon_s(network)
        ciw.seed(plan.seed * 1_000_003 + network.index * 1_009 + number)
        simulation = ciw.Simulation(
            _model(network),
            node_class=[ciw.PSNode if s.shared else ciw.Node for s in network.stations],
            individual_class=Customer,
        )
        simulation.turned_away = []
        until = self.end
        simulation.simulate_until_max_time(until)
        while any(
            customer.entered() < self.end
            for node in simulation.transitive_nodes
            for customer in node.all_individuals
        ):
            until += 0.02 * plan.horizon_s(network)
            simulation.simulate_until_max_time(until)
        self._sort(simulation, len(network.stations))

    def _sort(self, simulation, stations):
        """By class, those who entered in the window; by station, what was done and refused."""
        self.cohort = {name: [] for name in self.classes}
        self.records = [[] for _ in range(stations)]
        self.refused = [0] * stations
        for station, when in simulation.turned_away:
            self.refused[station] += self._within(when)
        for customer in simulation.nodes[EXIT].all_individuals:
            for record in customer.data_records:
                if record.record_type == "rejection":
                    customer.is_lost = True
                    self.refused[record.node - 1] += self._within(record.arrival_date)
                else:
                    assert record.record_type == "service" and record.time_blocked == 0.0, record
                    self.records[record.node - 1].append(record)
            if self._within(customer.entered()):
                time = customer.data_records[-1].exit_date - customer.entered()
                ended = math.inf if customer.is_lost else 1e3 * time
                self.cohort[customer.customer_class].append(ended)

    def _within(self, when):
        return self.start <= when < self.end

    def times_ms(self, name):
        """Times in the network of those who were not lost."""
        return [time for time in self.cohort[name] if time < math.inf]

    def quantile_ms(self, name, share):
        """The smallest time with at least that share of them at or below it."""
        times = sorted(self.times_ms(name))
        return times[math.ceil(share * len(times)) - 1]

    def late(self, name, limit_ms):
        """The share that was lost, or took longer."""
        return fmean(time > limit_ms for time in self.cohort[name])

    def wait_ms(self, station):
        """Mean time in queue of those who came to it in the window, and were let in."""
        records = self.records[station]
        return 1e3 * fmean(r.waiting_time for r in records if self._within(r.arrival_date))

    def in_system(self, station):
        """Mean number in queue or in service."""
        records = self.records[station]
        stays = (min(r.exit_date, self.end) - max(r.arrival_date, self.start) for r in records)
        return sum(stay for stay in stays if stay > 0.0) / (self.end - self.start)

    def served_per_s(self, station):
        """Services that ended in the window."""
        ends = sum(self._within(r.exit_date) for r in self.records[station])
        return ends / (self.end - self.start)

    def rejected(self, station):
        """The share of those who came to it in the window that found it full."""
        taken = sum(self._within(r.arrival_date) for r in self.records[station])
        return self.refused[station] / (self.refused[station] + taken)


def _model(network):
    stations, classes = network.stations, CLASSES[: len(network.entries)]
    arrivals = {name: [None] * len(stations) for name in classes}
    for name, (station, rate_per_s) in zip(classes, network.entries):
        arrivals[name][station] = ciw.dists.Exponential(rate_per_s)
    ways = [Way(network, i) for i in range(len(stations))]
    return ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions={name: [_law(s.law) for s in stations] for name in classes},
        number_of_servers=[math.inf if s.shared else s.servers for s in stations],
        queue_capacities=[math.inf if s.capacity is None else s.capacity for s in stations],
        ps_thresholds=[s.servers for s in stations],
        priority_classes={name: i * network.priorities for i, name in enumerate(classes)},
        routing={name: ciw.routing.NetworkRouting(ways) for name in classes},
    )


def _law(law):
    """Ciw's law of the same times [s]."""
    mean = 1e-3 * law.mean_ms
    if law.name == "constant":
        return ciw.dists.Deterministic(mean)
    if law.name == "exponential":
        return ciw.dists.Exponential(1.0 / mean)
    if law.name == "gamma":
        return ciw.dists.Gamma(1.0 / law.scv, mean * law.scv)
    if law.name == "hyperexponential":
        # Balanced means: either phase has half of the work.
        share = 0.5 * (1.0 + math.sqrt((law.scv - 1.0) / (law.scv + 1.0)))
        shares = [share, 1.0 - share]
        return ciw.dists.HyperExponential([2.0 * p / mean for p in shares], shares)
    if law.name == "uniform":
        half = mean * math.sqrt(3.0 * law.scv)
        return ciw.dists.Uniform(mean - half, mean + half)
    if law.name == "lognormal":
        variance = math.log(1.0 + law.scv)
        return ciw.dists.Lognormal(math.log(mean) - variance / 2.0, math.sqrt(variance))
    raise ValueError(f"no law is named {law.name}")
