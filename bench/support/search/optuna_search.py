"""Optuna's TPE on the problems of problems.ts, from the same start points; and whether its results differ from ours.

Reads JSON from standard input: {trials, budgets, timed, problems: [{name, space, runs: [{seed, start, best, random}]}]}, where `start` are
the configurations of the first trials, `best` and `random` our and random search's least regret at each budget. Writes JSON.
"""

import json
import math
import sys
import time
import warnings

import optuna
from scipy.stats import mannwhitneyu

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")

HEIGHTS = [1, 1.2, 3, 3.2]
WIDTHS = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
PLACES = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def branin(p):
    x, y = p
    parabola = y - 5.1 * x * x / (4 * math.pi**2) + 5 * x / math.pi - 6
    return parabola**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


def hartmann(p):
    peaks = (h * math.exp(-sum(w * (x - c) ** 2 for w, x, c in zip(ws, p, cs))) for h, ws, cs in zip(HEIGHTS, WIDTHS, PLACES))
    return 3.322368011415515 - sum(peaks)


def rosenbrock(p):
    return sum(100 * (y - x * x) ** 2 + (1 - x) ** 2 for x, y in zip(p, p[1:]))


def ackley(p):
    root = math.sqrt(sum(x * x for x in p) / len(p))
    return 20 - 20 * math.exp(-0.2 * root) + math.e - math.exp(sum(math.cos(2 * math.pi * x) for x in p) / len(p))


def rastrigin(p):
    return sum(x * x - 10 * math.cos(2 * math.pi * x) + 10 for x in p)


def levy(p):
    w = [1 + (x - 1) / 4 for x in p]
    inner = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    return math.sin(math.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def mixed(c):
    deeper = c["depth"] - 7
    return (
        (math.log(c["rate"] / 0.003) + 0.3 * deeper) ** 2 / 4
        + 0.05 * deeper**2
        + 0.5 * math.log(c["cells"] / 90) ** 2
        + 8 * (c["dropout"] - 0.35 - 0.03 * deeper) ** 2
        + 10 * (c["smoothing"] - 0.13) ** 2
        + 0.25 * ["morse", "bump", "dog", "morlet", "paul"].index(c["wavelet"])
    )


def conditional(c):
    kernels = sum(0.06 * (c[f"kernel{at}"] - best) ** 2 for at, best in ((4, 3), (5, 6), (6, 2)) if f"kernel{at}" in c)
    if c["optimiser"] == "sgd":
        short = 0.8 - c["momentum"]
        optimiser = (math.log(c["rate"] / 0.02) - 2 * short) ** 2 / 4 + 4 * short**2
    else:
        optimiser = 0.15 + math.log(c["rate"] / 0.001) ** 2 / 4 + math.log(c["epsilon"] / 1e-6) ** 2 / 40
    return [1, 0.4, 0, 0.2][c["depth"] - 3] + kernels + optimiser


MOVED = {
    "Branin": (branin, [0.61, 0.83]),
    "Hartmann-6": (hartmann, [0.11, 0.23, -0.17, 0.19, 0.07, -0.21]),
    "Rosenbrock-5": (rosenbrock, [1.37, -0.71, 0.53, -1.19, 0.89]),
    "Ackley-5": (ackley, [7.3, -11.9, 3.7, 14.1, -5.3]),
    "Rastrigin-5": (rastrigin, [1.31, -2.17, 0.73, -0.59, 2.41]),
    "Levy-5": (levy, [2.3, -3.1, 1.7, 4.9, -2.7]),
}


def regret(name, configuration):
    if name in MOVED:
        value, shift = MOVED[name]
        return value([x - s for x, s in zip(configuration.values(), shift)])
    return {"mixed": mixed, "conditional": conditional}[name](configuration)


def suggest(trial, space):
    configuration = {}
    for parameter in space:
        path = parameter["path"]
        if not all(configuration.get(name) in values for name, values in parameter.get("when", {}).items()):
            continue
        if parameter["kind"] == "choice":
            configuration[path] = trial.suggest_categorical(path, parameter["values"])
        elif parameter.get("integer"):
            configuration[path] = trial.suggest_int(path, parameter["low"], parameter["high"], log=parameter.get("log", False))
        else:
            step = parameter.get("step")
            log = parameter.get("log", False)
            configuration[path] = trial.suggest_float(path, parameter["low"], parameter["high"], step=step, log=log)
    return configuration


def new_study(seed):
    sampler = optuna.samplers.TPESampler(multivariate=True, group=True, n_startup_trials=10, seed=seed)
    return optuna.create_study(sampler=sampler)


def search(problem, run, trials):
    study = new_study(run["seed"])
    for configuration in run["start"]:
        study.enqueue_trial(configuration)
    values = []
    for _ in range(trials):
        trial = study.ask()
        values.append(regret(problem["name"], suggest(trial, problem["space"])))
        study.tell(trial, values[-1])
    return values


def milliseconds_after(problem, run, trials):
    """Of decisions behind so many trials, which are random."""
    study = new_study(run["seed"])
    study.sampler = optuna.samplers.RandomSampler(seed=run["seed"])
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, regret(problem["name"], suggest(trial, problem["space"])))
    study.sampler = new_study(run["seed"]).sampler
    taken = []
    for _ in range(31):
        begin = time.perf_counter()
        trial = study.ask()
        configuration = suggest(trial, problem["space"])
        taken.append(1000 * (time.perf_counter() - begin))
        study.tell(trial, regret(problem["name"], configuration))
    return taken


def compare(problem, given):
    searched = [search(problem, run, given["trials"]) for run in problem["runs"]]
    optunas = [[min(values[:budget]) for budget in given["budgets"]] for values in searched]
    columns = range(len(given["budgets"]))
    column = lambda rows, at: [row[at] for row in rows]
    ours = [run["best"] for run in problem["runs"]]
    random = [run["random"] for run in problem["runs"]]
    return {
        "name": problem["name"],
        "optuna": optunas,
        "milliseconds": milliseconds_after(problem, problem["runs"][0], 1000) if problem["name"] in given["timed"] else None,
        "startRegrets": [values[: len(run["start"])] for values, run in zip(searched, problem["runs"])],
        "worseThanOptuna": [mannwhitneyu(column(ours, at), column(optunas, at), alternative="greater").pvalue for at in columns],
        "betterThanRandom": [mannwhitneyu(column(ours, at), column(random, at), alternative="less").pvalue for at in columns],
    }


def main():
    given = json.load(sys.stdin)
    result = {
        "version": optuna.__version__,
        "problems": [compare(problem, given) for problem in given["problems"]],
    }
    json.dump(result, sys.stdout)


main()
