"""Reference counts of SOR iterations, with fixed and with learned relaxation.

    scripts/peers/.venv/bin/python scripts/reference/relaxation.py

Writes tests/data/relaxation/totals.csv and curve.csv. Everything is written
anew from the definitions: SOR anti-diagonal by anti-diagonal; bounded least squares by SciPy's BVLS. Random numbers are
numpy's, so results are to be compared by their means and standard errors.
"""

import multiprocessing
import pathlib
import platform

import numpy as np
import scipy
from scipy.optimize import lsq_linear

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "relaxation"
SIDE = 10
UNKNOWNS = SIDE * SIDE
TOLERANCE = 1e-8
STEPS = 5000
SEQUENCES = 6
BLOCK = 200
GRID = 1.0 + 0.05 * np.arange(20)
SHAPES = {"high": (0.5, 1.5), "low": (2.0, 6.0)}
CURVE = {"omega-1": 1.0, "optimal": None, "omega-1.9": 1.9}


def right_sides(rng, count):
    """Standard normal vectors, drawn again until the norm is at most √n."""
    kept = np.empty((0, UNKNOWNS))
    while len(kept) < count:
        drawn = rng.standard_normal((2 * count, UNKNOWNS))
        kept = np.vstack([kept, drawn[(drawn**2).sum(1) <= UNKNOWNS]])
    return kept[:count]


def optimal(offsets):
    """Young's ω* for the Laplacian plus c I."""
    beta = 4.0 * np.cos(np.pi / (SIDE + 1)) / (4.0 + offsets)
    return 1.0 + (beta / (1.0 + np.sqrt(1.0 - beta**2))) ** 2


def counts(offsets, right, omegas):
    """Iterations of x += (D/ω + L)⁻¹ (b − A x) from 0 until ‖b − A x‖ < ε ‖b‖, system by system."""
    omegas = np.broadcast_to(omegas, offsets.shape)
    # Blocks that fit into a cache, of systems that take about as long.
    order = np.lexsort((offsets, omegas))
    made = np.empty(len(offsets), dtype=int)
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        made[block] = count_block(offsets[block], right[block], omegas[block])
    return made


def by_diagonals(values):
    """SIDE × SIDE × any, as anti-diagonal, row, any, with a margin of zeros."""
    out = np.zeros((2 * SIDE + 1, SIDE + 2, values.shape[-1]))
    for i in range(SIDE):
        for j in range(SIDE):
            out[i + j + 1, i + 1] = values[i, j]
    return out


def count_block(offsets, right, omega):
    system = np.arange(len(offsets))
    made = np.zeros(len(offsets), dtype=int)
    b = by_diagonals(right.T.reshape(SIDE, SIDE, -1))
    inside = by_diagonals(np.ones((SIDE, SIDE, 1)))[1:-1, 1:-1]
    x = np.zeros_like(b)
    diagonal = 4.0 + offsets
    goal = TOLERANCE**2 * (right**2).sum(1)
    lines = [(s + 1, max(0, s - SIDE + 1) + 1, min(s, SIDE - 1) + 2) for s in range(2 * SIDE - 1)]
    while len(system):
        step, kept = omega / diagonal, 1.0 - omega
        # All points of an anti-diagonal depend on the one before, which is new, and the one after, which is old.
        for s, low, high in lines:
            update = x[s - 1, low - 1 : high - 1] + x[s - 1, low:high]
            update += x[s + 1, low:high]
            update += x[s + 1, low + 1 : high + 1]
            update += b[s, low:high]
            update *= step
            x[s, low:high] *= kept
            x[s, low:high] += update
        made[system] += 1
        residual = x[:-2, :-2] + x[:-2, 1:-1]
        residual += x[2:, 1:-1]
        residual += x[2:, 2:]
        residual -= diagonal * x[1:-1, 1:-1]
        residual += b[1:-1, 1:-1]
        residual *= inside
        on = np.einsum("sil,sil->l", residual, residual) >= goal
        if not on.all():
            system, diagonal, omega, goal = system[on], diagonal[on], omega[on], goal[on]
            x, b = x[:, :, on], b[:, :, on]
    return made


