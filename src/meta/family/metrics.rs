//! The metrics of the meta family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    EXACT_MATCH = Higher, "exact_match", "share of rows with all fields right; x matches x";
    EXACT_MATCH_COMPLETE = Higher, "exact_match_complete",
        "the same, of the rows in which the annotators found all fields";
    PARTIAL_MATCH = Higher, "partial_match", "at a coordinate j: share of rows with at least j fields right";
    UNKNOWN = Lower, "unknown", "fields answered as unknown that the annotators found";
    COMPUTABLE = Higher, "computable",
        "rows whose effect can be computed from the answer, as a share of those computable from the reference";
    COMPUTED = Neither, "computed", "rows whose effect can be computed from both";
    MAE = Lower, "mae", "mean absolute error of the log odds ratio or standardised mean difference, over `computed`";
    MAE_SE = Neither, "mae_se", "sd of the absolute errors (divisor n − 1) / √n";
    MAE_SE_SIGNED = Neither, "mae_se_signed",
        "sd of the signed errors (divisor n) / √n, which the authors' code gives as the standard error of the MAE";
    MEDIAN_ERROR = Lower, "median_error", "median absolute error, over `computed`";
    LARGEST_ERROR = Lower, "largest_error", "largest absolute error, over `computed`";
    ADVANTAGE = Higher, "advantage", "exact_match − that of `against`";
    ADVANTAGE_SE = Neither, "advantage_se", "standard error of `advantage`, clustered by trial";
    NOT_AHEAD = Lower event, "not_ahead", "1 if `advantage` is 0 or below, else 0";
    COMMON = Neither, "common", "rows whose effect both `model` and `against` can compute";
    MAE_CHANGE = Lower, "mae_change", "mae − that of `against`, over the rows of `common`";
    MAE_CHANGE_SE = Neither, "mae_change_se", "standard error of `mae_change`, clustered by trial";
    MAE_CHANGE_RAW = Lower, "mae_change_raw", "mae − that of `against`, each over its own rows";
    ERROR_NOT_LESS = Lower event, "error_not_less", "1 if `mae_change` is 0 or above, else 0";
    SHIFT = Lower, "shift", "|Δ log OR| between the pooled estimate and that of the annotators' numbers";
    FLIPPED = Lower event, "flipped", "1 if p < .05 holds for one of both pooled estimates alone, else 0";
    REVERSED = Lower event, "reversed", "1 if the two pooled log odds ratios have opposite signs, else 0";
    DROPPED = Lower, "dropped", "trials of a pseudo meta-analysis whose numbers cannot be used";
    POOLED = Higher event, "pooled", "1 if at least one trial could be used, else 0";
    ESTIMATE = Neither, "estimate", "pooled effect: a log ratio, a difference, or the unit of the effects";
    SE = Neither, "se", "standard error of `estimate`";
    LOWER = Neither, "lower", "lower end of the 95 % interval of `estimate`";
    UPPER = Neither, "upper", "upper end of the 95 % interval of `estimate`";
    RATIO = Neither, "ratio", "exp(estimate): the pooled odds or risk ratio";
    RATIO_LOWER = Neither, "ratio_lower", "lower end of the 95 % interval of `ratio`";
    RATIO_UPPER = Neither, "ratio_upper", "upper end of the 95 % interval of `ratio`";
    SIGNIFICANT = Neither event, "significant", "1 if the 95 % interval of `estimate` excludes 0, else 0";
    Q = Neither, "q", "Cochran's Q around the estimate of a common effect";
    Q_P = Neither, "q_p", "p-value of `q`, χ² with studies − 1 degrees of freedom";
    I2 = Neither, "i2", "I² in percent";
    I2_LOWER = Neither, "i2_lower", "lower end of the 95 % Q-profile interval of `i2`";
    I2_UPPER = Neither, "i2_upper", "upper end of the 95 % Q-profile interval of `i2`";
    TAU2 = Neither, "tau2", "variance between studies τ²";
    TAU2_LOWER = Neither, "tau2_lower", "lower end of the 95 % Q-profile interval of `tau2`";
    TAU2_UPPER = Neither, "tau2_upper", "upper end of the 95 % Q-profile interval of `tau2`";
    STUDIES = Neither, "studies", "studies pooled";
    LEFT_OUT = Neither, "left_out", "double-zero studies left out";
    WEIGHT = Neither, "weight", "at a coordinate i: weight of the i-th study in percent";
    STUDY_EFFECT = Neither, "study_effect", "at a coordinate i: effect of the i-th study";
    STUDY_LOWER = Neither, "study_lower", "at a coordinate i: lower end of its 95 % interval";
    STUDY_UPPER = Neither, "study_upper", "at a coordinate i: upper end of its 95 % interval";
    GRADIENT = Certificate, "gradient", "|Σw(y − θ)| / Σw|y − θ|, 0 where Q is least";
    RESIDUAL = Certificate, "residual",
        "relative departure of τ² from its equation: the REML score, or Q − (k − 1) of Paule and Mandel";
    PROFILE_RESIDUAL = Certificate, "profile_residual",
        "relative departure of Q from its quantile at the ends of the Q-profile interval, the larger one";
}
