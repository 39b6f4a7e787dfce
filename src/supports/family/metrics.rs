//! The metrics of the supports family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    ERROR = Lower, "error", "‖prediction − v‖²/n, where ‖v‖²/n = 1";
    LEVEL = Neither, "level", "λ, ridge weight or number of steps used";
    SIZE = Neither, "size", "non-zero coefficients, or columns of a least-squares fit";
    GAP = Certificate, "gap", "largest duality gap along the path of the Lasso, relative to the objective at 0";
    REFERENCE = Neither, "reference", "number m of independent reference columns";
    FAILURES = Lower, "failures", "share of the support with a residual longer than the distance to the rest of the support";
    EXCESS = Lower, "excess", "failures − 1/(L + 1), at most 0 in expectation for a random support";
    WEIGHT = Lower, "weight", "Σ|w_j|‖r_j‖/‖v‖ over the support, at most k where nothing fails";
    PLAIN_WEIGHT = Neither, "plain_weight", "Σ|w_j|√n/‖v‖ over the support: the same for the plain Lasso";
    CONTRADICTIONS = Certificate, "contradictions", "columns with |w_j|‖r_j‖ > ‖v‖ and no failure: 0 by the proof";
    BOUND = Neither, "bound", "4λ Σ|w_j|‖r_j‖/√n + ‖QQᵀξ‖²/n: what the proof says of the error at this λ";
    STATED = Neither, "stated", "4λk‖v‖/√n + mσ²/n: the same if nothing fails, in expectation";
    APPLIES = Neither event, "applies", "1 where λ ≥ ‖ãᵀξ‖∞/n, so that the bound must hold";
    BROKEN = Lower event, "broken", "1 where the error is above the bound";
    VIOLATED = Lower event, "violated", "1 where the error is above the bound although it applies: 0 by the proof";
    ORTHOGONALITY = Certificate, "orthogonality", "largest |qᵀã|";
}
