"""Losses and the backward pass of an unfolded network, written out.

Shapes as in `unfolding.py`: states B x N, A and W of size M x N. What happens
at a threshold itself has probability nought and is left aside: an entry that a
threshold zeroed passes nothing back, a selected support counts as constant.
"""

import numpy as np


def loss(network, kind, p, x):
    if kind == "supervised":
        return np.mean((x - p.x) ** 2)
    norm = np.count_nonzero(x) if network.startswith("iht") else np.abs(x).sum()
    return (np.sum((p.y - x @ p.a.T) ** 2) / 2 + p.penalty * norm) / len(x)


def gradient(network, kind, p, w, states):
    """The gradient of the loss with respect to every parameter in `w`."""
    layers, (signals, n) = len(states), states[0].shape
    last = states[-1]
    if kind == "supervised":
        gx = 2 * (last - p.x) / (signals * n)
    else:
        gx = (last @ p.a.T - p.y) @ p.a
        if not network.startswith("iht"):
            gx = gx + p.penalty * np.sign(last)
        gx = gx / signals
    out = {name: np.zeros_like(value) for name, value in w.items()}
    for t in reversed(range(layers)):
        x = states[t - 1] if t else np.zeros_like(last)
        residual = p.y - x @ p.a.T
        gu = gx * (states[t] != 0)
        # The threshold moves every entry it shrank towards zero, and no other.
        shrunk = np.sign(states[t])
        if network.endswith("-ss"):
            shrunk = shrunk * ~passed(network, p, w, t, x, residual, states[t])
        by_threshold = 0.0 if network.startswith("iht") else -(gu * shrunk).sum()
        if "log_step" in w:
            step = np.exp(w["log_step"][t])
            by_step = (gu * (residual @ p.a)).sum()
            if "log_threshold" in w:
                out["log_threshold"][t] = np.exp(w["log_threshold"][t]) * by_threshold
            else:
                by_step += p.penalty * by_threshold
            out["log_step"][t] = step * by_step
            gx = gu - step * (gu @ p.a.T) @ p.a
            continue
        out["threshold"][t] = by_threshold
        if network == "lista":
            out["w1"][t] = gu.T @ p.y
            out["w2"][t] = gu.T @ x
            gx = gu @ w["w2"][t]
        elif network == "lista-cp-tied":
            out["w"] += residual.T @ gu
            gx = gu - (gu @ w["w"].T) @ p.a
        elif network.startswith("lista-cp"):
            out["w"][t] = residual.T @ gu
            gx = gu - (gu @ w["w"][t].T) @ p.a
        else:
            out["step"][t] = (gu * (residual @ p.analytic)).sum()
            gx = gu - w["step"][t] * (gu @ p.analytic.T) @ p.a
    return out


def passed(network, p, w, t, x, residual, state):
    """Which entries of a layer with support selection went through unthresholded."""
    if network.startswith("lista-cp"):
        u = x + residual @ w["w"][t]
    else:
        u = x + w["step"][t] * (residual @ p.analytic)
    return (state != 0) & (np.abs(state - u) < w["threshold"][t] / 2)
