"""Times a training step of multilayer perceptrons, compared with PyTorch.

One step is forward, backward and Adam's update, on a batch that is given.
Three in turn, several times, one thread, float32, CPU time: ours (a bench
binary), the same written out in PyTorch with preallocated buffers, and
PyTorch's autograd.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F

import machine

CASES = {  # widths, batch, loss, steps that are timed together
    "64-128-10": ((64, 128, 10), 64, "entropy", 1000),
    "512-128-1": ((512, 128, 1), 100, "squares", 200),
    "256-512-256-10": ((256, 512, 256, 10), 256, "entropy", 20),
}
RATE = 1e-3
BATCHES = 10  # used in turn
WARM = 20  # steps before the first that is timed


class Data:
    """Normal inputs; labels or normal targets that have nothing to do with them; a start."""

    def __init__(self, widths, batch, loss, dtype=torch.float32):
        rng = np.random.default_rng([7, *widths, batch])
        normal = lambda *shape: torch.tensor(rng.standard_normal(shape), dtype=dtype)
        self.widths, self.loss, self.batches = widths, loss, []
        for _ in range(BATCHES):
            x = normal(batch, widths[0])
            labels = torch.tensor(rng.integers(widths[-1], size=batch))
            self.batches.append((x, labels if loss == "entropy" else normal(batch, widths[-1])))
        self.weights = [normal(o, i) * (2 / i) ** 0.5 for i, o in zip(widths, widths[1:])]


class Autograd:
    """The network as one would write it; the backward pass is PyTorch's, and so is Adam."""

    def __init__(self, data):
        layers = [torch.nn.Linear(w.shape[1], w.shape[0], dtype=w.dtype) for w in data.weights]
        for layer, w in zip(layers, data.weights):
            layer.weight.data.copy_(w)
            layer.bias.data.zero_()
        between = [part for layer in layers[:-1] for part in (layer, torch.nn.ReLU())]
        self.net, self.loss = torch.nn.Sequential(*between, layers[-1]), data.loss
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=RATE, fused=True)

    def step(self, x, y):
        self.optimiser.zero_grad()
        z = self.net(x)
        value = F.cross_entropy(z, y) if self.loss == "entropy" else ((z - y) ** 2).sum() / (2 * len(x))
        value.backward()
        self.optimiser.step()
        return value.item()

    def parameters(self):
        return torch.cat([p.detach().reshape(-1) for p in self.net.parameters()])


class Written:
    """The same by hand: every buffer made once, all parameters in one, and PyTorch's fused kernel of Adam on it."""

    def __init__(self, data):
        like = data.weights[0]
        new = lambda *shape: torch.zeros(*shape, dtype=like.dtype)
        batch = len(data.batches[0][0])
        self.loss = data.loss
        count = sum(w.numel() + len(w) for w in data.weights)
        self.flat, self.gradient, self.first, self.second = (new(count) for _ in range(4))
        self.made = torch.zeros((), dtype=torch.float32)
        self.layers, self.slopes, at = [], [], 0
        for w in data.weights:
            views = []
            for size, shape in ((w.numel(), w.shape), (len(w), (len(w),))):
                views += [buffer[at : at + size].view(shape) for buffer in (self.flat, self.gradient)]
                at += size
            views[0].copy_(w)
            self.layers.append((*views, new(batch, len(w))))  # weights, gradient, biases, gradient, outputs
            self.slopes.append(new(batch, len(w)))
        self.picked, self.minus = new(batch, 1), torch.full((batch, 1), -1.0, dtype=like.dtype)

    def objective(self, z, y, slopes):
        if self.loss == "squares":
            torch.sub(z, y, out=slopes)
            value = torch.dot(slopes.view(-1), slopes.view(-1)).item() / (2 * len(z))
        else:
            torch.softmax(z, 1, out=slopes)
            labels = y.view(-1, 1)
            torch.gather(slopes, 1, labels, out=self.picked)
            value = -self.picked.log_().mean().item()
            slopes.scatter_add_(1, labels, self.minus)
        slopes.mul_(1 / len(z))
        return value

    def step(self, x, y):
        h = x
        for l, (w, _, b, _, out) in enumerate(self.layers):
            torch.addmm(b, h, w.T, out=out)
            if l + 1 < len(self.layers):
                out.relu_()
            h = out
        value = self.objective(h, y, self.slopes[-1])
        for l in reversed(range(len(self.layers))):
            w, gw, _, gb, _ = self.layers[l]
            slopes, before = self.slopes[l], self.layers[l - 1][4] if l else x
            torch.mm(slopes.T, before, out=gw)
            torch.sum(slopes, 0, out=gb)
            if l:
                back = self.slopes[l - 1]
                torch.mm(slopes, w, out=back)
                torch.ops.aten.threshold_backward.grad_input(back, before, 0.0, grad_input=back)
        self.made += 1
        torch._fused_adam_(
            [self.flat], [self.gradient], [self.first], [self.second], [], [self.made],
            lr=RATE, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False,
        )  # fmt: skip
        return value

    def parameters(self):
        return self.flat


