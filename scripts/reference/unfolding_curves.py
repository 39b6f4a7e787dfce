"""Trains unfolded ISTA and IHT in PyTorch and writes their error layer by layer.

    OMP_NUM_THREADS=1 scripts/peers/.venv-unfolding/bin/python scripts/reference/unfolding_curves.py

Writes tests/data/unfolding/curves.csv: method, lambda, matrix seed, layer,
nmse_db, objective (`layer` is empty for the converged Lasso). Gradients are
autograd's. Training in float32, in evaluation everything is float64. A few
minutes on one thread.
"""

import math
import pathlib

import numpy as np
import torch

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "unfolding" / "curves.csv"
N, M, LAYERS, BATCH, TEST = 200, 100, 20, 100, 1000
DENSITY, SNR_DB, RATE, GENERATION = 0.1, 20.0, 0.02, 150
SHOWN = (1, 2, 5, 10, 15, 20)
SHOWN_LONG = (*SHOWN, 50, 200)
SEEDS = (0, 1, 2)


class Problem:
    def __init__(self, seed):
        self.a = np.random.default_rng([seed, 0]).standard_normal((M, N)) / math.sqrt(M)
        self.smoothness = np.linalg.norm(self.a, 2) ** 2
        self.training = np.random.default_rng([seed, 1])
        self.x, self.y = self.draw(np.random.default_rng([seed, 2]), TEST)

    def draw(self, rng, count):
        """Signals and responses as rows. Noise: E|Ax|^2 / M over the SNR."""
        x = rng.standard_normal((count, N)) * (rng.random((count, N)) < DENSITY)
        noise = math.sqrt(DENSITY * N / M * 10 ** (-SNR_DB / 10))
        return x, x @ self.a.T + noise * rng.standard_normal((count, M))


def soft(u, limit):
    return torch.relu(u - limit) - torch.relu(-u - limit)


def hard(u, limit):
    return torch.where(u.abs() > limit, u, 0.0)


def objective(a, y, x, penalty, hard_threshold):
    """Of each signal."""
    norm = (x != 0).to(x.dtype).sum(1) if hard_threshold else x.abs().sum(1)
    return ((y - x @ a.T) ** 2).sum(1) / 2 + penalty * norm


def layers(a, y, steps, penalty, hard_threshold):
    x = torch.zeros(len(y), a.shape[1], dtype=y.dtype)
    for step in steps:
        u = x + step * ((y - x @ a.T) @ a)
        x = hard(u, (2 * penalty * step).sqrt()) if hard_threshold else soft(u, penalty * step)
        yield x


def train(p, penalty, hard_threshold, supervised):
    """Log steps, one generation of batches for every depth, all layers so far trained; and how many batches were skipped."""
    a = torch.tensor(p.a, dtype=torch.float32)
    log_steps = torch.full((LAYERS,), -math.log(p.smoothness), requires_grad=True)
    skipped = 0
    for depth in range(1, LAYERS + 1):
        optimiser = torch.optim.Adam([log_steps], lr=RATE)
        for _ in range(GENERATION):
            truth, y = (torch.tensor(v, dtype=torch.float32) for v in p.draw(p.training, BATCH))
            *_, x = layers(a, y, log_steps[:depth].exp(), penalty, hard_threshold)
            loss = ((x - truth) ** 2).mean() if supervised else objective(a, y, x, penalty, hard_threshold).mean()
            optimiser.zero_grad()
            loss.backward()
            if not (loss.isfinite() and log_steps.grad.isfinite().all()):
                skipped += 1
                continue
            optimiser.step()
    return log_steps.detach().double(), skipped


def fista(a, y, penalty, step, count):
    x = z = torch.zeros(len(y), a.shape[1], dtype=y.dtype)
    momentum = 1.0
    for _ in range(count):
        following = soft(z + step * ((y - z @ a.T) @ a), penalty * step)
        grown = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        z = following + (momentum - 1) / grown * (following - x)
        x, momentum = following, grown
        yield x


def lasso(a, y, penalty, step):
    """FISTA's last of 3000 iterates and its largest relative duality gap."""
    *_, x = fista(a, y, penalty, step, 3000)
    residual = y - x @ a.T
    primal = objective(a, y, x, penalty, False)
    dual_point = residual * (penalty / (residual @ a).abs().amax(1, keepdim=True)).clamp(max=1.0)
    dual = (y**2).sum(1) / 2 - ((y - dual_point) ** 2).sum(1) / 2
    return x, ((primal - dual) / ((y**2).sum(1) / 2)).max().item()


def main():
    torch.set_num_threads(1)
    rows = ["method,lambda,matrix_seed,layer,nmse_db,objective"]
    for penalty, hard_threshold in ((0.1, False), (0.05, True), (0.05, False)):
        name = "iht" if hard_threshold else "ista"
        for seed in SEEDS:
            p = Problem(seed)
            a, truth, y = (torch.tensor(v) for v in (p.a, p.x, p.y))
            plain = torch.tensor([1 / p.smoothness], dtype=torch.float64)

            def note(method, layer, x):
                nmse = 10 * math.log10(((x - truth) ** 2).sum() / (truth**2).sum())
                value = objective(a, y, x, penalty, hard_threshold).mean().item()
                rows.append(f"{method},{penalty},{seed},{layer},{nmse:.4f},{value:.6f}")
                if layer in ("", 20):
                    print(rows[-1], flush=True)

            def curve(method, states, shown):
                for t, x in enumerate(states, 1):
                    if t in shown:
                        note(method, t, x)

            curve(name, layers(a, y, plain.expand(200), penalty, hard_threshold), SHOWN_LONG)
            if hard_threshold:
                curve("iht-1.9", layers(a, y, 1.9 * plain.expand(200), penalty, True), SHOWN_LONG)
            else:
                curve("fista", fista(a, y, penalty, plain.item(), 200), SHOWN_LONG)
                x, gap = lasso(a, y, penalty, plain.item())
                note("lasso", "", x)
                print(f"largest relative gap {gap:.1e}", flush=True)
            for supervised in (True, False):
                method = f"{'supervised' if supervised else 'unsupervised'}-{name}"
                log_steps, skipped = train(p, penalty, hard_threshold, supervised)
                curve(method, layers(a, y, log_steps.exp(), penalty, hard_threshold), SHOWN)
                units = " ".join(f"{v:.2f}" for v in log_steps.exp() * p.smoothness)
                print(f"{method} {penalty} {seed}: {skipped} skipped; steps in 1/L: {units}", flush=True)
            OUT.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
