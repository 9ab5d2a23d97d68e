"""Optuna's CMA-ES and TPE on the problems of the tuning bench, with the same proof at the end.

python3 peers.py BENCH PROBLEM SEEDS KEPT BUDGET [BUDGET …], where BENCH is the program that `cargo bench -p
foreshadow-optimizer --bench tuning --no-run` builds. Needs optuna and cmaes from PyPI. Prints what the bench's
`run` prints, a line for each seed, budget and sampler. What a sampler looked at is kept in the directory KEPT, and
taken from there when it is there.

A candidate is run with four replications, other ones each time; what misses its limits costs more than the
dearest, by the logarithm of how much is missed. Whole numbers are integers, choices categories; the system as it
is, is tried first.
"""

import json
import math
import pathlib
import subprocess
import sys

import optuna

REPLICATIONS = 4


def search(bench, problem, seed, name, budget):
    """What a sampler looks at: points in the order of its trials."""
    server = subprocess.Popen(
        [bench, "serve", problem, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    axes = server.stdout.readline().split()
    nearest = [int(level) for level in server.stdout.readline().split(",")]
    looked_at = []

    def ask(point, begin):
        server.stdin.write(f"{','.join(map(str, point))} {begin} {REPLICATIONS}\n")
        server.stdin.flush()
        cost, *excesses = map(float, server.stdout.readline().split())
        return cost, sum(math.log1p(max(0.0, excess)) for excess in excesses)

    dearest = ask([int(axis.rstrip("c")) - 1 for axis in axes], 0)[0]

    def objective(trial):
        point = []
        for index, axis in enumerate(axes):
            levels = int(axis.rstrip("c"))
            if axis.endswith("c"):
                point.append(trial.suggest_categorical(str(index), list(range(levels))))
            else:
                point.append(trial.suggest_int(str(index), 0, levels - 1))
        begin = REPLICATIONS * (trial.number + 1)
        looked_at.append((point, begin))
        cost, missed = ask(point, begin)
        return cost if missed == 0.0 else dearest * (1.0 + missed)

    samplers = {
        "cma-es": lambda: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed),
    }
    study = optuna.create_study(sampler=samplers[name]())
    study.enqueue_trial({str(index): level for index, level in enumerate(nearest)})
    study.optimize(objective, n_trials=budget)
    server.stdin.close()
    server.wait()
    return looked_at


def kept(directory, *asked):
    """What a sampler looks at, by `search`, or as it was kept."""
    _, problem, seed, name, budget = asked
    file = pathlib.Path(directory, f"{problem}-{name}-{seed}-{budget}.json")
    if not file.exists():
        looked_at = search(*asked)
        file.with_suffix(".part").write_text(json.dumps(looked_at))
        file.with_suffix(".part").rename(file)
    return json.loads(file.read_text())


def main():
    bench, problem, seeds, directory, *budgets = sys.argv[1:]
    budgets = sorted(map(int, budgets))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name in ["cma-es", "tpe"]:
        for seed in range(1, int(seeds) + 1):
            looked_at = kept(directory, bench, problem, seed, name, budgets[-1])
            for budget in budgets:
                lines = "".join(
                    f"{','.join(map(str, point))} {begin} {REPLICATIONS}\n" for point, begin in looked_at[:budget]
                )
                word = f"{name}-{budget}"
                proof = [bench, "prove", problem, str(seed), word]
                print(subprocess.run(proof, input=lines, capture_output=True, text=True, check=True).stdout, end="")
                sys.stdout.flush()


main()
