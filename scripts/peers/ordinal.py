"""Times ordinal, logistic and multinomial regression side by side and checks what each fit reached.

For every fit the log-likelihood, or the penalised objective at every λ, is
recomputed here from the coefficients alone. Times stand beside equal objectives:
each peer is compared with our fastest setting that is at least as exact.
"""

import argparse
import pathlib
import platform
import sys
import tempfile
import typing

import numpy as np
import sklearn

import exchange
import machine
import matching
import ordinal_cases

BUDGET = 60  # CPU seconds
# Excess of the mean loss up to which objectives count as equal.
EQUAL = {"multinomial-l1": 1e-8}
EQUAL_UNPENALISED = 1e-10


class Setting(typing.NamedTuple):
    work: str
    program: str  # whose worker runs it: rust, python, or the R package
    task: str
    tolerance: float
    default: bool = True


SETTINGS = [
    Setting("logistic", "rust", "logistic", 1e-8),
    Setting("logistic", "rust", "logistic", 1e-4, False),
    Setting("logistic", "python", "logistic-lbfgs", 1e-4),
    Setting("logistic", "python", "logistic-lbfgs", 1e-8, False),
    Setting("logistic", "python", "logistic-newton-cholesky", 1e-4),
    Setting("logistic", "R", "glm", np.nan),
    Setting("multinomial", "rust", "multinomial", 1e-8),
    Setting("multinomial", "rust", "multinomial", 1e-4, False),
    Setting("multinomial", "python", "multinomial-lbfgs", 1e-4),
    Setting("multinomial", "python", "multinomial-lbfgs", 1e-8, False),
    Setting("multinomial", "python", "multinomial-newton-cholesky", 1e-4),
    Setting("multinomial", "nnet", "multinom", np.nan),
    Setting("multinomial-l1", "rust", "multinomial-l1", 1e-8),
    *(Setting("multinomial-l1", "rust", "multinomial-l1", kkt, False) for kkt in (1e-6, 1e-5, 1e-4, 3e-4, 1e-3)),
    Setting("multinomial-l1", "glmnet", "glmnet-multinomial", 1e-7),
    Setting("multinomial-l1", "glmnet", "glmnet-multinomial", 1e-10, False),
    Setting("proportional odds", "rust", "proportional-odds", 1e-8),
    Setting("proportional odds", "rust", "proportional-odds", 1e-4, False),
    Setting("proportional odds", "MASS", "polr", np.nan),
    Setting("proportional odds", "ordinal", "clm", np.nan),
]


class Line(typing.NamedTuple):
    case: str
    setting: Setting
    cpu: float
    wall: float
    objective: float  # log-likelihood, or penalised objective at the last λ
    error: float  # the largest excess of the mean loss over the least one seen
    note: str

    @property
    def own(self):
        return self.setting.program == "rust"

    @property
    def name(self):
        program, tolerance = self.setting.program, self.setting.tolerance
        prefix = {"rust": "", "R": "", "python": "scikit-learn "}.get(program, f"{program} ")
        task = self.setting.task.removeprefix(f"{self.setting.work}-") if program == "python" else self.setting.task
        return f"{'remeasure' if self.own else prefix + task}{'' if np.isnan(tolerance) else f', {tolerance:.0e}'}"


def programs(binary, folder, small, versions):
    """A way to run each setting whose program is there."""
    here = pathlib.Path(__file__).parent
    start = lambda *command: exchange.Worker(command, folder, small)
    workers = {"rust": start(binary, "--serve"), "python": start(sys.executable, here / "ordinal_python.py")}
    if versions:
        r = start("Rscript", here / "ordinal.R")
        workers |= {package: r for package in versions}
    return workers


def excess(work, objectives):
    """How far each fit is from the best one seen, at the λ where it is farthest."""
    if work != "multinomial-l1":
        least = min(objectives.values())
        return {setting: value - least for setting, value in objectives.items()}
    points = max(map(len, objectives.values()))
    padded = {s: np.pad(v, (0, points - len(v)), constant_values=np.inf) for s, v in objectives.items()}
    least = np.min(list(padded.values()), axis=0)
    return {setting: (values - least).max() for setting, values in padded.items()}


def measured(name, case, work, settings, workers, repeats):
    """A line for each setting of one kind of work."""
    run = lambda s: workers[s.program].solve(name, s.task, s.tolerance, BUDGET)
    answers = exchange.in_turn({s: lambda s=s: run(s) for s in settings}, repeats)
    objective = ordinal_cases.OBJECTIVES[work]
    objectives = {s: objective(case, found[-1].coefficients) for s, found in answers.items()}
    errors = excess(work, objectives)
    lines = []
    for s, found in answers.items():
        value = objectives[s][-1] if work == "multinomial-l1" else -len(case.y) * objectives[s]
        wall = float(np.median([answer.wall for answer in found]))
        note = found[-1].note
        if work == "multinomial-l1" and len(objectives[s]) < len(case.lambdas):
            note = f"gave up after {len(objectives[s])} λ"
        line = Line(name, s, exchange.median_cpu(found), wall, value, errors[s], note)
        print(f"{name}, {work}, {line.name}: {line.cpu:.2f} ms, {value:.9g}, excess {line.error:.1e} {note}", flush=True)
        lines.append(line)
    return lines


