"""Times a step of binary sparse coding and dictionary learning with an l1 penalty, compared with ProSper and scikit-learn.

Step: 1,000 data of the bars test (5 x 5 pixels, height 10, probability .2, noise 2), 10 atoms near the bars, 8 candidates,
states of at most 5 causes, temperature 1, full cut of the data. The new parameters of both are compared.

Dictionary: 256 atoms of 3,000 patches of src/coding/data, whitened, at the weight 1.2. The objective is the mean of
1/2 |y - Wa|^2 + 1.2 |a|_1 with atoms of norm at most 1 and exact codes (LARS) for every dictionary. scikit-learn runs as
called, with coordinate descent; ours in as many rounds as it takes to be no worse.
"""

import argparse
import gzip
import io
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version

import numpy as np
from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHT, UNITS = 1.2, 256
ROUNDS = [60, 80, 100, 120, 160, 240]
STEP = {"d": 25, "n": 1000, "h": 10, "candidates": 8, "causes": 5, "prior": 0.2, "sigma": 2.0}


def call(binary, work, **keys):
    words = [word for key, value in keys.items() for word in (f"--{key}", str(value))]
    return json.loads(subprocess.run([binary, work, *words], check=True, capture_output=True, text=True).stdout)


def bars(rng):
    """Data (n x d) and atoms (h x d) near the bars."""
    size = 5
    grid = np.arange(size * size).reshape(size, size)
    atoms = np.zeros((2 * size, size * size))
    for i in range(size):
        atoms[i, grid[i]] = atoms[size + i, grid[:, i]] = 10
    causes = rng.random((STEP["n"], STEP["h"])) < STEP["prior"]
    y = causes @ atoms + STEP["sigma"] * rng.normal(size=(STEP["n"], STEP["d"]))
    return y, atoms + rng.random(atoms.shape)


def prosper_step(folder, y, start, repeats):
    """Least CPU milliseconds of a step of ProSper, and what it gives."""
    sys.path.insert(0, str(folder))
    np.int = int  # the name that numpy had for it
    from prosper.em.camodels.bsc_et import BSC_ET

    class Anneal(dict):
        crit_params = []

        def as_dict(self):
            return self

    anneal = Anneal(T=1.0, Ncut_factor=1.0, anneal_prior=False, data_noise=0.0, partial=0.0,
                    W_noise=0.0, pi_noise=0.0, sigma_noise=0.0)
    model = BSC_ET(STEP["d"], STEP["h"], STEP["candidates"], STEP["causes"])
    least = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(repeats):
            begun = time.process_time()
            found = model.step(anneal, {"W": start.T.copy(), "pi": STEP["prior"], "sigma": STEP["sigma"]}, {"y": y})
            least = min(least, 1e3 * (time.process_time() - begun))
    return least, found


def patches():
    """3,000 whitened patches (n x 64) of mean square 1."""
    with gzip.open(ROOT / "src/coding/data/natural.npy.gz") as file:
        rows = np.load(io.BytesIO(file.read())).astype(float)
    images, y = rows[:, 0], rows[:, 1:]
    for image in np.unique(images):
        of = images == image
        y[of] = (y[of] - y[of].mean()) / y[of].std()
    y = y[np.random.default_rng(1).choice(len(y), 3000, replace=False)]
    y -= y.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(y.T @ y / len(y))
    y = y @ (vectors / np.sqrt(np.maximum(values, 0) + 0.01 * values.mean())) @ vectors.T
    return y / np.sqrt((y**2).mean())


def objective(y, atoms):
    codes = sparse_encode(y, atoms, algorithm="lasso_lars", alpha=WEIGHT, max_iter=2000)
    return (0.5 * ((y - codes @ atoms) ** 2).sum() + WEIGHT * np.abs(codes).sum()) / len(y)


def steps(arguments, work):
    rng = np.random.default_rng(2)
    y, start = bars(rng)
    y.tofile(work / "y")
    start.tofile(work / "w")
    keys = {**STEP, "y": work / "y", "w": work / "w", "repeats": 20 * arguments.repeats}
    ours = call(arguments.binary, "step", **keys)
    line = f"A step of binary sparse coding: {ours['ms']:.2f} ms"
    if arguments.prosper is None:
        return line + "; ProSper was not given."
    ms, found = prosper_step(arguments.prosper, y, start, arguments.repeats)
    w = np.array(ours["w"]).reshape(start.shape)
    off = max(np.abs(w - found["W"].T).max(), abs(ours["prior"] - found["pi"]), abs(ours["sigma"] - found["sigma"]))
    return f"{line}; ProSper {ms:.0f} ms, {ms / ours['ms']:.0f} times as long; the new parameters differ by at most {off:.0e}."


def learning(arguments, work):
    y = patches()
    y.tofile(work / "y")
    rows = []
    # Its default, LARS, takes seven to eight times as long here.
    for name, keys in [("as called", {}), ("10 epochs", {"max_iter": 10, "max_no_improvement": None, "tol": 0.0})]:
        model = MiniBatchDictionaryLearning(UNITS, alpha=WEIGHT, fit_algorithm="cd", random_state=0, **keys)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            begun = time.process_time()
            model.fit(y)
            ms = 1e3 * (time.process_time() - begun)
        rows.append((f"{name}, coordinate descent", ms, objective(y, model.components_)))
        print(rows[-1], flush=True)
    keys = {"y": work / "y", "d": 64, "n": len(y), "units": UNITS, "lambda": WEIGHT, "repeats": 1}
    times = call(arguments.binary, "learn", **keys, rounds=",".join(map(str, ROUNDS)), out=work / "atoms")["ms"]
    atoms = np.fromfile(work / "atoms").reshape(len(ROUNDS), UNITS, 64)
    ours = [(rounds, ms, objective(y, w)) for rounds, ms, w in zip(ROUNDS, times, atoms)]
    for row in ours:
        print(row, flush=True)
    lines = ["| scikit-learn | its CPU ms | objective | ours, rounds | CPU ms | objective | ratio |", "|---|---:|---:|---:|---:|---:|---:|"]
    for name, ms, value in rows:
        enough = [row for row in ours if row[2] <= value]
        if enough:
            rounds, own, reached = enough[0]
            lines.append(f"| {name} | {ms:.0f} | {value:.4f} | {rounds} | {own:.0f} | {reached:.4f} | {own / ms:.2f} |")
        else:
            lines.append(f"| {name} | {ms:.0f} | {value:.4f} | not reached in {ROUNDS[-1]} | {times[-1]:.0f} | {ours[-1][2]:.4f} | |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--prosper", type=pathlib.Path, default=None, help="folder of a clone")
    parser.add_argument("--out", type=pathlib.Path, default=None, help="folder for coding.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        step = steps(arguments, pathlib.Path(folder))
        print(step, flush=True)
        table = learning(arguments, pathlib.Path(folder))
    versions = {name: version(name) for name in ("scikit-learn", "numpy")}
    text = [f"{machine.described()}, {machine.named(versions)}, Python {platform.python_version()}. CPU time of one thread.", "",
            step, "", "Dictionaries of 256 atoms from 3,000 patches of 64 numbers, ℓ1 at 1.2; ours in the least number of rounds, "
            f"of {', '.join(map(str, ROUNDS))}, that is no worse.", "", *table]
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "coding.md").write_text("\n".join(text) + "\n")
    print("\n" + "\n".join(text))


if __name__ == "__main__":
    main()
