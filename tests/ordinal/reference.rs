//! PRESTO's objective and coefficients at the reference λ.

use crate::data::{D1, D2, D4, numbers, records, sample};
use remeasure::ordinal::Model;
use remeasure::ordinal::path::{Method, Settings, lambda_max, path};

#[test]
fn objectives_reach_the_reference_ones() {
    for name in [D1, D2, D4] {
        let sample = sample(name);
        let rows = records(&format!("{name}_presto.csv"));
        let rows: Vec<_> = rows.iter().filter(|r| r["src"].starts_with("cpp")).collect();
        let lambdas: Vec<f64> = rows.iter().map(|r| r["lambda"].parse().unwrap()).collect();
        let settings = Settings::new(Method::Presto, 1.0);
        println!("{name} λ_max {:.13}", lambda_max(&sample, &settings).unwrap());
        let steps = path(&sample, &settings, &lambdas).unwrap();
        for (row, (step, model)) in rows.iter().zip(&steps) {
            let reference: f64 = row["objective"].parse().unwrap();
            println!(
                "{name} λ {:.3e}: {:.13} − {:.3e}, {:?}",
                step.lambda,
                step.objective,
                reference - step.objective,
                step
            );
            let Model::Cumulative(model) = model else { panic!() };
            let beta = numbers(&row["Beta_raw_colmajor_pxL"]);
            let ours: Vec<f64> = model.slopes.concat();
            let worst = ours.iter().zip(&beta).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
            let alpha = numbers(&row["alpha_raw_correct"]);
            let worst_alpha =
                model.intercepts.iter().zip(&alpha).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
            println!("   slopes off by {worst:.2e}, intercepts {worst_alpha:.2e}");
        }
    }
    for row in records("true_optimum_barrier.csv") {
        let sample = sample(&row["dataset"]);
        let lambda: f64 = row["lambda"].parse().unwrap();
        let settings = Settings::new(Method::Presto, 1.0);
        let steps = path(&sample, &settings, &[lambda]).unwrap();
        let reference: f64 = row["objective_barrier"].parse().unwrap();
        println!(
            "barrier {} {lambda:.3e}: {:.3e} {:?}",
            row["dataset"],
            reference - steps[0].0.objective,
            steps[0].0
        );
    }
}
