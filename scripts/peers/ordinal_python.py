"""Python's side of ordinal.py. Argument: the folder of the exchange."""

import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

import exchange


def blocks(model):
    return np.column_stack((model.intercept_, model.coef_))


def unpenalised(solver, binary):
    def task(case, tolerance):
        # C = inf is this version's way to say: no penalty.
        model = LogisticRegression(C=np.inf, solver=solver, tol=tolerance, max_iter=10_000)
        labels = (case.y == case.extra) if binary else case.y
        return lambda: model.fit(case.x, labels), blocks

    return task


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    solvers = ("lbfgs", "newton-cholesky")
    tasks = {f"logistic-{solver}": unpenalised(solver, True) for solver in solvers}
    tasks |= {f"multinomial-{solver}": unpenalised(solver, False) for solver in solvers}
    exchange.serve(sys.argv[1], tasks)
