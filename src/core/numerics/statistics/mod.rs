//! Statistics of independent replicates: summaries, tests and intervals.
//!
//! Every sum follows the order of its input, so no result depends on the number of threads. Degenerate input
//! never panics: with fewer than two finite values a standard error is NaN, its p-values are 1 and its
//! interval is the whole line.

mod binomial;
mod change_points;
mod logistic;
mod median;
mod moments;
mod multiplicity;
mod slope;
mod student;
mod trimmed;

pub use binomial::{
    clopper_pearson, fisher_less, fisher_two_sided, ln_choose, p_at_least, p_at_most, sign_test,
    trials_to_decide,
};
pub use change_points::{Segment, change_penalty, segments};
pub use logistic::LogisticFit;
pub use median::{median_interval, median_standard_error, sides};
pub use moments::{mean, quantile, sd, standard_error, sum};
pub use multiplicity::{benjamini_yekutieli, benjamini_yekutieli_alone, holm};
pub use slope::{Weights, log_log_slope};
pub use student::{Estimate, RELATIVE_RESOLUTION, alike, normal_quantile, replicates_to_decide};
pub use trimmed::trimmed_mean;
