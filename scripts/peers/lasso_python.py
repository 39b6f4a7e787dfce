"""Python's side of compare.py and lasso_path.py. Argument: the folder of the exchange."""

import sys
import warnings

import celer
import numpy as np
import skglm
import sklearn.linear_model
from sklearn.model_selection import KFold

import exchange

FOLDS, POINTS, RATIO = 5, 100, 0.01


def coefficients(model):
    return np.ravel(model.coef_)


def single(make):
    """A fit at the λ of the case."""

    def task(case, tolerance):
        model = make(alpha=case.extra, fit_intercept=False, tol=tolerance)
        return lambda: model.fit(case.x, case.y), coefficients

    return task


def sklearn_single(**options):
    return single(lambda **given: sklearn.linear_model.Lasso(max_iter=100_000, copy_X=False, **options, **given))


def sklearn_path(case, tolerance):
    def run():
        return sklearn.linear_model.lasso_path(
            case.x, case.y, alphas=case.lambdas, precompute="auto", max_iter=100_000, tol=tolerance
        )

    return run, lambda found: found[1].T


def celer_along(x, y, lambdas, tolerance):
    return celer.celer_path(x, y, "lasso", alphas=lambdas, max_iter=1000, max_epochs=100_000, tol=tolerance)[1]


def celer_path(case, tolerance):
    return lambda: celer_along(case.x, case.y, case.lambdas, tolerance), np.transpose


def with_lambda(model):
    return np.append(coefficients(model), model.alpha_)


def sklearn_cv(case, tolerance):
    def run():
        model = sklearn.linear_model.LassoCV(
            eps=RATIO, alphas=POINTS, cv=FOLDS, fit_intercept=False, precompute="auto", max_iter=100_000, tol=tolerance
        )
        return model.fit(case.x, case.y)

    return run, with_lambda


def celer_cv(case, tolerance):
    """By celer_path: its LassoCV does not run with this scikit-learn."""

    def run():
        errors = np.zeros(len(case.lambdas))
        for inside, outside in KFold(FOLDS).split(case.x):
            # Columns in one piece, as celer wants them.
            found = celer_along(np.asfortranarray(case.x[inside]), case.y[inside], case.lambdas, tolerance)
            errors += ((case.y[outside, None] - case.x[outside] @ found) ** 2).sum(axis=0)
        best = int(np.argmin(errors))
        found = celer_along(case.x, case.y, case.lambdas[: best + 1], tolerance)
        return np.append(found[:, -1], case.lambdas[best])

    return run, lambda found: found


# skglm and celer spell out working sets; their defaults are kept.
WORKING_SETS = dict(max_iter=1000, max_epochs=100_000)
TASKS = {
    "scikit-learn": sklearn_single(),
    "scikit-learn-gram": sklearn_single(precompute=True),
    "celer": single(lambda **given: celer.Lasso(**WORKING_SETS, **given)),
    "skglm": single(lambda **given: skglm.Lasso(**WORKING_SETS, **given)),
    "lasso_path": sklearn_path,
    "celer_path": celer_path,
    "LassoCV": sklearn_cv,
    "celer-cv": celer_cv,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # a loose rung of the ladder may not converge; the gap decides
    exchange.serve(sys.argv[1], TASKS)
