"""How fast numpy forms Gram matrices of tall designs on one thread: lines `kernel,level,gfma_per_second`.

`dgemm` is X'Y: n p² fused multiply-adds. `gram` is X'X, of which numpy has BLAS compute one triangle only, and
`weighted gram` X'(w X) with the scaling of the rows, of which it computes both; the operations of one triangle are
counted, n p (p + 1) / 2, so that rates of one name compare times. X is in Fortran order, as our designs are.
The bench `kernels` prints the same lines for ours; equal names are set side by side.
"""

import argparse
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy is loaded

import numpy as np
from threadpoolctl import threadpool_info

SHAPES = [(5000, 500), (20_000, 41)]
LEAST = 0.2  # seconds of a measurement


def rate(run, operations):
    """Operations in 1e9 a second of CPU time."""
    start, runs = time.process_time(), 0
    while (passed := time.process_time() - start) < LEAST:
        run()
        runs += 1
    return operations * runs / passed / 1e9


def kernels(n, p):
    """Name, what to run and its fused multiply-adds."""
    rng = np.random.default_rng(12)
    x = np.asfortranarray(rng.standard_normal((n, p)))
    y, w = x.copy(order="F"), rng.random(n)
    triangle = n * p * (p + 1) // 2
    return [
        (f"dgemm {n}x{p}", lambda: x.T @ y, n * p**2),
        (f"weighted gram {n}x{p}", lambda: x.T @ (w[:, None] * x), triangle),
        (f"gram {n}x{p}", lambda: x.T @ x, triangle),
    ]


def library():
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return f"numpy-{found[0]['internal_api']}-{found[0].get('architecture', '')}".lower() if found else "numpy"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print("kernel,level,gfma_per_second")
    for shape in SHAPES:
        some = kernels(*shape)
        rates = {name: [] for name, _, _ in some}
        for _ in range(arguments.repeats):
            for name, run, operations in some:
                rates[name].append(rate(run, operations))
        for name, found in rates.items():
            print(f"{name},{library()},{np.median(found):.2f}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