def agree():
    """The two of PyTorch compute the same: losses and parameters over five updates in float64."""
    for loss in ("entropy", "squares"):
        data = Data((6, 9, 5, 3), 12, loss, torch.float64)
        both = Autograd(data), Written(data)
        for batch in data.batches[:5]:
            values = [peer.step(*batch) for peer in both]
            apart = (both[0].parameters() - both[1].parameters()).abs().max().item()
            assert abs(values[0] - values[1]) < 1e-12 and apart < 1e-10, (loss, values, apart)


class Torch:
    """One of PyTorch's; each time it goes on from where it was."""

    def __init__(self, peer, data):
        self.peer, self.data, self.made = peer(data), data, 0
        self.advance(WARM)

    def advance(self, steps):
        for _ in range(steps):
            value = self.peer.step(*self.data.batches[self.made % BATCHES])
            self.made += 1
        return value

    def time(self, steps):
        """CPU milliseconds a step, and the last loss."""
        start = time.process_time()
        value = self.advance(steps)
        return (time.process_time() - start) * 1e3 / steps, value

    def end(self):
        pass


class Ours:
    """The bench binary, on the same schedule."""

    def __init__(self, binary, widths, batch, loss, steps):
        command = [binary, "--widths", ",".join(map(str, widths)), "--batch", batch, "--loss", loss]
        command += ["--steps", steps, "--warmup", WARM]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([str(part) for part in command], stdin=pipe, stdout=pipe, text=True)

    def time(self, _):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        return answer["ms_per_step"], answer["loss"]

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def measured(arguments, case):
    """Times and last losses of each competitor, in turn."""
    widths, batch, loss, steps = case
    steps = arguments.steps or steps
    data = Data(widths, batch, loss)
    peers = {"hand": Torch(Written, data), "autograd": Torch(Autograd, data)}
    if arguments.binary:
        peers = {"ours": Ours(arguments.binary, widths, batch, loss, steps), **peers}
    times, losses = {name: [] for name in peers}, {}
    for _ in range(arguments.repeats):
        for name, peer in peers.items():
            elapsed, losses[name] = peer.time(steps)
            times[name].append(elapsed)
    for peer in peers.values():
        peer.end()
    return times, losses


def spread(times):
    return f"{np.median(times):.4f} ({min(times):.4f}–{max(times):.4f})"


def cells(name, case, times, losses):
    ratio = f"**{np.median(times['ours']) / np.median(times['hand']):.2f}**" if "ours" in times else "–"
    return [
        name,
        str(case[1]),
        {"entropy": "cross-entropy", "squares": "squared error"}[case[2]],
        *(spread(times[peer]) if peer in times else "–" for peer in ("ours", "hand", "autograd")),
        ratio,
        *(f"{losses[peer]:.4g}" if peer in losses else "–" for peer in ("ours", "hand")),
    ]


def row(name, case, times):
    """For the overview."""
    middle = {peer: float(np.median(some)) for peer, some in times.items()}
    peer = min(("hand", "autograd"), key=middle.get)
    how = "by hand" if peer == "hand" else peer
    return f"training step {name}, batch of {case[1]}", "remeasure", middle["ours"], f"torch, {how}", middle[peer]


def described(arguments):
    return (
        f"{machine.described()}, torch {torch.__version__} "
        f"({'MKL' if torch.backends.mkl.is_available() else 'no MKL'}, {torch.backends.cpu.get_cpu_capability()}), "
        f"numpy {np.__version__}, Python {platform.python_version()}. CPU milliseconds of one step (forward, backward, "
        f"Adam), float32, one thread: median (least–greatest) of {arguments.repeats} repeats in turn. ReLU; normal "
        "inputs. “By hand” is PyTorch with the backward pass written out, preallocated buffers and the fused kernel of "
        "Adam on one buffer; autograd has the fused Adam too. The losses are those of the last step (ours has data of "
        "its own from the same distribution)."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", help="ours; without it only PyTorch is timed")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--steps", type=int, help="steps that are timed together, if not those of each case")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--out", type=pathlib.Path, help="folder for nets.md")
    parser.add_argument("--rows", type=pathlib.Path, help="file for the rows of the overview")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    agree()
    lines = [
        "# A training step of multilayer perceptrons, compared with PyTorch",
        "",
        described(arguments),
        "",
        "| widths | batch | loss | ours | by hand | autograd | ours / by hand | last loss, ours | by hand |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines), flush=True)
    rows = []
    for name in arguments.cases:
        times, losses = measured(arguments, CASES[name])
        lines.append("| " + " | ".join(cells(name, CASES[name], times, losses)) + " |")
        print(lines[-1], flush=True)
        if arguments.binary:
            rows.append(row(name, CASES[name], times))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "nets.md").write_text("\n".join(lines) + "\n")
    machine.save_rows(arguments.rows, rows)


if __name__ == "__main__":
    main()
