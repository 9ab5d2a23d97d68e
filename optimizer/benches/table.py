"""The table of docs/tuning.md, from what the tuning bench and `peers.py` print.

python3 table.py BENCH REPLICATIONS OTHERS CHECKED FILE [FILE …]: FILEs hold lines of `run` and of peers.py; each
distinct point that `run` answered is run with so many fresh replications, those that only others answered with OTHERS,
and what they show is kept in the file CHECKED.

Regret is what a chosen point costs over the cheapest of all that were shown to hold, of all methods; what was not
answered, or does not hold after all, has an infinite one. A `holds` is false where the mean of any constraint over the
fresh replications is over its limit.
"""

import math
import pathlib
import statistics
import subprocess
import sys

OURS = "foreshadow"


def answers(files):
    """(problem, method, budget) → by seed, the point that was said to hold, or none."""
    found = {}
    for file in files:
        for line in pathlib.Path(file).read_text().splitlines():
            problem, word, seed, answer, *rest = line.split()
            method, _, budget = word.rpartition("-")
            key = (problem, method or OURS, int(budget))
            found.setdefault(key, {})[int(seed)] = rest[1] if answer == "holds" else None
    return found


def checked(bench, file, wanted):
    """(problem, point) → its cost, and by how much of its limit the worst mean is over it; `wanted` says how often
    each is run."""
    path = pathlib.Path(file)
    path.touch()
    known = {}
    enough = set()
    for line in path.read_text().splitlines():
        problem, point, cost, excess, replications = line.split()
        known[problem, point] = (float(cost), float(excess))
        if int(replications) >= wanted.get((problem, point), 0):
            enough.add((problem, point))
    for problem, point in sorted(wanted.keys() - enough):
        replications = wanted[problem, point]
        asked = [bench, "check", problem, str(replications)]
        line = subprocess.run(asked, input=point + "\n", capture_output=True, text=True, check=True).stdout
        with path.open("a") as out:
            out.write(f"{line.strip()} {replications}\n")
        _, _, cost, excess = line.split()
        known[problem, point] = (float(cost), float(excess))
    return known


def upper(wrong, of):
    """The upper 95 % bound of a share (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934)."""
    below = lambda p: sum(math.comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(wrong + 1))
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) > 0.05 else (low, middle)
    return high


def main():
    bench, replications, others, file, *files = sys.argv[1:]
    found = answers(files)
    wanted = {}
    for (problem, method, _), seeds in found.items():
        for point in filter(None, seeds.values()):
            least = int(replications if method == OURS else others)
            wanted[problem, point] = max(least, wanted.get((problem, point), 0))
    known = checked(bench, file, wanted)
    best = {}
    for (problem, _), (cost, excess) in known.items():
        if excess <= 0.0:
            best[problem] = min(best.get(problem, math.inf), cost)
    methods = [OURS, "cma-es", "tpe"]
    budgets = sorted({key[2] for key in found})
    columns = [(method, budget) for budget in budgets for method in methods]
    knobs = {problem: point.count(",") + 1 for problem, point in known}
    print("| problem | knobs | best | " + " | ".join(f"{method}, {budget}" for method, budget in columns) + " |")
    print("|---" * (len(columns) + 3) + "|")
    pooled = {column: [0, 0, 0] for column in columns}
    for problem in sorted(best, key=lambda problem: (knobs[problem], problem)):
        cells = []
        for column in columns:
            seeds = found.get((problem, *column), {})
            held = [point for point in seeds.values() if point]
            wrong = sum(known[problem, point][1] > 0.0 for point in held)
            regrets = [
                known[problem, point][0] / best[problem] - 1.0 if point and known[problem, point][1] <= 0.0 else math.inf
                for point in seeds.values()
            ]
            middle = statistics.median(regrets) if regrets else math.nan
            cells.append(f"{100 * middle:.1f} % · {len(held)}" + (f", {wrong} false" if wrong else ""))
            for at, more in enumerate([len(seeds), len(held), wrong]):
                pooled[column][at] += more
        print(f"| {problem} | {knobs[problem]} | {best[problem]:g} | " + " | ".join(cells) + " |")
    print("\nof all seeds:")
    for column, (seeds, held, wrong) in pooled.items():
        if held:
            share, bound = 100 * wrong / held, 100 * upper(wrong, held)
            print(f"{column[0]}, {column[1]}: {held}/{seeds} hold, {wrong} false: {share:.1f} % (at most {bound:.1f} %)")


main()
