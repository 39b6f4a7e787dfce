//! The metrics of the selection family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    FDP = Neither, "fdp", "share of nulls among the selected rows, 0 if there are none; coordinate: the level q";
    EXCESS = Neither, "excess", "fdp − q, averaged over the levels; at a coordinate q, of that level";
    POWER = Higher, "power",
        "selected rows of interest / all of interest, 0 if there are none; averaged over the levels; coordinate: q";
    EMPTY = Neither, "empty", "share of levels at which nothing is selected; at a coordinate q, 1 or 0";
    SELECTED = Neither, "selected", "selected rows, averaged over the levels; coordinate: q";
    NULLS = Neither, "nulls", "share of nulls among the test rows";
    CHOSEN = Neither, "chosen",
        "1 if a test row is selected, else 0; coordinate: row + q, rows from 1 (of your own scores)";
    NULL_E = Certificate, "null_e", "mean of e_j · 1{row j is a null}, at most 1 in expectation; coordinate: q";
    P_MEAN = Neither, "p_mean", "mean p-value of the test rows at the first level";
    P_TENTH = Neither, "p_tenth", "share of test rows with a p-value of at most .1 at the first level";
    GAP = Certificate, "gap", "largest relative duality gap of the quantile regressions";
    CONSTANT = Neither, "constant", "models whose scores of all test rows are the same";
    NONPOSITIVE = Neither, "nonpositive", "share of calibration and test rows with a fitted scale that is not positive";
}