def beside(lines, line):
    ours = [l for l in lines if l.own and l.case == line.case and l.setting.work == line.setting.work]
    return matching.matched(ours, line)


def cells(lines, line):
    digits = 9 if line.setting.work == "multinomial-l1" else 6
    shared = (
        f"| {line.setting.work} | {line.name} | {line.cpu:.2f} | {line.wall:.2f} | {line.objective:.{digits}f} "
        f"| {line.error:.1e} |"
    )
    if line.own:
        return f"{shared} | | {line.note} |"
    ours = beside(lines, line)
    return f"{shared} {ours.cpu:.2f} ({ours.setting.tolerance:.0e}) | {ours.cpu / line.cpu:.3f} | {line.note} |"


def overview(lines):
    """For each case and work the hardest peer as called, and the hardest with an equal objective."""
    rows = []
    for case, work in dict.fromkeys((line.case, line.setting.work) for line in lines):
        here = [line for line in lines if (line.case, line.setting.work) == (case, work)]
        ours, peers = [line for line in here if line.own], [line for line in here if not line.own]
        goal = EQUAL.get(work, EQUAL_UNPENALISED)
        kinds = {
            "as called": [line for line in peers if line.setting.default],
            "equal objective": [line for line in peers if line.error <= goal],
        }
        for kind, some in kinds.items():
            if some and ours:
                mine, peer = matching.hardest(ours, some)
                rows.append((f"{work} {case}, {kind}", mine.name, mine.cpu, peer.name, peer.cpu))
    return rows


def described(repeats, versions):
    everything = {"scikit-learn": sklearn.__version__, "numpy": np.__version__} | versions
    return (
        f"{machine.described()}, {machine.named(everything)}, Python {platform.python_version()}. Milliseconds, "
        f"{exchange.turns(repeats)} (and wall time). "
        "Log-likelihoods and, for multinomial-l1, the penalised objective at the last λ are recomputed from the "
        "coefficients by one function; excess: of the mean loss over the least one seen, at the worst λ. “Ours beside”: "
        "CPU time of our fastest setting that is at least as exact. multinomial-l1: 50 λ down to a thousandth of λ_max, "
        "penalty on standardised features. R's fits are by formula at their defaults; scikit-learn's without penalty."
    )


def table(lines, case, shape):
    n, p, classes = shape
    head = "| work | program, tolerance | CPU ms | wall ms | objective | excess | ours beside | ratio | |"
    some = [cells(lines, line) for line in lines if line.case == case]
    title = f"## {case}: n = {n}, p = {p}, K = {classes}"
    return ["", title, "", head, "|---|---|---:|---:|---:|---:|---:|---:|---|", *some]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--data", type=pathlib.Path, help="a CSV file, its last column y in 1..K, instead of the cases")
    parser.add_argument("--out", type=pathlib.Path, help="folder for ordinal.md")
    parser.add_argument("--rows", type=pathlib.Path, help="file for the rows of the overview")
    arguments = parser.parse_args()
    wanted = ("R", "MASS", "ordinal", "nnet", "glmnet")
    versions = machine.r_versions(*wanted[1:])
    for package in wanted:
        if package not in versions:
            print(f"skipped: {package} of R; on Debian: r-base-core or r-cran-{package.lower()}", file=sys.stderr)
    names = [arguments.data.stem] if arguments.data else ordinal_cases.CASES
    lines, tables = [], []
    with tempfile.TemporaryDirectory() as folder:
        workers = programs(arguments.binary, folder, names[0], versions)
        for name in names:
            case = ordinal_cases.export(folder, name, arguments.data)
            some = []
            for work in ordinal_cases.OBJECTIVES:
                settings = [s for s in SETTINGS if s.work == work and s.program in workers]
                some += measured(name, case, work, settings, workers, arguments.repeats)
            lines += some
            tables += table(some, name, (*case.x.shape, int(case.extra)))
            presto = workers["rust"].solve(name, "presto", 1e-8, BUDGET)
            if presto:
                tables += ["", f"PRESTO with 5-fold cross-validation over 20 penalties: {presto.cpu:.0f} ms."]
        for worker in workers.values():
            worker.end()
    head = ["# Ordinal estimators, compared with R and scikit-learn", "", described(arguments.repeats, versions)]
    text = "\n".join([*head, *tables]) + "\n"
    print("\n" + text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "ordinal.md").write_text(text)
    machine.save_rows(arguments.rows, overview(lines))


if __name__ == "__main__":
    main()
