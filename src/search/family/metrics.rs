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
}
