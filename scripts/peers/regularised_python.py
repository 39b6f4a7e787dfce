"""Python's side of regularised.py. Argument: the folder of the exchange."""

import sys
import warnings

import celer
import numpy as np
import sklearn.linear_model
from skglm import GroupLasso
from skglm.datafits import Quadratic
from skglm.penalties import SCAD as Scad
from skglm.penalties import MCPenalty
from skglm.solvers import AndersonCD

import exchange
from regularised_cases import MCP, SCAD, SIZE


def net(case, tolerance):
    def run():
        return sklearn.linear_model.enet_path(
            case.x, case.y, l1_ratio=0.5, alphas=case.lambdas, precompute="auto", max_iter=100_000, tol=tolerance
        )

    return run, lambda found: found[1].T


def lasso(**options):
    def task(case, tolerance):
        model = sklearn.linear_model.Lasso(
            alpha=case.extra, fit_intercept=False, max_iter=100_000, copy_X=False, tol=tolerance, **options
        )
        return lambda: model.fit(case.x, case.y).coef_, lambda w: w

    return task


def group_celer(case, tolerance):
    """All groups have one size, so that their weights are a factor of λ."""

    def run():
        return celer.celer_path(
            case.x, case.y, "grouplasso", alphas=np.sqrt(SIZE) * case.lambdas, groups=SIZE, max_iter=1000,
            max_epochs=100_000, tol=tolerance,
        )[1]

    return run, np.transpose


def group_skglm(case, tolerance):
    def run():
        model = GroupLasso(SIZE, max_iter=1000, max_epochs=100_000, tol=tolerance, fit_intercept=False, warm_start=True)
        found = []
        for lam in np.sqrt(SIZE) * case.lambdas:
            model.alpha = lam
            found.append(model.fit(case.x, case.y).coef_.copy())
        return np.array(found)

    return run, lambda found: found


def concave(penalty):
    def task(case, tolerance):
        solver = AndersonCD(tol=tolerance, max_iter=1000, max_epochs=100_000, fit_intercept=False)

        def run():
            from skglm.utils.jit_compilation import compiled_clone

            return solver.path(case.x, case.y, compiled_clone(Quadratic()), compiled_clone(penalty()), case.lambdas)[1]

        return run, np.transpose

    return task


TASKS = {
    "enet_path": net,
    "scikit-learn": lasso(),
    "scikit-learn-gram": lasso(precompute=True),
    "celer-group": group_celer,
    "skglm-group": group_skglm,
    "skglm-scad": concave(lambda: Scad(1.0, SCAD)),
    "skglm-mcp": concave(lambda: MCPenalty(1.0, MCP)),
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # a loose rung of the ladder may not converge; the errors decide
    exchange.serve(sys.argv[1], TASKS)
