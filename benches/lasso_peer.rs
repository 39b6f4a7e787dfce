//! The Rust side of `scripts/peers`: solves exported Lasso problems on command.
//!
//! Reads one command per line, `CASE SOLVER TOLERANCE`, with SOLVER `remeasure` or `linfa`; writes the
//! coefficients to `CASE.SOLVER.w` next to the case and prints the CPU milliseconds of the solve. Without a
//! folder as argument it does nothing, so that `cargo bench` skips it.

mod clock;

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;

use linfa::prelude::*;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2, ShapeBuilder};
use remeasure::core::numerics::Design;
use remeasure::optim::{Lasso, LassoProblem};

use clock::cpu_ms;

fn doubles(path: &Path) -> std::io::Result<Vec<f64>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
}

fn solve_linfa(
    data: &DatasetBase<Array2<f64>, Array1<f64>>,
    lambda: f64,
    tolerance: f64,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let model = ElasticNet::params()
        .penalty(lambda)
        .l1_ratio(1.0)
        .with_intercept(false)
        .tolerance(tolerance)
        .max_iterations(100_000)
        .fit(data)?;
    Ok(model.hyperplane().to_vec())
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().skip(1).find(|a| !a.starts_with('-')) else {
        return Ok(());
    };
    let folder = Path::new(&folder);
    let mut loaded: Option<(String, Design, Vec<f64>, f64)> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [case, solver, tolerance] = words[..] else {
            return Err(format!("expected CASE SOLVER TOLERANCE, not {line:?}").into());
        };
        if loaded.as_ref().is_none_or(|l| l.0 != case) {
            let header = std::fs::read_to_string(folder.join(format!("{case}.txt")))?;
            let fields: Vec<&str> = header.split_whitespace().collect();
            let [n, p, lambda] = fields[..] else { return Err("header: n p lambda".into()) };
            let x = doubles(&folder.join(format!("{case}.x")))?;
            let design = Design::from_columns(n.parse()?, p.parse()?, x);
            loaded =
                Some((case.to_owned(), design, doubles(&folder.join(format!("{case}.y")))?, lambda.parse()?));
        }
        let Some((_, design, response, lambda)) = &loaded else { unreachable!("loaded above") };
        let tolerance: f64 = tolerance.parse()?;
        let (coefficients, elapsed, note) = match solver {
            "remeasure" => {
                let start = cpu_ms();
                let problem = LassoProblem::new(design, response)?;
                let solution = Lasso::new(*lambda)?.tolerance(tolerance)?.solve(&problem, None)?;
                let elapsed = cpu_ms() - start;
                let note = format!(
                    "rounds {} sweeps {} {:?}",
                    solution.history.len(),
                    solution.iterations,
                    solution.termination
                );
                (solution.coefficients, elapsed, note)
            }
            "linfa" => {
                let shape = (design.rows(), design.columns()).f();
                let x = Array2::from_shape_vec(shape, design.as_slice().to_vec())?;
                let data = DatasetBase::new(x, Array1::from(response.clone()));
                let start = cpu_ms();
                let coefficients = solve_linfa(&data, *lambda, tolerance)?;
                (coefficients, cpu_ms() - start, String::new())
            }
            other => return Err(format!("unknown solver {other}").into()),
        };
        let bytes: Vec<u8> = coefficients.iter().flat_map(|w| w.to_le_bytes()).collect();
        std::fs::write(folder.join(format!("{case}.{solver}.w")), bytes)?;
        println!("{elapsed} {note}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
