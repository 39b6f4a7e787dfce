//! The metrics of the causal family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    NCER = Lower, "ncer", "‖h − f‖² / (‖h − f‖² + ‖f‖²), the normalised causal error; ½ for h = 0";
    NCER_ADJUSTED = Lower, "ncer_adjusted",
        "ncer + (mean of its closed form over the published models − that of this model): the same mean, without most of \
         the spread between models; where α is chosen, the closed form is that of a typical α (.5 by validation, .2 by \
         the confounding)";
    OFF_LIMIT = Neither, "off_limit", "ncer − its closed form for infinitely many rows";
    LIMIT = Neither, "limit", "closed form of ncer for infinitely many rows on this model";
    WEIGHT = Neither, "weight", "the weight that was used: α, λ, or a of Kania and Wit";
    LARGEST = Neither event, "largest", "1 if the weight chosen is the largest of those drawn, else 0";
    BETA = Neither, "beta", "share of the squared norm of the regression that is estimated to be confounding";
    RESIDUAL = Certificate, "residual",
        "‖A h − b‖/‖b‖ of the normal equations; for the Lasso, the largest violation of its conditions; for estimating \
         equations, what is left of them relative to their terms";
    EFFECT = Neither, "effect", "estimated effect τ̂ at the coordinate τ";
    MAE = Lower, "mae", "mean of |τ̂ − τ| over the trials of a replicate";
    SLOPE = Neither, "slope", "slope of τ̂ on τ over the trials of a replicate";
    SLOPE_ERROR = Lower, "slope_error", "|slope − 1|";
    INTERCEPT = Neither, "intercept", "intercept of that line";
    CALIBRATION = Neither, "calibration", "slope of Ŷ on Y in validation, mean over the trials";
    SCORE_ERROR = Certificate, "score_error", "largest error of the interpolated score of the density of Ŷ";
    ESTIMATE = Neither, "estimate", "estimated average effect Δ̂, in units of the outcome";
    SE = Neither, "se", "its standard error";
    LOWER = Neither, "lower", "lower end of its 95 % interval";
    UPPER = Neither, "upper", "upper end of its 95 % interval";
    ERROR = Neither, "error", "Δ̂ − Δ; in a bootstrap, Δ is the estimate from all rows";
    ABSOLUTE_ERROR = Lower, "absolute_error",
        "|Δ̂ − Δ|; for typical-learners, the median over the combinations of learners";
    SQUARED_ERROR = Lower, "squared_error", "(Δ̂ − Δ)²";
    COVERS = Higher event, "covers", "1 if the 95 % interval contains Δ, else 0";
    LIMIT_ESTIMATE = Neither, "limit_estimate", "what Δ̂ tends to as n grows, by quadrature over the covariates";
    OFF_LIMIT_ESTIMATE = Neither, "off_limit_estimate", "Δ̂ − what it tends to";
    CLIPPED_PROPENSITIES = Neither, "clipped_propensities", "rows with π outside [.01, .99], which is clipped";
    CLIPPED_EXPOSURES = Neither, "clipped_exposures",
        "rows with a fitted probability of treatment outside [0, 1], used at the bound in D";
    CLIPPED_DIFFERENCES = Neither, "clipped_differences", "rows with |D| below .01, which is clipped";
    STRENGTH = Neither, "strength", "F statistic of the contrast of variances that identifies the effect";
    COMBINATION_ERROR = Neither, "combination_error",
        "Δ̂ − Δ of the combination of learners at the coordinate 25 i + 5 j + k, for learner i of π, j of p, k of m";
    COMBINATION_ESTIMATE = Neither, "combination_estimate", "Δ̂ likewise, where Δ is not known";
    R2 = Higher, "r2", "R² of Ŷ on Y in the test population, mean over the trials";
    F = Neither, "f", "F statistic of intercept 0 and slope 1 of τ̂ on τ, as if trials were independent";
    F_P = Neither, "f_p", "its p-value, with 2 and trials − 2 degrees of freedom";
    SLOPE_SE = Neither, "slope_se", "standard error of `slope`, as if trials were independent";
    MAE_SE = Neither, "mae_se", "standard error of `mae` over the trials of a replicate";
    MAE_CHANGE = Lower, "mae_change", "`mae` − that of `against`";
    MAE_CHANGE_SE = Neither, "mae_change_se", "its standard error, trials paired";
    MAE_CHANGE_T = Neither, "mae_change_t", "`mae_change` / `mae_change_se`";
}
