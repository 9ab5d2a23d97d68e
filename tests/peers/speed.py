"""Customers per CPU-second of SimPy and Ciw, on the networks of `sim/benches/peers.rs`.

M/M/1, M/M/4 and five M/M/2 in series, utilization 0.8. SimPy's model is a process per customer
that keeps no statistics; Ciw keeps a record of every visit, as it always does. Cases follow one
another within each round, and the median of the rounds is printed as a Markdown table.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python speed.py --customers 20000 --rounds 5
"""

import argparse
import platform
import random
import statistics
import time

import ciw
import simpy

MEAN = 0.01  # of a service [s]
UTILIZATION = 0.8
NETWORKS = {"M/M/1": (1, 1), "M/M/4": (1, 4), "5 × M/M/2": (5, 2)}  # stations, servers


def with_simpy(stations: int, servers: int, customers: int) -> int:
    """Serves `customers`; returns how many that were."""
    environment = simpy.Environment()
    draw = random.Random(1).expovariate
    resources = [simpy.Resource(environment, servers) for _ in range(stations)]
    served = 0

    def customer():
        nonlocal served
        for resource in resources:
            with resource.request() as slot:
                yield slot
                yield environment.timeout(draw(1 / MEAN))
        served += 1

    def source():
        for _ in range(customers):
            yield environment.timeout(draw(UTILIZATION * servers / MEAN))
            environment.process(customer())

    environment.process(source())
    environment.run()
    return served


def with_ciw(stations: int, servers: int, customers: int) -> int:
    """The same; those who are still under way when the last of `customers` leaves do not count."""
    ciw.seed(1)
    arrivals = [ciw.dists.Exponential(UTILIZATION * servers / MEAN)]
    network = ciw.create_network(
        arrival_distributions=arrivals + [None] * (stations - 1),
        service_distributions=[ciw.dists.Exponential(1 / MEAN)] * stations,
        number_of_servers=[servers] * stations,
        routing=[[float(to == at + 1) for to in range(stations)] for at in range(stations)],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    return customers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    peers = {f"SimPy {simpy.__version__}": with_simpy, f"Ciw {ciw.__version__}": with_ciw}
    rates = {(network, peer): [] for network in NETWORKS for peer in peers}
    for _ in range(arguments.rounds):
        for network, peer in rates:
            start = time.process_time()
            served = peers[peer](*NETWORKS[network], arguments.customers)
            rates[network, peer].append(served / (time.process_time() - start))
    print(f"Python {platform.python_version()}; {arguments.rounds} rounds", end=" ")
    print(f"of {arguments.customers} customers\n")
    print("| | customers per CPU-second |\n|---|---:|")
    for (network, peer), values in rates.items():
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"| {network}, {peer} | {middle:.0f} ({low:.0f}–{high:.0f}) |")


if __name__ == "__main__":
    main()
