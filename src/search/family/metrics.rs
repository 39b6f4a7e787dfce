//! The metrics of the search family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    REGRET = Lower, "regret", "least finite value so far − minimum; coordinate: trials";
    LOG_REGRET = Lower, "log_regret", "log₁₀ of the regret, −12 at least; coordinate: trials";
    BEST = Lower, "best", "least finite value so far; coordinate: trials";
    TRIALS = Neither, "trials", "values asked for";
    NOT_FINITE = Neither, "not_finite", "values that are not finite";
    JITTERED = Neither, "jittered", "trials whose covariance matrix was singular without jitter";
    COVERAGE = Neither, "coverage", "share of candidates within mean ± .994 sd, 68 % if the model is right";
    COVERAGE_ERROR = Lower, "coverage_error", "|coverage − .68| of a data set";
    CALIBRATION = Lower, "calibration",
        "mean |coverage − level| over the central intervals of levels .1 to .9 of a data set";
    NRMSE = Lower, "nrmse", "root mean squared error / range of the candidates' true values";
    R2 = Higher, "r2", "1 − squared error / that of the candidates' mean";
    SHARPNESS = Lower, "sharpness", "root mean squared standard deviation / range of the candidates' true values";
    NLPD = Lower, "nlpd", "mean negative log density of the true values; missing where an sd is 0";
    NLPD_CUT = Neither, "nlpd_below_100", "the same over candidates with less than 100, as published";
    HIDDEN = Neither, "hidden", "share of candidates with a negative log density of 100 or more, or an sd of 0";
    CHOICE_REGRET = Lower, "choice_regret",
        "true value of the candidate with the largest expected improvement − least one, / range of observed and candidates";
    DESIGN_BEST = Higher, "design_best", "largest true value of the designs found, in the unit of the function";
    DESIGN_80 = Higher, "design_80", "80 % quantile of their true values";
    DESIGN_MEDIAN = Higher, "design_median", "median of their true values";
    GAP = Lower, "gap", "median predicted value − median true value of the designs found";
    RMSE = Lower, "rmse", "root mean squared error on designs held out, in their standard deviation";
    NORM_TRAIN = Lower, "norm_train", "norm of the gradient, by all weights, of the mean prediction of training designs";
    NORM_HELD_OUT = Lower, "norm_held_out", "the same of designs held out";
    SHARP_TRAIN = Lower, "sharpness_train", "largest rise of the mean prediction of training designs within the radius";
    SHARP_HELD_OUT = Lower, "sharpness_held_out", "the same of designs held out";
    FIRST_ORDER = Neither, "first_order", "sharpness of designs held out / (radius · norm of the gradient)";
    LAMBDA = Neither, "lambda", "λ of the regulariser at the end; coordinate: epochs";
}
