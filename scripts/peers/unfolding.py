"""Times a full-depth training step of unfolded ISTA and IHT, compared with PyTorch.

One step is forward, backward and Adam's update of the log steps, on a batch
that is given. Three in turn, several times, one thread, float32, CPU time:
ours (a bench binary), the same written out in PyTorch with preallocated
buffers, and PyTorch's autograd. Once with steps that stay 1/L and once with
steps trained for a while before, whose iterates are sparser.
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

import machine

SIZES = ["500/250/20", "500/250/100", "500/250/500", "200/100/20", "200/100/100", "200/100/500"]  # N/M/batch
LAYERS = 20
NETWORKS = {"soft": "ISTA", "hard": "IHT"}
KINDS = [(threshold, loss) for threshold in NETWORKS for loss in ("supervised", "unsupervised")]
IHT_BATCH = 100  # IHT runs at this batch only, unless asked for
PENALTIES = {"soft": 0.1, "hard": 0.05}
DENSITY, SNR_DB, RATE = 0.1, 20.0, 0.02
BATCHES = 10  # used in turn
WARM = 5  # steps before the first that is timed


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

    def __init__(self, data, layers, threshold, loss, rate=RATE):
        self.data, self.threshold, self.loss, self.penalty = data, threshold, loss, PENALTIES[threshold]
        start = torch.full((layers,), -math.log(data.smoothness), dtype=data.a.dtype)
        self.log_steps = torch.nn.Parameter(start)
        self.optimiser = torch.optim.Adam([self.log_steps], lr=rate)

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

    def __init__(self, data, layers, threshold, loss, rate=RATE):
        self.data, self.threshold, self.loss, self.penalty = data, threshold, loss, PENALTIES[threshold]
        self.layers, self.rate = layers, rate
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
        self.log_steps -= self.rate * self.first / (1 - 0.9**self.updates) / scale
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
    """One of PyTorch's, trained when it is first needed; each time it goes on from where it was."""

    def __init__(self, peer, data, threshold, loss, warmup):
        self.data, self.warmup, self.made = data, warmup, 0
        self.peer = peer(data, LAYERS, threshold, loss, RATE if warmup else 0.0)

    def advance(self, steps):
        for _ in range(steps):
            value = self.peer.step(*self.data.batches[self.made % BATCHES])
            self.made += 1
        return value

    def time(self, steps):
        """CPU milliseconds a step, and the last loss."""
        if self.made == 0:
            self.advance(self.warmup or WARM)
        start = time.process_time()
        value = self.advance(steps)
        return (time.process_time() - start) * 1e3 / steps, value

    def end(self):
        pass


class Ours:
    """The bench binary, on the same schedule."""

    def __init__(self, binary, size, threshold, loss, warmup, steps):
        n, m, batch = size
        command = [binary, "--pipe", "--n", n, "--m", m, "--batch", batch, "--layers", LAYERS, "--steps", steps]
        command += ["--loss", loss, "--threshold", threshold, "--warmup", warmup or WARM]
        command += [] if warmup else ["--still"]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([str(part) for part in command], stdin=pipe, stdout=pipe, text=True)

    def time(self, steps):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        return answer["ms_per_step"], answer["loss"]

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def spread(times):
    return f"{np.median(times):.2f} ({min(times):.2f}–{max(times):.2f})"