def chebcb(offsets, table, rng, interval=(-0.15, 0.65), degree=5):
    """Total loss of ChebCB; constants as described in src/relaxation/bandits/chebyshev.rs."""
    size = degree + 1
    arms = table.shape[1]
    unit = 2.0 + 4.0 * (1.0 + np.log(size))
    alpha = (np.pi + 2.0 / np.pi * np.log(2.0 * size + 1.0)) / (2.0 * unit * (size + 1.0))
    rows = [np.empty((0, size)) for _ in range(arms)]
    losses = [np.empty(0) for _ in range(arms)]
    theta = np.zeros((arms, size))
    largest, eta, total = 0.0, 0.0, 0.0
    sums = np.zeros(3)

    def refit(arm):
        """A least-squares fit within bounds, and its squared error if a bound matters."""
        bounds = largest * np.array([1.0] + [2.0 / j for j in range(1, size)])
        matrix, target = rows[arm], losses[arm] - 1.0
        free = np.linalg.lstsq(matrix, target, rcond=None)[0]
        if (np.abs(free) <= bounds).all():
            theta[arm] = free
            return None
        if len(matrix) > size:
            # The same problem with as many rows as coefficients.
            q, r = np.linalg.qr(matrix)
            theta[arm] = lsq_linear(r, q.T @ target, (-bounds, bounds), method="bvls").x
        else:
            theta[arm] = lsq_linear(matrix, target, (-bounds, bounds), method="bvls").x
        return ((matrix @ theta[arm] - target) ** 2).sum()

    for t, offset in enumerate(offsets, 1):
        place = 2.0 * (offset - interval[0]) / (interval[1] - interval[0]) - 1.0
        features = np.cos(np.arange(size) * np.arccos(place))
        scale = max(largest * unit, 1e-300)
        values = theta @ features / scale
        best = values.argmin()
        p = 1.0 / (arms + eta * (values - values[best]))
        p[best] = 0.0
        p[best] = 1.0 - p.sum()
        arm = rng.choice(arms, p=p)
        loss = float(table[t - 1, arm])
        total += loss
        rows[arm] = np.vstack([rows[arm], features])
        losses[arm] = np.append(losses[arm], loss)
        sums += [values[arm] ** 2, values[arm] * loss, loss**2]
        explained = None
        if loss > largest:
            largest = loss
            for other in range(arms):
                if len(losses[other]):
                    error = refit(other)
                    explained = error if error is not None else explained
        else:
            explained = refit(arm)
        scale = largest * unit
        errors = sums[0] - 2.0 * sums[1] / scale + sums[2] / scale**2
        surplus = max(errors - (explained or 0.0) / scale**2, 0.0) + 2.0 * alpha**2 * t
        eta = 2.0 * t * np.sqrt(arms * t / surplus)
    return total


def sequence(task):
    variance, seed = task
    rng = np.random.default_rng([20231003, seed, len(variance)])
    offsets = -0.15 + 0.6 * rng.beta(*SHAPES[variance], STEPS)
    right = right_sides(rng, STEPS)
    table = np.stack([counts(offsets, right, omega) for omega in GRID], axis=1)
    totals = table.sum(0)
    return {
        "omega-1": totals[0],
        "omega-1.6": totals[12],
        "omega-1.8": totals[16],
        "best-fixed": totals.min(),
        "chebcb": chebcb(offsets, table, rng),
        "optimal": counts(offsets, right, optimal(offsets)).sum(),
    }


def write(name, header, rows):
    with open(OUT / name, "w") as file:
        file.write(header + "\n")
        file.writelines(",".join(map(str, row)) + "\n" for row in rows)


def summary(values):
    values = np.asarray(values, dtype=float)
    return f"{values.mean():.6g}", f"{values.std(ddof=1) / np.sqrt(len(values)):.3g}"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    tasks = [(variance, seed) for variance in SHAPES for seed in range(SEQUENCES)]
    with multiprocessing.Pool() as pool:
        results = pool.map(sequence, tasks, chunksize=1)
    rows = []
    for variance in SHAPES:
        own = [r for (v, _), r in zip(tasks, results) if v == variance]
        rows += [(variance, policy, *summary([r[policy] for r in own])) for policy in own[0]]
    write("totals.csv", "variance,policy,mean,error", rows)

    rng = np.random.default_rng(20231004)
    none = np.zeros(20_000)
    right = right_sides(rng, len(none))
    rows = []
    for policy, omega in CURVE.items():
        made = counts(none, right, optimal(none) if omega is None else omega)
        rows.append((policy, *summary(made)))
    write("curve.csv", "policy,mean,error", rows)
    print(f"numpy {np.__version__}, scipy {scipy.__version__}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
