"""Times a fit of DAGMA by its authors' package and by remeasure, with the same settings on the same data."""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import tempfile
import time

os.environ["TQDM_DISABLE"] = "1"  # progress bars are not part of a fit

import numpy as np
import scipy
from dagma.linear import DagmaLinear
from machine import described

ROWS, EDGES_PER_NODE = 1000, 4
SETTINGS = {
    "lambda1": 0.05,
    "w_threshold": 0.3,
    "T": 4,
    "mu_init": 1.0,
    "mu_factor": 0.1,
    "warm_iter": 20_000,
    "max_iter": 70_000,
    "lr": 3e-4,
    "checkpoint": 1000,
}


def draw(d, seed):
    """Rows of an Erdős–Rényi model as in the config `colide`."""
    rng = np.random.default_rng(seed)
    weights = np.triu(rng.random((d, d)) < 2 * EDGES_PER_NODE / (d - 1), 1).astype(float)
    weights *= rng.uniform(0.25, 1, (d, d)) * rng.choice([-1, 1], (d, d))
    noise = rng.normal(size=(ROWS, d)) * np.sqrt(rng.uniform(0.5, 10, d))
    data = noise @ np.linalg.inv(np.eye(d) - weights)
    return data[:, rng.permutation(d)]


def package(data):
    """CPU milliseconds and weights after the threshold."""
    model = DagmaLinear(loss_type="l2")
    start = time.process_time()
    weights = model.fit(data.copy(), s=[1.0, 0.9, 0.8, 0.7], **SETTINGS)
    return 1e3 * (time.process_time() - start), weights


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--nodes", type=int, nargs="+", default=[20, 50, 100])
    given = parser.parse_args()
    rows = []
    for d in given.nodes:
        data = draw(d, d)
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            names = ",".join(f"x{j}" for j in range(d))
            np.savetxt(file.name, data, delimiter=",", header=names, comments="", fmt="%.17g")
            repeats = given.repeats if d < 100 else 1
            arguments = [given.binary, "--data", file.name, "--repeats", str(repeats)]
            answer = subprocess.run(arguments, check=True, capture_output=True, text=True)
        ours = json.loads(answer.stdout)
        fits = [package(data) for _ in range(repeats)]
        theirs, weights = min(ms for ms, _ in fits), fits[0][1]
        off = np.max(np.abs(np.array(ours["dagma"]["weights"]).reshape(d, d) - weights))
        cells = [str(d), f"{theirs:.0f}", f"{ours['dagma']['ms']:.0f}", f"**{ours['dagma']['ms'] / theirs:.2f}**"]
        cells += [str(ours["dagma"]["steps"]), f"{off:.0e}"]
        cells += [f"{ours[name]['ms']:.0f} ({ours[name]['steps']})" for name in ("colide-ev", "colide-nv")]
        rows.append(cells)
        print(" | ".join(cells), flush=True)
    heads = ["d", "dagma, ms", "remeasure, ms", "ratio", "our steps", "largest difference of a weight"]
    heads += ["CoLiDE-EV, ms (steps)", "CoLiDE-NV, ms (steps)"]
    text = f"""# DAGMA compared with its authors' package

{described()}; dagma {importlib.metadata.version("dagma")}, numpy {np.__version__}, scipy {scipy.__version__}, Python \
{platform.python_version()}. {ROWS} rows, {EDGES_PER_NODE} edges for each node, weights of size .25 to 1, Gaussian noise \
of variances .5 to 10; the same data and the settings of CoLiDE's code on both sides. CPU milliseconds of a fit on one \
thread, the least of {given.repeats} (one for d ≥ 100). Weights are compared after the threshold of .3; one at it may \
fall on either side.

| {" | ".join(heads)} |
|{"---:|" * len(heads)}
"""
    text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    (given.out / "graphs.md").write_text(text)


if __name__ == "__main__":
    main()
