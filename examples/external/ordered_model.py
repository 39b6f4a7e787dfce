"""Proportional odds by OrderedModel of statsmodels."""

import numpy as np
import remeasure
from statsmodels.miscmodels.ordinal_model import OrderedModel


@remeasure.estimator("ordinal", name="statsmodels-ordered-model")
def ordered_model(X, y, X_new, classes, method="newton", iterations=100):
    model = OrderedModel(y, X, distr="logit")
    fit = model.fit(method=method, maxiter=iterations, disp=False, skip_hessian=True)
    probabilities = np.zeros((len(X_new), classes))
    # One column for each class that the training rows have.
    probabilities[:, np.unique(y) - 1] = model.predict(fit.params, exog=X_new)
    return {
        "probabilities": probabilities,
        "iterations": fit.mle_retvals.get("iterations"),
        "converged": fit.mle_retvals["converged"],
        # The largest derivative of the mean loss.
        "certificate": np.abs(model.score(fit.params)).max() / len(y),
    }


remeasure.run()
