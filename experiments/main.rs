//! The `remeasure` command: the registered experiments, and nothing else.

mod amtrl_active;
mod amtrl_cost;
mod amtrl_digits;
mod amtrl_known;
mod amtrl_sparsity;
mod bilevel_foe;
mod bilevel_lasso;
mod bilevel_quadratic;
mod bilevel_ridge;
mod bilevel_tv;
mod learning_to_relax;
mod phase_transition;
mod presto_dense;
mod presto_prediabetes;
mod presto_sparse;
mod presto_wine;
mod sparse_recovery;
mod unfolding_convergence;
mod unfolding_lista;
mod unfolding_mismatch;

use std::process::ExitCode;

fn main() -> ExitCode {
    remeasure::main(&[
        sparse_recovery::EXPERIMENT,
        phase_transition::EXPERIMENT,
        presto_sparse::EXPERIMENT,
        presto_dense::EXPERIMENT,
        presto_prediabetes::EXPERIMENT,
        presto_wine::EXPERIMENT,
        unfolding_convergence::EXPERIMENT,
        unfolding_mismatch::EXPERIMENT,
        unfolding_lista::EXPERIMENT,
        amtrl_known::EXPERIMENT,
        amtrl_active::EXPERIMENT,
        amtrl_sparsity::EXPERIMENT,
        amtrl_cost::EXPERIMENT,
        amtrl_digits::EXPERIMENT,
        bilevel_quadratic::EXPERIMENT,
        bilevel_ridge::EXPERIMENT,
        bilevel_lasso::EXPERIMENT,
        bilevel_tv::EXPERIMENT,
        bilevel_foe::EXPERIMENT,
        learning_to_relax::EXPERIMENT,
        learning_to_relax::OMEGA,
        learning_to_relax::HEAT,
    ])
}
