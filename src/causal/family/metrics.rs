//! The metrics of the causal family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    NCER = Lower, "ncer", "‖h − f‖² / (‖h − f‖² + ‖f‖²), the normalised causal error; ½ for h = 0";
    NCER_ADJUSTED = Lower, "ncer_adjusted",
        "ncer + (mean of its closed form over the published models − that of this model): the same mean, without \
         the spread between models";
    OFF_LIMIT = Neither, "off_limit", "ncer − its closed form for infinitely many rows";
    LIMIT = Neither, "limit", "closed form of ncer for infinitely many rows on this model";
    WEIGHT = Neither, "weight", "the weight that was used: α, λ, or a of Kania and Wit";
    LARGEST = Neither event, "largest", "1 if the weight chosen is the largest of those drawn, else 0";
    BETA = Neither, "beta", "share of the squared norm of the regression that is estimated to be confounding";
    RESIDUAL = Certificate, "residual",
        "‖A h − b‖/‖b‖ of the normal equations; for the Lasso, the largest violation of its conditions";
    EFFECT = Neither, "effect", "estimated effect τ̂ at the coordinate τ";
    MAE = Lower, "mae", "mean of |τ̂ − τ| over the trials of a replicate";
    SLOPE = Neither, "slope", "slope of τ̂ on τ over the trials of a replicate";
    SLOPE_ERROR = Lower, "slope_error", "|slope − 1|";
    INTERCEPT = Neither, "intercept", "intercept of that line";
    CALIBRATION = Neither, "calibration", "slope of Ŷ on Y in validation, mean over the trials";
    SCORE_ERROR = Certificate, "score_error", "largest error of the interpolated score of the density of Ŷ";
    R2 = Higher, "r2", "R² of Ŷ on Y in the test population, mean over the trials";
}