def measured(arguments, size, data, threshold, loss, warmup):
    """Times and last losses of each competitor, in turn."""
    case = (threshold, loss, warmup)
    # At batches above 100 fewer steps take as long.
    steps = max(1, min(arguments.steps, arguments.steps * 100 // size[2]))
    peers = {"hand": Torch(Written, data, *case), "autograd": Torch(Autograd, data, *case)}
    if arguments.binary:
        peers = {"ours": Ours(arguments.binary, size, *case, steps), **peers}
    times, losses = {name: [] for name in peers}, {}
    for _ in range(arguments.repeats):
        for name, peer in peers.items():
            elapsed, losses[name] = peer.time(steps)
            times[name].append(elapsed)
    for peer in peers.values():
        peer.end()
    return times, losses


def cells(size, threshold, loss, warmup, times, losses):
    ratio = f"{np.median(times['ours']) / np.median(times['hand']):.2f}" if "ours" in times else "–"
    return [
        " / ".join(map(str, (*size, LAYERS))),
        NETWORKS[threshold],
        loss,
        "trained" if warmup else "1/L",
        *(spread(times[name]) if name in times else "–" for name in ("ours", "hand", "autograd")),
        ratio,
        *(f"{losses[name]:.4g}" if name in losses else "–" for name in ("ours", "hand")),
    ]


def row(size, threshold, loss, warmup, times):
    """For the overview."""
    middle = {name: float(np.median(some)) for name, some in times.items()}
    peer = min(("hand", "autograd"), key=middle.get)
    work = f"training step {NETWORKS[threshold]} {'/'.join(map(str, size))}, {loss}, {'trained' if warmup else '1/L'}"
    return work, "remeasure", middle["ours"], f"torch, {'by hand' if peer == 'hand' else peer}", middle[peer]


def described(arguments):
    return (
        f"{machine.described()}, torch {torch.__version__} "
        f"({'MKL' if torch.backends.mkl.is_available() else 'no MKL'}, {torch.backends.cpu.get_cpu_capability()}), "
        f"numpy {np.__version__}, Python {platform.python_version()}. CPU milliseconds of one full-depth step (forward, "
        f"backward, Adam on the log steps), float32, one thread: median (least–greatest) of {arguments.repeats} repeats "
        f"in turn, {arguments.steps} steps each (fewer at batches above 100). A_ij ~ N(0, 1/M), Bernoulli–Gaussian "
        f"signals with p = {DENSITY}, SNR {SNR_DB:.0f} dB, λ = {PENALTIES['soft']} (ISTA) and {PENALTIES['hard']} (IHT). "
        f"Steps: held at 1/L by a rate of 0, or trained for {arguments.warmup} steps of Adam before and on from there. "
        "“By hand” is PyTorch with the backward pass written out, preallocated buffers and AᵀA beforehand; the losses "
        "are those of the last step (ours has data of its own from the same distribution)."
    )


def size_of(text):
    n, m, batch = map(int, text.split("/"))
    return n, m, batch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", help="ours; without it only PyTorch is timed")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=100, help="steps of training before the trained state")
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="N/M/batch")
    parser.add_argument("--iht", action="store_true", help=f"IHT at every batch, not only at {IHT_BATCH}")
    parser.add_argument("--out", type=pathlib.Path, help="folder for unfolding.md")
    parser.add_argument("--rows", type=pathlib.Path, help="file for the rows of the overview")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    agree()
    lines = [
        "# A training step of unfolded ISTA and IHT, compared with PyTorch",
        "",
        described(arguments),
        "",
        "| N / M / B / T | network | loss | steps | ours | by hand | autograd | ours / by hand | last loss, ours | by hand |",
        "|---|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines), flush=True)
    rows = []
    for size in map(size_of, arguments.sizes):
        data = Data(*size)
        for threshold, loss in KINDS:
            if threshold == "hard" and size[2] != IHT_BATCH and not arguments.iht:
                continue
            for warmup in (0, arguments.warmup):
                times, losses = measured(arguments, size, data, threshold, loss, warmup)
                lines.append("| " + " | ".join(cells(size, threshold, loss, warmup, times, losses)) + " |")
                print(lines[-1], flush=True)
                if arguments.binary:
                    rows.append(row(size, threshold, loss, warmup, times))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "unfolding.md").write_text("\n".join(lines) + "\n")
    machine.save_rows(arguments.rows, rows)


if __name__ == "__main__":
    main()
