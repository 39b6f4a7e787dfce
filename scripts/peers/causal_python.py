"""Python's side of causal.py. Argument: the folder of the exchange."""

import sys
import warnings

import numpy as np
from linearmodels.iv import IV2SLS as Linear
from statsmodels.sandbox.regression.gmm import IV2SLS
from statsmodels.stats.meta_analysis import combine_effects

import exchange


def parts(case):
    m = int(case.extra)
    return case.x[:, :m], case.x[:, m:]


def statsmodels_2sls(case, _):
    x, z = parts(case)
    return lambda: IV2SLS(case.y, x, z).fit(), lambda fit: fit.params


def linearmodels_2sls(case, _):
    x, z = parts(case)
    return lambda: Linear(case.y, None, x, z).fit(), lambda fit: fit.params


def adjusted(case):
    """Ones and covariates, the treatment, and the instruments."""
    p = int(case.extra)
    return np.column_stack((np.ones(len(case.x)), case.x[:, :p])), case.x[:, p : p + 1], case.x[:, p + 1 :]


def statsmodels_effect(case, _):
    x, a, z = adjusted(case)

    def run():
        return IV2SLS(case.y, np.column_stack((x, a)), np.column_stack((x, z))).fit()

    return run, lambda fit: fit.params[-1:]


def linearmodels_effect(case, _):
    x, a, z = adjusted(case)
    return lambda: Linear(case.y, x, a, z).fit(cov_type="robust"), lambda fit: fit.params[-1:]


def numpy_2sls(case, _):
    """What one would write by hand: two regressions by normal equations."""
    x, z = parts(case)

    def run():
        projected = z @ np.linalg.solve(z.T @ z, z.T @ x)
        return np.linalg.solve(projected.T @ x, projected.T @ case.y)

    return run, lambda h: h


def log_odds_ratios(x):
    """Effects and variances of tables; ½ is added to those with a zero."""
    a, n, c, k = x.T
    cells = np.stack([a, n - a, c, k - c])
    cells = cells + 0.5 * np.any(cells == 0, axis=0)
    return np.log(cells[0] * cells[3] / (cells[1] * cells[2])), np.sum(1 / cells, axis=0)


def statsmodels_dl(case, _):
    sets = np.split(np.arange(len(case.x)), np.flatnonzero(np.diff(case.x[:, 0])) + 1)

    def one(effects, variances):
        found = combine_effects(effects, variances, method_re="chi2")
        return found.mean_effect_re, found.sd_eff_w_re, max(found.tau2, 0.0)

    def run():
        effects, variances = log_odds_ratios(case.x[:, 1:])
        return [one(effects[rows], variances[rows]) for rows in sets]

    return run, np.ravel


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    tasks = {"statsmodels-2sls": statsmodels_2sls, "linearmodels-2sls": linearmodels_2sls, "numpy-2sls": numpy_2sls}
    tasks |= {"statsmodels-effect": statsmodels_effect, "linearmodels-effect": linearmodels_effect}
    exchange.serve(sys.argv[1], tasks | {"statsmodels-dl": statsmodels_dl})
