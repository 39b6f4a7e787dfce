"""Writes all.md: one row for each case of all comparisons, ours beside the fastest peer."""

import argparse
import csv
import importlib.metadata
import pathlib
import subprocess
import tomllib

import machine

HERE = pathlib.Path(__file__).parent
PACKAGES = ("numpy", "scipy", "scikit-learn", "celer", "skglm", "numba")
R_PACKAGES = ("glmnet", "MASS", "ordinal", "nnet", "metafor")


def elsewhere(folder, *packages):
    """Versions of packages from an environment of their own; nothing without it."""
    program = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    try:
        python = HERE / folder / "bin" / "python"
        found = subprocess.run([python, "-c", program, *packages], capture_output=True, text=True).stdout.split()
    except OSError:
        found = []
    return dict(zip(packages, found))


def linfa():
    lock = tomllib.loads((HERE / "../../Cargo.lock").read_text())
    return {one["name"]: one["version"] for one in lock["package"] if one["name"] == "linfa"}


def versions():
    python = {name: importlib.metadata.version(name) for name in PACKAGES}
    python |= elsewhere(".venv-unfolding", "torch") | elsewhere(".venv-causal", "statsmodels", "linearmodels")
    return python | linfa() | machine.r_versions(*R_PACKAGES)


def ours_and_numpy(rows):
    """Pairs of kernels of one name: at our best level, and numpy's."""
    best = machine.levels()[0]
    ours = {name: rate for name, level, rate in rows if level.lower() == best}
    for name, level, rate in rows:
        if level.startswith("numpy") and name in ours:
            yield name, f"remeasure, {best}", float(ours[name]), level, float(rate)


def kernels(path):
    rows = [line.split(",") for line in path.read_text().splitlines()] if path.exists() else []
    rows = [row for row in rows if len(row) == 3 and row[2] != "gfma_per_second"]
    lines = []
    if rows:
        lines += ["", "## Kernels", "", "Billions of fused multiply-adds a second, one thread; ratio: of times.", ""]
        lines += ["| kernel | level | GFMA/s |", "|---|---|---:|"]
        lines += [f"| {name} | {level} | {float(rate):.1f} |" for name, level, rate in rows]
    pairs = list(ours_and_numpy(rows))
    if pairs:
        lines += ["", "| kernel | ours | GFMA/s | peer | GFMA/s | ratio |", "|---|---|---:|---|---:|---:|"]
        lines += [f"| {name} | {a} | {x:.1f} | {b} | {y:.1f} | {y / x:.2f} |" for name, a, x, b, y in pairs]
    return lines


def comparisons(folder, names):
    lines = ["| work | ours | ms | fastest peer | ms | ratio |", "|---|---|---:|---|---:|---:|"]
    for name in names:
        path = folder / f"{name}.csv"
        if not path.exists():
            lines.append(f"| {name}: not run | | | | | |")
            continue
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                ours, peer = float(row["ours_ms"]), float(row["peer_ms"])
                cells = row["work"], row["ours"], f"{ours:.2f}", row["peer"], f"{peer:.2f}", f"**{ours / peer:.2f}**"
                lines.append("| " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=pathlib.Path, required=True, help="folder with the rows of the comparisons")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for all.md")
    parser.add_argument("--quick", action="store_true", help="say that there were few repeats")
    parser.add_argument("names", nargs="*", help="the comparisons")
    arguments = parser.parse_args()
    quick = " A quick run of few repeats: expect noise of tens of percent." if arguments.quick else ""
    text = (
        f"{machine.described()}; vector instructions of ours: {machine.levels()[0]}; {machine.named(versions())}. CPU "
        f"milliseconds of one thread, medians of competitors in turn; ratio: ours / peer.{quick} Where accuracy differs, "
        "each peer is set beside our fastest setting that is at least as exact, and the row shows the peer that compares "
        "worst for us: “as called” among defaults, otherwise among those that are as exact as the row says. Every "
        "setting, with what it reached, is in the other files of this folder."
    )
    lines = ["# Ours beside the fastest peer", "", text, "", *comparisons(arguments.rows, arguments.names)]
    lines += kernels(arguments.rows / "kernels.csv")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "all.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
