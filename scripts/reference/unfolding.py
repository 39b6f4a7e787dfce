"""States, losses and gradients of small unfolded networks by PyTorch's autograd, in float64.

    scripts/peers/.venv-unfolding/bin/python scripts/reference/unfolding.py

Writes tests/data/unfolding/ and prints, for each network and loss, the largest
difference between autograd and the backward pass written out by hand in
`unfolding_by_hand.py`. Nothing is drawn at random: every number follows from
cosines of its indices. Numbers are printed so that they read back to the same bits.
"""

import pathlib
import platform

import numpy as np
import torch

import unfolding_by_hand

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "unfolding"
SIGNALS, LAYERS = 5, 4
PERCENT, PERCENT_MAX = 10, 30
# No pre-activation comes closer to its threshold, no two entries between which
# support selection decides come closer to each other.
MARGIN = 5e-4


class Problem:
    """A (M x N), the signals x* (B x N, one all zero), the responses y (B x M)."""

    def __init__(self, name, n, m, penalty, phase):
        self.name, self.n, self.m, self.penalty = name, n, m, penalty
        row, column = np.arange(m)[:, None], np.arange(n)[None, :]
        self.a = np.cos(phase + 1.3 * row + 2.1 * column + 0.7 * row * column) * np.sqrt(2.0 / m)
        signal, entry = np.arange(SIGNALS)[:, None], np.arange(n)[None, :]
        size = 1.6 * np.cos(phase + 2.3 * signal + 1.9 * entry + 0.4 * signal * entry)
        self.x = np.where((3 * entry + signal) % 4 == 0, size, 0.0)
        self.x[SIGNALS - 1] = 0.0
        noise = 0.05 * np.cos(1.0 + 1.7 * signal + 2.9 * np.arange(m)[None, :])
        self.y = self.x @ self.a.T + noise
        self.smoothness = np.linalg.norm(self.a, 2) ** 2
        # The columns w with w'a = 1 of least w'AA'w: proportional to (AA')^+ a.
        raw = np.linalg.pinv(self.a @ self.a.T, hermitian=True) @ self.a
        self.analytic = raw / (raw * self.a).sum(axis=0)


def wave(shape, size, phase):
    """size * cos of an increasing argument, in row-major order."""
    return size * np.cos(phase + 1.1 * np.arange(np.prod(shape))).reshape(shape)


def parameters(network, p):
    """The point at which a network is evaluated: near its usual start, layers distinct."""
    layer = np.arange(LAYERS)
    step = (0.85 + 0.2 * layer) / p.smoothness
    threshold = p.penalty / p.smoothness * (1.3 - 0.15 * layer)
    if network in ("ista", "iht"):
        return {"log_step": np.log(step)}
    if network in ("ista-free", "iht-free"):
        free = np.sqrt(2 * threshold / p.smoothness) if network == "iht-free" else threshold
        return {"log_step": np.log(step), "log_threshold": np.log(free)}
    start = p.a / p.smoothness
    if network == "lista":
        first = np.stack([start.T + wave((p.n, p.m), 0.04, t) for t in layer])
        second = np.stack([np.eye(p.n) - start.T @ p.a + wave((p.n, p.n), 0.03, 2 + t) for t in layer])
        return {"w1": first, "w2": second, "threshold": threshold}
    if network in ("lista-cp", "lista-cp-ss"):
        return {"w": np.stack([start + wave((p.m, p.n), 0.04, 3 + t) for t in layer]), "threshold": threshold}
    if network == "lista-cp-tied":
        return {"w": start + wave((p.m, p.n), 0.04, 3), "threshold": threshold}
    if network in ("alista", "alista-ss"):
        gain = np.linalg.norm(p.analytic.T @ p.a, 2)
        return {"step": (0.9 + 0.1 * layer) / gain, "threshold": threshold}
    raise ValueError(network)


NETWORKS = (
    *("ista", "ista-free", "iht", "iht-free", "lista"),
    *("lista-cp", "lista-cp-tied", "lista-cp-ss", "alista", "alista-ss"),
)


def selected(u, threshold, layer):
    """The largest entries of each signal, as far as they exceed the threshold; layers from 1."""
    count = min(PERCENT * layer, PERCENT_MAX) * u.shape[1] // 100
    mask = torch.zeros_like(u, dtype=torch.bool)
    if count:
        order = u.abs().sort(dim=1, descending=True)
        mask.scatter_(1, order.indices[:, :count], True)
        # Which entries are selected must not hang on rounding, unless all those in question are zeroed.
        last, following = order.values[:, count - 1], order.values[:, count]
        assert ((last - following > MARGIN) | (last < threshold)).all()
    return mask & (u.abs() > threshold)


