"""The Lasso of scikit-learn: with the penalty `alpha`, with a `fraction` of the largest useful one, or with the one
that `cv`-fold cross-validation chooses.

scikit-learn and remeasure agree on the objective: 1/(2n)‖y − Xb‖² + λ‖b‖₁ with λ = alpha.
"""

import numpy as np
import remeasure
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import KFold


@remeasure.estimator("sparse", name="sklearn-lasso")
def lasso(X, y, seed, alpha=None, fraction=None, cv=None, points=50, ratio=0.01, tolerance=1e-4, iterations=10_000):
    options = {"fit_intercept": False, "tol": tolerance, "max_iter": iterations}
    if [alpha, fraction, cv].count(None) != 2:
        raise ValueError("give one of alpha, fraction and cv")
    if cv:
        folds = KFold(cv, shuffle=True, random_state=seed % 2**32)
        model = LassoCV(cv=folds, alphas=points, eps=ratio, **options).fit(X, y)
        alpha = model.alpha_
    else:
        alpha = alpha or fraction * np.abs(X.T @ y).max() / len(y)
        model = Lasso(alpha, **options).fit(X, y)
    return {
        "coefficients": model.coef_,
        "lambda": alpha,
        "iterations": model.n_iter_,
        "converged": model.n_iter_ < iterations,
        # The duality gap, relative to the objective at zero.
        "certificate": max(model.dual_gap_ / (y @ y / (2 * len(y))), 0.0),
        "numbers": {"nonzeros": np.count_nonzero(model.coef_)},
    }


remeasure.run()
