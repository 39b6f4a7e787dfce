"""Times a full-depth training step of unfolded ISTA and IHT, compared with PyTorch.

One step is forward, backward and Adam's update of the log steps, on a batch
that is given. Three in turn, several times, one thread, float32, CPU time:
ours (a bench binary), the same written out in PyTorch with preallocated
buffers, and PyTorch's autograd. Once from steps 1/L and once from steps
trained for a while, whose iterates are sparser.
"""

import argparse
import json
import math
import pathlib
import platform
import subprocess
import time

import numpy as np
import torch

SIZES = [(200, 100, 100, 20), (500, 250, 100, 20), (500, 250, 200, 20)]
KINDS = [("soft", "supervised"), ("soft", "unsupervised"), ("hard", "supervised"), ("hard", "unsupervised")]
PENALTIES = {"soft": 0.1, "hard": 0.05}
DENSITY, SNR_DB, RATE = 0.1, 20.0, 0.02
BATCHES = 10  # used in turn


class Data:
    """A_ij ~ N(0, 1/M); x Bernoulli-Gaussian; y = Ax + noise; batches as rows."""

    def __init__(self, n, m, batch, dtype=torch.float32):
        rng = np.random.default_rng([7, n, m, batch])
        a = rng.standard_normal((m, n)) / math.sqrt(m)
        noise = math.sqrt(DENSITY * n / m * 10 ** (-SNR_DB / 10))
        self.smoothness = np.linalg.norm(a, 2) ** 2
        self.a = torch.tensor(a, dtype=dtype)
        self.gram = self.a.T @ self.a
        self.batches = []
        for _ in range(BATCHES):
            x = rng.standard_normal((batch, n)) * (rng.random((batch, n)) < DENSITY)
            y = x @ a.T + noise * rng.standard_normal((batch, m))
            self.batches.append((torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)))


class Autograd:
    """The network as one would write it; the backward pass is PyTorch's."""

    def __init__(self, data, layers, threshold, loss):
        self.data, self.threshold, self.loss, self.penalty = data, threshold, loss, PENALTIES[threshold]
        start = torch.full((layers,), -math.log(data.smoothness), dtype=data.a.dtype)
        self.log_steps = torch.nn.Parameter(start)
        self.optimiser = torch.optim.Adam([self.log_steps], lr=RATE)

    def objective(self, truth, y):
        x = None
        back = y @ self.data.a
        for step in self.log_steps.exp():
            u = step * back if x is None else x + step * (back - x @ self.data.gram)
            if self.threshold == "soft":
                limit = self.penalty * step  # of seven ways to write this the fastest
                x = torch.relu(u - limit) - torch.relu(-u - limit)
            else:
                x = torch.where(u.abs() > (2 * self.penalty * step).sqrt(), u, 0.0)
        if self.loss == "supervised":
            return ((x - truth) ** 2).mean()
        fit = ((x @ self.data.a.T - y) ** 2).sum() / 2
        norm = x.abs().sum() if self.threshold == "soft" else x.count_nonzero().item()
        return (fit + self.penalty * norm) / len(y)

    def step(self, truth, y):
        self.optimiser.zero_grad()
        value = self.objective(truth, y)
        value.backward()
        self.optimiser.step()
        return value.item()


class Written:
    """The same by hand: every buffer made once, A'A beforehand, steps as plain floats.

    Where an entry is active, x+ - x = α(g - λ sign x+) in ISTA and αg in IHT, so
    the derivative with respect to log α is ⟨gu, x+ - x⟩ in both, and neither the
    gradients g nor the signs need be kept.
    """

    def __init__(self, data, layers, threshold, loss):
        self.data, self.threshold, self.loss, self.penalty = data, threshold, loss, PENALTIES[threshold]
        self.layers = layers
        self.log_steps = np.full(layers, -math.log(data.smoothness))
        self.first, self.second, self.updates = np.zeros(layers), np.zeros(layers), 0
        batch, n = data.batches[0][0].shape
        new = lambda *shape: torch.empty(*shape, dtype=data.a.dtype).fill_(0)  # touched before it is timed
        self.states = [new(batch, n) for _ in range(layers)]
        self.back, self.u, self.gx, self.gu, self.difference = (new(batch, n) for _ in range(5))
        self.residual = new(batch, data.a.shape[0])

    def objective(self, truth, y):
        """The loss; its gradient with respect to x_T is left in gx."""
        steps = np.exp(self.log_steps).tolist()
        torch.mm(y, self.data.a, out=self.back)
        for t, (step, x) in enumerate(zip(steps, self.states)):
            if t == 0:
                u = torch.mul(self.back, step, out=self.u)
            else:
                previous = self.states[t - 1]
                u = torch.add(previous, self.back, alpha=step, out=self.u)
                u.addmm_(previous, self.data.gram, alpha=-step)
            if self.threshold == "soft":
                torch.ops.aten.softshrink.out(u, self.penalty * step, out=x)
            else:
                torch.ops.aten.hardshrink.out(u, math.sqrt(2 * self.penalty * step), out=x)
        if self.loss == "supervised":
            torch.sub(x, truth, out=self.gx)
            value = dot(self.gx, self.gx) / x.numel()
            self.gx.mul_(2 / x.numel())
            return value
        torch.addmm(y, x, self.data.a.T, beta=-1, out=self.residual)
        torch.mm(self.residual, self.data.a, out=self.gx)
        fit = dot(self.residual, self.residual) / 2
        if self.threshold == "soft":
            norm = torch.abs(x, out=self.u).sum().item()
            self.gx.add_(torch.sign(x, out=self.u), alpha=self.penalty)
        else:
            norm = x.count_nonzero().item()
        self.gx.div_(len(y))
        return (fit + self.penalty * norm) / len(y)

    def gradient(self):
        out = np.empty(self.layers)
        for t in reversed(range(self.layers)):
            x = self.states[t]
            # The incoming gradient where x is not 0, in one pass.
            torch.ops.aten.softshrink_backward.grad_input(self.gx, x, 0.0, grad_input=self.gu)
            if t == 0:
                out[t] = dot(self.gu, x)
                return out
            torch.sub(x, self.states[t - 1], out=self.difference)
            out[t] = dot(self.gu, self.difference)
            step = math.exp(self.log_steps[t])
            torch.addmm(self.gu, self.gu, self.data.gram, alpha=-step, out=self.gx)

    def step(self, truth, y):
        value = self.objective(truth, y)
        slope = self.gradient()
        self.updates += 1
        self.first += 0.1 * (slope - self.first)
        self.second += 0.001 * (slope**2 - self.second)
        scale = np.sqrt(self.second / (1 - 0.999**self.updates)) + 1e-8
        self.log_steps -= RATE * self.first / (1 - 0.9**self.updates) / scale
        return value