def forward(network, p, w):
    """The states x_1 .. x_T, each B x N."""
    a, y = torch.from_numpy(p.a), torch.from_numpy(p.y)
    analytic = torch.from_numpy(p.analytic)
    x, states = torch.zeros(SIGNALS, p.n, dtype=torch.float64), []
    for t in range(LAYERS):
        residual = y - x @ a.T
        if network.startswith(("ista", "iht")):
            step = w["log_step"][t].exp()
            u = x + step * (residual @ a)
            if "log_threshold" in w:
                threshold = w["log_threshold"][t].exp()
            else:
                threshold = p.penalty * step if network == "ista" else (2 * p.penalty * step).sqrt()
        else:
            threshold = w["threshold"][t]
            if network == "lista":
                u = y @ w["w1"][t].T + x @ w["w2"][t].T
            elif network.startswith("lista-cp"):
                u = x + residual @ (w["w"] if network == "lista-cp-tied" else w["w"][t])
            else:
                u = x + w["step"][t] * (residual @ analytic)
        assert ((u.abs() - threshold).abs() > MARGIN).all(), f"{p.name} {network} layer {t + 1}"
        if network.startswith("iht"):
            x = torch.where(u.abs() > threshold, u, 0.0)
        else:
            x = u.sign() * (u.abs() - threshold).clamp(min=0.0)
            if network.endswith("-ss"):
                x = torch.where(selected(u.detach(), threshold.detach(), t + 1), u, x)
        states.append(x)
    return states


def loss(kind, network, p, x):
    """The mean squared error over all entries, or the mean objective over the signals."""
    if kind == "supervised":
        return ((x - torch.from_numpy(p.x)) ** 2).mean()
    fit = ((torch.from_numpy(p.y) - x @ torch.from_numpy(p.a).T) ** 2).sum() / 2
    norm = (x != 0).double().sum() if network.startswith("iht") else x.abs().sum()
    return (fit + p.penalty * norm) / SIGNALS


def cells(name, array):
    """(name, indices ..., value) with three indices, empty where the array has fewer axes."""
    array = np.asarray(array, dtype=float)
    for index in np.ndindex(array.shape):
        yield name, *index, *[""] * (3 - array.ndim), float(array[index]) + 0.0  # no negative zeros


def write(path, header, rows):
    lines = [header] + [",".join(repr(v) if isinstance(v, float) else str(v) for v in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def tabulate(p):
    quantities = {"penalty": p.penalty, "smoothness": p.smoothness}
    quantities |= {"a": p.a, "signal": p.x, "response": p.y, "analytic": p.analytic}
    problem = [(n, *rest[:2], rest[3]) for name, array in quantities.items() for n, *rest in cells(name, array)]
    write(OUT / f"{p.name}.problem.csv", "quantity,row,column,value", problem)
    states, losses, gradients = [], [], []
    for network in NETWORKS:
        point = parameters(network, p)
        columns = {}
        for kind in ("supervised", "unsupervised"):
            w = {name: torch.tensor(v, requires_grad=True) for name, v in point.items()}
            path = forward(network, p, w)
            value = loss(kind, network, p, path[-1])
            value.backward()
            columns[kind] = {n: np.zeros(v.shape) if v.grad is None else v.grad.numpy() for n, v in w.items()}
            losses.append((network, kind, value.item()))
            written = unfolding_by_hand.loss(network, kind, p, path[-1].detach().numpy())
            assert abs(written - value.item()) < 1e-15, (network, kind)
            by_hand = unfolding_by_hand.gradient(network, kind, p, point, [x.detach().numpy() for x in path])
            largest = {n: max(np.abs(g).max(), 1e-3) for n, g in columns[kind].items()}
            apart = max(np.abs(by_hand[n] - g).max() / largest[n] for n, g in columns[kind].items())
            active = torch.stack(path).ne(0).double().mean().item()
            print(f"{p.name:5} {network:14} {kind:12} loss {value.item():.6f}  active {active:.2f}  by hand {apart:.1e}")
            assert apart < 1e-14
        states += [(network, t + 1, b, i, v) for _, t, b, i, v in cells("", torch.stack(path).detach().numpy())]
        for name, array in point.items():
            layered = name if network != "lista-cp-tied" or name != "w" else None
            for (n, *index, v), s, u in zip(
                cells(name, array), columns["supervised"][name].flat, columns["unsupervised"][name].flat
            ):
                index = [index[0] + 1, *index[1:]] if layered else ["", *index[:2]]
                gradients.append((network, n, *index, v, float(s) + 0.0, float(u) + 0.0))
    write(OUT / f"{p.name}.states.csv", "network,layer,signal,entry,value", states)
    write(OUT / f"{p.name}.losses.csv", "network,loss,value", losses)
    header = "network,parameter,layer,row,column,value,supervised,unsupervised"
    write(OUT / f"{p.name}.gradients.csv", header, gradients)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    tabulate(Problem("wide", 12, 7, 0.1, 0.45))
    tabulate(Problem("tall", 6, 9, 0.1, 1.44))
    print(f"torch {torch.__version__}, numpy {np.__version__}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
