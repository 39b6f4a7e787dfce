//! The metrics of the network family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    MSE = Lower, "mse", "mean squared error of the predictions of test rows, mean over nodes";
    COEFFICIENT_ERROR = Lower, "coefficient_error", "‖a − true coefficients‖², mean over nodes";
    AUC = Higher, "auc", "area under the ROC curve of the scores of test rows, mean over nodes";
    DETECTION = Higher, "detection", "share of incidents among the test rows with an alarm, mean over nodes";
    FALSE_ALARMS = Lower, "false_alarms", "share of normal test rows with an alarm, mean over nodes; nominally ν";
    BELOW = Neither, "below", "share of training rows below the plane, mean over nodes; at most ν for local fits";
    ERROR_RATE = Lower, "error_rate", "share of test rows in the wrong class, mean over nodes; a score of 0 counts ½";
    LOG_LOSS = Lower, "log_loss", "log(1 + exp(−y xᵀa)) of test rows, mean over nodes";
    LAMBDA = Neither, "lambda", "λ that was used or chosen";
    OBJECTIVE = Neither, "objective", "Σ f(a) + λ Σ w ‖a − a'‖ at the fit";
    CLUSTERS = Neither, "clusters", "groups of nodes with the same model";
    ITERATIONS = Lower, "iterations", "iterations or rounds; of a path, in all";
    GAP = Certificate, "gap",
        "optimality gap, certified by the dual, relative to the objective or to 1 if that is smaller; of a path, the largest";
    GAP_AFTER = Certificate, "gap_after", "the same at the coordinate, the number of iterations";
    PRIMAL_RESIDUAL = Certificate, "primal_residual", "norm of the differences between models and their copies";
    DUAL_RESIDUAL = Certificate, "dual_residual", "ρ times the norm of the last change of the copies";
    NODE_GAP = Certificate, "node_gap", "largest optimality gap of a node's step in the last iteration";
    HELD = Neither, "held", "numbers that the solver and the losses of the nodes hold; 8 bytes each";
    EDGES = Neither, "edges", "edges of the graph";
    PARTS = Neither, "parts", "connected parts of the graph";
    ISOLATED = Neither, "isolated", "nodes without edges";
}