def dot(a, b):
    return torch.dot(a.view(-1), b.view(-1)).item()


def agree():
    """The two of PyTorch compute the same: losses and steps over five updates in float64."""
    for threshold, loss in KINDS:
        data = Data(40, 20, 10, torch.float64)
        both = Autograd(data, 6, threshold, loss), Written(data, 6, threshold, loss)
        for batch in data.batches[:5]:
            values = [peer.step(*batch) for peer in both]
            apart = np.abs(both[0].log_steps.detach().numpy() - both[1].log_steps).max()
            assert abs(values[0] - values[1]) < 1e-12 * abs(values[0]) and apart < 1e-8, (threshold, loss, values, apart)


class Torch:
    def __init__(self, peer, data, size, threshold, loss, warmup):
        self.data = data
        self.fresh = lambda: peer(data, size[3], threshold, loss)
        self.warmup = warmup

    def time(self, steps):
        """CPU milliseconds a step, and the last loss; always from the same start."""
        peer = self.fresh()
        for i in range(self.warmup):
            peer.step(*self.data.batches[i % BATCHES])
        start = time.process_time()
        for i in range(steps):
            value = peer.step(*self.data.batches[(self.warmup + i) % BATCHES])
        return (time.process_time() - start) * 1e3 / steps, value


class Ours:
    def __init__(self, binary, size, threshold, loss, warmup):
        n, m, batch, layers = size
        self.command = [binary, "--n", n, "--m", m, "--batch", batch, "--layers", layers]
        self.command += ["--loss", loss, "--threshold", threshold, "--warmup", warmup]

    def time(self, steps):
        command = [str(part) for part in (*self.command, "--steps", steps)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        answer = json.loads(out.strip().splitlines()[-1])
        return answer["ms_per_step"], answer["loss"]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()


def spread(times):
    return f"{np.median(times):.2f} ({min(times):.2f}–{max(times):.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", help="ours; without it only PyTorch is timed")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=100, help="steps of training before the trained state")
    parser.add_argument("--sizes", type=int, nargs="+", default=range(len(SIZES)), help="which of the sizes, from 0")
    parser.add_argument("--out", type=pathlib.Path, help="folder for unfolding.md")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    agree()
    lines = [
        "# A training step of unfolded ISTA and IHT, compared with PyTorch",
        "",
        f"{processor()}: remeasure by {compiler()}, torch {torch.__version__} "
        f"({'MKL' if torch.backends.mkl.is_available() else 'no MKL'}, {torch.backends.cpu.get_cpu_capability()}), "
        f"numpy {np.__version__}, Python {platform.python_version()}. CPU milliseconds of one full-depth step (forward, "
        f"backward, Adam on the log steps), float32, one thread: median (least–greatest) of {arguments.repeats} repeats "
        f"in turn, {arguments.steps} steps each. A_ij ~ N(0, 1/M), Bernoulli–Gaussian signals with p = {DENSITY}, "
        f"SNR {SNR_DB:.0f} dB, λ = {PENALTIES['soft']} (ISTA) and {PENALTIES['hard']} (IHT). "
        f"Steps: 1/L, or trained for {arguments.warmup} steps of Adam before. "
        "“By hand” is PyTorch with the backward pass written out, preallocated buffers and AᵀA beforehand; the losses "
        "are those of the last step (ours has data of its own from the same distribution).",
        "",
        "| N / M / B / T | network | loss | steps | ours | by hand | autograd | ours / by hand | last loss, ours | by hand |",
        "|---|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines), flush=True)
    for size in (SIZES[i] for i in arguments.sizes):
        data = Data(*size[:3])
        for threshold, loss in KINDS:
            for warmup in (0, arguments.warmup):
                case = (size, threshold, loss, warmup)
                peers = {"hand": Torch(Written, data, *case), "autograd": Torch(Autograd, data, *case)}
                if arguments.binary:
                    peers = {"ours": Ours(arguments.binary, *case), **peers}
                times = {name: [] for name in peers}
                losses = {}
                for _ in range(arguments.repeats):
                    for name, peer in peers.items():
                        elapsed, losses[name] = peer.time(arguments.steps)
                        times[name].append(elapsed)
                ratio = f"{np.median(times['ours']) / np.median(times['hand']):.2f}" if "ours" in times else "–"
                cells = [
                    " / ".join(map(str, size)),
                    {"soft": "ISTA", "hard": "IHT"}[threshold],
                    loss,
                    "trained" if warmup else "1/L",
                    *(spread(times[name]) if name in times else "–" for name in ("ours", "hand", "autograd")),
                    ratio,
                    *(f"{losses[name]:.4g}" if name in losses else "–" for name in ("ours", "hand")),
                ]
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "unfolding.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
