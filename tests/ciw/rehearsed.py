"""A network as Foreshadow rehearses it.

Customers enter at a `door`, which asks a `way` that has no servers of its own: its endpoint
`from_2_depth_3` has the station 2 serve, then chooses where to go on. So every customer takes one
path through the stations, one after the other. The language has no circles: where the network has
some, the way ends at the depth that less than one customer in a hundred million reaches.
"""

import json
import math
import subprocess

import numpy

from estimate import Estimate, student
from networks import SKIP

CLASSES = ("first", "second")
# What is measured, of a class and of a station.
TIME, LATE = "time [ms]", "late"
WAIT, NUMBER, SERVED, REJECTED = "wait [ms]", "number", "served [1/s]", "rejected"
NEGLIGIBLE = 1e-8
# Exit statuses. The limits are only there to have a share over them counted.
HELD, MISSED, UNDECIDED = 0, 1, 3


def rehearse(binary, folder, network, plan, slower=False):
    """Estimates by measure, from the report of `foreshadow rehearse`.

    `plan` is a `Plan`; the files are written to `folder`, under the network's name.
    """
    name = network.name + ("_slower" if slower else "")
    # JSON is YAML.
    (folder / f"{name}.twin.yaml").write_text(json.dumps(_twin(name, network), indent=1))
    scenario = folder / f"{name}.yaml"
    scenario.write_text(json.dumps(_scenario(name, network, plan), indent=1))
    command = [binary, "rehearse", str(scenario), "--format", "json", "--threads", "1"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode not in (HELD, MISSED, UNDECIDED):
        raise RuntimeError(f"{' '.join(command)}: {finished.stderr}")
    return _estimates(network, json.loads(finished.stdout), plan)


def depth(network):
    """How many stations one after the other are worth writing down."""
    routing = numpy.array(network.routing)
    still_there = numpy.zeros(len(network.stations))
    for station, rate in network.entries:
        still_there[station] += rate / network.rate_per_s
    stations = 0
    while still_there.sum() > NEGLIGIBLE:
        still_there = still_there @ routing
        stations += 1
    return stations


def _twin(name, network):
    classes = CLASSES[: len(network.entries)]
    entries = zip(classes, network.entries)
    door = {c: _steps({"call": f"way.from_{at}_depth_1_{c}"}) for c, (at, _) in entries}
    components = {"door": {"endpoints": door}, "way": {"endpoints": _way(network, classes)}}
    for i, station in enumerate(network.stations):
        components[f"station_{i}"] = _station(network, station, classes)
    return {"foreshadow": "twin/v1", "name": name, "components": components}


def _way(network, classes):
    deepest = depth(network)
    return {
        f"from_{i}_depth_{d}_{c}": _steps(*_leg(network, i, d, c, d < deepest))
        for i in range(len(network.stations))
        for d in range(1, deepest + 1)
        for c in classes
    }


def _leg(network, here, depth, name, goes_on):
    """Service at a station, and the way on from there."""
    serve = {"call": f"station_{here}.{name}"}
    if network.stations[here].when_full == SKIP:
        serve["optional"] = True
    row = network.routing[here]
    if not goes_on or not any(row):
        return [serve]
    onward = [
        {"weight": chance, "steps": [{"call": f"way.from_{there}_depth_{depth + 1}_{name}"}]}
        for there, chance in enumerate(row)
        if chance > 0.0
    ]
    return [serve, {"choose": [*onward, {"weight": 1.0 - sum(row), "steps": []}]}]


def _station(network, station, classes):
    work = {"work": _law(station.law)}
    if station.shared:
        return {"cpu": {"limit": station.servers}, "endpoints": {c: _steps(work) for c in classes}}
    endpoints = {c: _steps(work) for c in classes}
    queue = {}
    if station.capacity is not None:
        queue["capacity"] = station.capacity
    if network.priorities:
        queue["discipline"] = "priority"
        for priority, c in enumerate(classes, start=1):
            endpoints[c]["priority"] = priority
    return {"concurrency": station.servers, "queue": queue, "endpoints": endpoints}


def _law(law):
    if law.name == "constant":
        return _ms(law.mean_ms)
    if law.name == "exponential":
        return {"exponential": {"mean": _ms(law.mean_ms)}}
    if law.name == "uniform":
        half = law.mean_ms * math.sqrt(3.0 * law.scv)
        return {"uniform": {"min": _ms(law.mean_ms - half), "max": _ms(law.mean_ms + half)}}
    return {law.name: {"mean": _ms(law.mean_ms), "scv": law.scv}}


def _scenario(name, network, plan):
    classes = CLASSES[: len(network.entries)]
    entries = zip(classes, network.entries)
    load = {f"door.{c}": {"arrivals": {"poisson": {"rate": f"{r}/s"}}} for c, (_, r) in entries}
    limits = zip(classes, network.limits_ms)
    objectives = [{"endpoint": f"door.{c}", "p95": _ms(limit)} for c, limit in limits]
    run = {
        "warm_up": f"{plan.warm_up_s(network):.9f}s",
        "horizon": f"{plan.horizon_s(network):.9f}s",
        "drain": "10000s",
        "timeline": f"{plan.horizon_s(network):.9f}s",
        "replications": plan.replications,
        "max_replications": plan.replications,
        # With one seed, all networks would be given the same arrivals.
        "seed": plan.seed + network.index,
    }
    return {
        "foreshadow": "scenario/v1",
        "name": name,
        "twin": f"{name}.twin.yaml",
        "load": load,
        "objectives": objectives,
        "run": run,
    }


def _estimates(network, report, plan):
    def known(number):
        if number["high"] is None:
            raise RuntimeError(f"{network.name}: a measure is {number['reason']}")
        # The intervals of shares are cut at 0, but never above: they are small here.
        half_width = number["high"] - number["value"]
        error = half_width / student(0.975, plan.replications - 1)
        return Estimate(number["value"], error, plan.replications)

    found = {}
    for c, objective in zip(CLASSES, report["objectives"]):
        endpoint = report["endpoints"][f"door.{c}"]
        if endpoint["outcomes"]["in_flight"]["value"] != 0.0:
            raise RuntimeError(f"{network.name}: the run ended before its customers had left")
        found[f"{c}: {TIME}"] = known(endpoint["latency_ms"]["mean"])
        found[f"{c}: {LATE}"] = known(objective["share_over"])
    for i, station in enumerate(network.stations):
        component = report["components"][f"station_{i}"]
        if station.shared:
            found[f"{i}: {NUMBER}"] = known(component["in_system"])
        elif station.capacity != 0:
            found[f"{i}: {WAIT}"] = known(component["wait_ms"]["mean"])
        found[f"{i}: {SERVED}"] = known(component["throughput_per_s"])
        if station.capacity is not None:
            found[f"{i}: {REJECTED}"] = known(component["rejected_share"])
    return found


def _steps(*steps):
    return {"steps": list(steps)}


def _ms(time):
    return f"{time:.6f}ms"
