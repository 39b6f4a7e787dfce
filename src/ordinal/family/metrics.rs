//! The metrics of the ordinal family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    RARE_MSE = Lower, "rare_mse", "mean over the training rows of (π̂_K − π_K)², the truth being known";
    BINNED_MSE = Lower, "binned_mse",
        "mean over the test rows of (π̂_K − event rate of its bin)², 10 bins of sorted predictions";
    BINNED_MSE_AS_PUBLISHED = Lower, "binned_mse_as_published",
        "the same with predictions in row order against the rates of sorted bins, as in the authors' code";
    BRIER = Lower, "brier", "Brier score over all classes: mean of Σ_k (π̂_k − 1{y = k})²";
    LOG_SCORE = Lower, "log_score", "mean of −log π̂_y (natural; π̂ at least 1e-15)";
    RARE_BRIER = Lower, "rare_brier", "Brier score of the rare class: mean of (π̂_K − 1{y = K})²";
    RARE_LOG_SCORE = Lower, "rare_log_score", "log score of the rare class against all others";
    CALIBRATION_ERROR = Lower, "calibration_error",
        "mean of |event rate − mean prediction| over 10 bins of π̂_K";
    MEAN_PREDICTION = Neither, "mean_prediction", "mean of π̂_K";
    EVENT_RATE = Neither, "event_rate", "share of the rare class among the rows predicted";
    PREDICTED = Neither, "predicted",
        "mean of π̂_K in a bin of sorted predictions; coordinate: the bin, from 1";
    OBSERVED = Neither, "observed", "event rate in that bin";
    OVERPREDICTION = Neither, "overprediction",
        "predicted − observed in that bin: 0 where π̂_K is calibrated";
    CROSSED = Lower, "crossed", "rows predicted whose cumulative curves cross, so that π̂ had to be mended";
    CROSSED_TRAINING = Lower, "crossed_training", "the same among the training rows";
    LAMBDA = Neither, "lambda", "penalty used, on the mean loss and standardised features";
    KKT = Certificate, "kkt", "KKT residual of the penalised problem, domain included";
    GRADIENT = Certificate, "gradient", "largest derivative of the mean loss of an unpenalised fit";
    ITERATIONS = Lower, "iterations", "Newton steps";
    RARE_ROWS = Neither, "rare_rows", "training rows of the rare class";
    REDRAWS_CROSSING = Neither, "redraws_crossing", "draws thrown away because true curves crossed";
    REDRAWS_UNSEEN = Neither, "redraws_unseen", "draws thrown away because a class was not seen";
    REPORTED = Certificate, "reported", "how exactly an external method solved its own problem, as it says";
    OWN = Neither, "own", "a further number of an external method; coordinate: its position in `numbers`, from 1";
    ACCURACY = Higher, "accuracy", "share of the rows predicted whose most probable class is theirs";
    NONZEROS = Neither, "nonzeros", "slopes that are not 0, of all classes; coordinate: the class, from 1";
    JACCARD = Neither, "jaccard",
        "overlap of the classes' non-zero slopes: mean Jaccard index of the pairs, 0 if both are empty";
    NULL_ZERO = Higher, "null_zero", "share of truly zero slopes of the columns kept that are 0";
    FOUND = Higher, "found", "share of truly non-zero slopes that are not 0";
    BLOCK_FOUND = Higher, "block_found", "share of truly active blocks of columns in which a slope of the class is not 0";
    BLOCK_NULL_ZERO = Higher, "block_null_zero", "share of truly inactive blocks in which no slope of the class is non-zero";
    GAP = Certificate, "gap", "duality gap ÷ mean loss of the intercepts alone";
    KEPT = Neither, "kept", "columns that the screen kept; 1 or 0 at the coordinate of a column, from 1";
    VIF = Neither, "vif",
        "largest variance inflation factor before the screen; at the coordinate of a column, its own";
    PATH = Neither, "path",
        "a coefficient along the path of λ, first replicate; coordinate: step · 10⁹ + class · 10⁶ + feature, from 1";
    PATH_LAMBDA = Neither, "path_lambda", "λ of a step of the path; coordinate: the step, from 1";
    VIF_KEPT = Neither, "vif_kept", "the same of the columns kept, after the screen";
}
