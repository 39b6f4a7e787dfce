//! The metrics of the sparse family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    NMSE = Lower, "nmse", "‖x̂ − x‖² / ‖x‖²; of an ensemble, a ratio of sums over its signals";
    NMSE_DB = Lower, "nmse_db", "the same in decibels, 10 log₁₀";
    SUCCESS = Higher event, "success", "1 where nmse ≤ success_nmse, else 0; of an ensemble, the share";
    PREDICTION_ERROR = Lower, "prediction_error", "‖A(x̂ − x)‖² / ‖A x‖²";
    TEST_MSE = Lower, "test_mse", "mean squared error on held-out rows, 1 = predicting the mean";
    SUPPORT_PRECISION = Higher, "support_precision", "share of the selected features that are in the support";
    SUPPORT_RECALL = Higher, "support_recall", "share of the support that is selected";
    SUPPORT_F1 = Higher, "support_f1", "harmonic mean of precision and recall";
    NONZEROS = Neither, "nonzeros", "number of non-zero coefficients";
    LAMBDA = Neither, "lambda", "penalty used, 1/(2n) convention";
    OBJECTIVE = Neither, "objective",
        "1/(2n)‖y − A x̂‖² + λ‖x̂‖₁, with the method's own loss and penalty where they are others";
    OBJECTIVE_L1 = Lower, "objective_l1",
        "½‖y − A x̂‖² + λ‖x̂‖₁ with the ensemble's λ, mean over its signals";
    OBJECTIVE_L0 = Lower, "objective_l0",
        "½‖y − A x̂‖² + λ‖x̂‖₀ with the ensemble's λ, mean over its signals";
    ISTA_ITERATIONS = Higher, "ista_iterations", "iterations of ISTA at 1/L to the same objective_l1";
    STEP = Neither, "step", "learned step of a layer, in units of 1/L";
    THRESHOLD = Neither, "threshold", "learned threshold of a layer";
    TRAINING_LOSS = Lower, "training_loss", "loss of the training batch, by number of batches";
    SKIPPED_BATCHES = Lower, "skipped_batches", "training batches left out because they were not finite";
    GAP = Certificate, "gap", "duality gap relative to P(0)";
    FIXED_POINT = Lower, "fixed_point", "relative change of the last iteration";
    ORTHOGONALITY = Neither, "orthogonality", "largest correlation of a selected feature with the residual";
    ITERATIONS = Lower, "iterations", "iterations, in the method's own unit";
    REPORTED = Certificate, "reported", "how exactly an external method solved its own problem, as it says";
    OWN = Neither, "own", "a further number of an external method; coordinate: its position in `numbers`, from 1";
    PATH = Neither, "path",
        "a coefficient along the path of λ, first replicate; coordinate: step · 10⁹ + feature, from 1";
    PATH_LAMBDA = Neither, "path_lambda", "λ of a step of the path; coordinate: the step, from 1";
}
