//! The authors' models, redrawn from numpy's stream, and their closed forms.

use remeasure_causal::models;
use remeasure_causal::theory::{Limit, Population, mean_ncer};

use crate::data;

fn close(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(1e-3)
}

#[test]
fn the_published_models_have_the_check_values() {
    let models = models::published();
    assert_eq!(models.len(), 32);
    let entry = |model: usize, row: usize, column: usize| models[model].confounding.column(column)[row];
    for (got, expected) in [
        (entry(0, 0, 0), 0.496_714_15),
        (entry(0, 0, 1), -0.138_264_3),
        (entry(0, 0, 2), 0.647_688_54),
        (models[0].effect[0], -0.025_554_07),
        (models[0].effect[1], 1.172_729_02),
        (models[0].effect[2], 0.543_600_15),
        (entry(1, 0, 0), 0.901_474_63),
        (entry(31, 0, 0), -0.586_447_08),
    ] {
        assert!((got - expected).abs() < 6e-9, "{got} {expected}");
    }
}

#[test]
fn models_and_closed_forms_agree_with_numpy() {
    let text = data("seed42_population.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for record in reader.deserialize::<std::collections::HashMap<String, f64>>() {
        let row = record.expect("a row");
        let model = &models::published()[row["sem"] as usize];
        let norm = model.effect.iter().map(|v| v * v).sum::<f64>().sqrt();
        let limit =
            |kappa: f64, limit| Population::new(model, kappa, 0.1).ncer(limit).expect("a closed form");
        for (name, got) in [
            ("f0", model.effect[0]),
            ("f1", model.effect[1]),
            ("W00", model.confounding.column(0)[0]),
            ("W01", model.confounding.column(1)[0]),
            ("W_last_col_0", model.confounding.column(32)[0]),
            ("norm_f", norm),
            ("pop_erm_k1", limit(1.0, Limit::ERM)),
            ("pop_da_k1_g1", limit(1.0, Limit::augmented(1.0))),
            ("pop_ivl_a0.01", limit(1.0, Limit::ivl(1.0, 0.01))),
            ("pop_ivl_a1", limit(1.0, Limit::ivl(1.0, 1.0))),
            ("pop_erm_k0.5", limit(0.5, Limit::ERM)),
            ("pop_scalar", limit(1.0, Limit::Invariant)),
        ] {
            assert!(close(got, row[name], 1e-9), "{name} of {}: {got} {}", row["sem"], row[name]);
        }
        rows += 1;
    }
    assert_eq!(rows, 32);
    let mean = |limit| mean_ncer(models::published(), 1.0, 0.1, limit).expect("a mean");
    assert!(
        (mean(Limit::ERM) - 0.477_68).abs() < 5e-6 && (mean(Limit::augmented(1.0)) - 0.079_70).abs() < 5e-6
    );
}

#[test]
fn the_basis_is_orthonormal_and_ignored_by_the_effect() {
    for model in models::published() {
        let basis = model.ignored();
        assert_eq!((basis.rows(), basis.columns()), (32, 31));
        for i in 0..31 {
            let along: f64 = basis.column(i).iter().zip(&model.effect).map(|(a, b)| a * b).sum();
            assert!(along.abs() < 1e-13, "{along}");
            for j in 0..=i {
                let inner: f64 = basis.column(i).iter().zip(basis.column(j)).map(|(a, b)| a * b).sum();
                assert!((inner - f64::from(u8::from(i == j))).abs() < 1e-14, "{i} {j} {inner}");
            }
        }
    }
}
