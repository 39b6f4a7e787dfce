//! The metrics of the family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    SHD = Lower, "shd", "structural Hamming distance between DAGs: extra, missing and reversed edges";
    EXTRA = Lower, "extra", "estimated edges between nodes that are not adjacent";
    MISSING = Lower, "missing", "adjacent nodes without an estimated edge";
    REVERSED = Lower, "reversed", "estimated edges in the wrong direction";
    TPR = Higher, "tpr", "share of the true edges that are found in the right direction";
    FDR = Lower, "fdr", "share of the estimated edges that are extra or reversed; 0 without any";
    SKELETON_F1 = Higher, "skeleton_f1", "F1 score of the adjacent pairs, whatever their direction";
    SHD_CPDAG = Lower, "shd_cpdag", "pairs of nodes between which the CPDAGs differ";
    SID = Lower, "sid", "structural intervention distance: ordered pairs whose effect can be inferred wrongly";
    EDGES = Neither, "edges", "number of estimated edges";
    NOISE_ERROR = Lower, "noise_error", "‖σ̂² − σ²‖/‖σ²‖ of the variances of the noise of all nodes";
    OBJECTIVE = Neither, "objective", "the method's objective at the end, before the threshold";
    NORM = Neither, "norm", "Σ|w| of the estimated weights before the threshold";
    GRADIENT = Certificate, "gradient", "largest entry of the gradient where |w| > 0.01, before the threshold";
    ACYCLICITY = Certificate, "acyclicity", "the method's measure of cycles, before the threshold; 0 for a DAG";
    DROPPED = Neither, "dropped", "edges above the threshold that were removed to break cycles";
    STEPS = Neither, "steps", "steps of the solver";
    LEVEL_ERROR = Lower, "level_error", "|mean of σ̂² − mean of σ²|/mean of σ² over the nodes";
    WEIGHT = Neither, "weight", "estimated weight at the coordinate 1000·i + j of i → j (columns from 1)";
    OTHER_MARKS = Lower, "other_marks", "adjacent nodes whose estimated edge differs from the true one in its end marks";
    MARK = Neither, "mark",
        "1 at the coordinate 1000·i + j of each mark from i to j (columns from 1): i → j, or i — j with both; 0 at \
         1000·i + i; of the first replicate alone";
    TRUE_MARK = Neither, "true_mark", "the same of the true equivalence class";
    TESTS = Neither, "tests", "number of different independence tests of the fit";
    DEPTH = Neither, "depth", "size of the largest conditioning set of the fit";
    VOID_TESTS = Neither, "void_tests",
        "tests in which there is nothing to test: at most |S| + 3 rows left, or a constant variable";
    ZERO_SHARE = Neither, "zero_share", "share of the values that are 0";
    P_VALUE = Neither, "p_value", "p-value of the test";
    REJECTED = Neither event, "rejected", "1 if p is at most 0.05, else 0";
    CORRELATION = Neither, "correlation", "the tested partial correlation";
    ROWS = Neither, "rows", "rows that the test uses";
}
