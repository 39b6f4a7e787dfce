//! Steps by plain sums over all states, with posteriors of the slab by Gaussian conditioning on the data.

use proptest::prelude::*;
use remeasure_core::numerics::dense::Cholesky;

use super::*;

/// All states of `units` causes with values of `values` or 0, of at most `gamma` causes.
fn states(units: usize, gamma: usize, values: &[f64]) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new()];
    for _ in 0..units {
        let extend = |s: &Vec<f64>| {
            let s = s.clone();
            std::iter::once(0.0).chain(values.iter().copied()).map(move |v| [&s[..], &[v]].concat())
        };
        all = all.iter().flat_map(extend).collect();
    }
    all.retain(|s| s.iter().filter(|v| **v != 0.0).count() <= gamma);
    all
}

/// What a datum expects, by sums.
struct Sums {
    cross: Vec<f64>,
    gram: Vec<f64>,
    causes: f64,
    errors: f64,
    log_evidence: f64,
}

fn sums(y: &Design, p: &Parameters, values: &[f64], gamma: usize, t: f64) -> Sums {
    let (pixels, units) = (p.dictionary.rows(), p.dictionary.columns());
    let mut sums = Sums {
        cross: vec![0.0; pixels * units],
        gram: vec![0.0; units * units],
        causes: 0.0,
        errors: 0.0,
        log_evidence: 0.0,
    };
    let states = states(units, gamma, values);
    for n in 0..y.columns() {
        let of = |s: &Vec<f64>| {
            let mut made = vec![0.0; pixels];
            p.dictionary.mul(s, &mut made);
            let error: f64 = made.iter().zip(y.column(n)).map(|(m, y)| (m - y).powi(2)).sum();
            let mut log = 0.0;
            for cause in s {
                log += match values.iter().position(|v| v == cause) {
                    Some(v) => (p.prior * p.shares[v]).ln(),
                    None => (1.0 - p.prior).ln(),
                };
            }
            let noise = 0.5 * pixels as f64 * (2.0 * std::f64::consts::PI * p.sigma * p.sigma).ln();
            (log - error / (2.0 * p.sigma * p.sigma * t) - noise, error)
        };
        let found: Vec<(f64, f64)> = states.iter().map(of).collect();
        let most = found.iter().fold(f64::NEG_INFINITY, |m, f| m.max(f.0));
        let total: f64 = found.iter().map(|f| (f.0 - most).exp()).sum();
        sums.log_evidence += (most + total.ln()) / y.columns() as f64;
        for (s, (log, error)) in states.iter().zip(&found) {
            let q = (log - most).exp() / total;
            sums.errors += q * error;
            sums.causes += q * s.iter().filter(|v| **v != 0.0).count() as f64;
            for h in 0..units {
                for d in 0..pixels {
                    sums.cross[h * pixels + d] += q * s[h] * y.column(n)[d];
                }
                for other in 0..units {
                    sums.gram[h * units + other] += q * s[h] * s[other];
                }
            }
        }
    }
    sums
}

fn start(pixels: usize, units: usize, seed: u64, shares: &[f64]) -> Parameters {
    Parameters {
        dictionary: (*design(pixels, units, 3.0, seed)).clone(),
        prior: 0.3,
        sigma: 1.5,
        shares: shares.to_vec(),
        means: Vec::new(),
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * (1.0 + a.abs().max(b.abs()))
}

#[test]
fn a_step_over_all_states_is_that_of_plain_sums() {
    let (y, units) = (design(6, 12, 4.0, 3), 4);
    for (kind, shares) in
        [(Kind::Binary, vec![1.0]), (Kind::Ternary, vec![0.5, 0.5]), (Kind::Discrete, vec![0.6, 0.4])]
    {
        for (gamma, t) in [(4, 1.0), (2, 1.0), (3, 2.5)] {
            let before = start(6, units, 8, &shares);
            let sums = sums(&y, &before, kind.values(), gamma, t);
            let truncation = Truncation { candidates: units, causes: gamma };
            let mut learner = Linear::new(Arc::clone(&y), units, kind, truncation, Ranking::Corrected);
            let mut after = before.clone();
            let step = learner.step(&mut after, Anneal { temperature: t, cut: 0.0 }).unwrap();
            assert_eq!(step.kept, 12);
            assert!(near(step.likelihood, sums.log_evidence), "{kind:?} {gamma}");
            assert!(near(after.sigma.powi(2), sums.errors / (6.0 * 12.0)), "{kind:?} {gamma}");
            // π A/B is the factor that makes the expected number of causes under the truncated prior agree.
            let weights = (0..=gamma).map(|g| {
                let choose = (0..g).fold(1.0, |c, i| c * (units - i) as f64 / (i + 1) as f64);
                (g as f64, choose * 0.3_f64.powi(g as i32) * 0.7_f64.powi((units - g) as i32))
            });
            let (b, a) = weights.fold((0.0, 0.0), |(b, a), (g, w)| (b + g * w, a + w));
            assert!(near(after.prior, 0.3 * a / b * sums.causes / 12.0), "{kind:?} {gamma}");
            // Normal equations: W Σ⟨ssᵀ⟩ = Σ y⟨s⟩ᵀ.
            for d in 0..6 {
                for h in 0..units {
                    let left: f64 =
                        (0..units).map(|j| after.dictionary.column(j)[d] * sums.gram[j * units + h]).sum();
                    assert!(near(left, sums.cross[h * 6 + d]), "{kind:?} {gamma} {d} {h}");
                }
            }
            assert!((after.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn exact_steps_never_lower_the_likelihood() {
    let data = problem("kind = \"bars\"\nsize = 3\nn = 80\nsigma = 3").unwrap().draw(&streams(1)).unwrap();
    let truncation = Truncation { candidates: 6, causes: 6 };
    let still = Anneal { temperature: 1.0, cut: 0.0 };
    let mut binary = Linear::new(Arc::clone(&data.y), 6, Kind::Binary, truncation, Ranking::Corrected);
    let mut discrete = Linear::new(Arc::clone(&data.y), 6, Kind::Discrete, truncation, Ranking::Corrected);
    let mut slab = Slab::new(Arc::clone(&data.y), 6, truncation);
    let learners: [(&mut dyn Learner, Vec<f64>, Vec<f64>); 3] = [
        (&mut binary, vec![1.0], vec![]),
        (&mut discrete, vec![0.5, 0.5], vec![]),
        (&mut slab, vec![], vec![1.0; 6]),
    ];
    for (learner, shares, means) in learners {
        let mut p = Parameters { means, sigma: 5.0, ..start(9, 6, 4, &shares) };
        let mut before = f64::NEG_INFINITY;
        for k in 0..60 {
            let now = learner.step(&mut p, still).unwrap().likelihood;
            assert!(now >= before - 1e-10, "{k}: {before} {now}");
            before = now;
        }
    }
}

#[test]
fn with_one_cause_at_a_time_the_atoms_are_weighted_means() {
    let y = design(5, 30, 4.0, 9);
    let mut p = start(5, 3, 2, &[1.0]);
    let w = p.dictionary.clone();
    let truncation = Truncation { candidates: 1, causes: 1 };
    let mut learner = Linear::new(Arc::clone(&y), 3, Kind::Binary, truncation, Ranking::Corrected);
    let mut again = p.clone();
    learner.step(&mut p, Anneal { temperature: 1.0, cut: 0.0 }).unwrap();
    let (mut above, mut below) = (vec![0.0; 15], [0.0; 3]);
    for n in 0..30 {
        let error = |h: Option<usize>| -> f64 {
            let pixel = |d: usize| h.map_or(0.0, |h| w.column(h)[d]);
            (0..5).map(|d| (y.column(n)[d] - pixel(d)).powi(2)).sum()
        };
        let weight = |h: usize| 0.3 / 0.7 * (-(error(Some(h)) - error(None)) / (2.0 * 1.5 * 1.5)).exp();
        let total = 1.0 + (0..3).map(weight).sum::<f64>();
        for h in 0..3 {
            below[h] += weight(h) / total;
            (0..5).for_each(|d| above[h * 5 + d] += weight(h) / total * y.column(n)[d]);
        }
    }
    for h in 0..3 {
        for d in 0..5 {
            assert!(near(p.dictionary.column(h)[d], above[h * 5 + d] / below[h]));
        }
    }
    // The corrected weight of singletons makes the same of the largest of one atom, if no atom is negative.
    again.dictionary.as_mut_slice().iter_mut().for_each(|w| *w = w.abs());
    let mut other = again.clone();
    learner.step(&mut again, Anneal { temperature: 1.0, cut: 0.0 }).unwrap();
    let choices = (Singletons::Corrected, Ranking::Corrected);
    let mut maximal = Maximal::new(y, 3, false, truncation, choices);
    maximal.step(&mut other, Anneal { temperature: 1.0, cut: 0.0 }).unwrap();
    for (a, b) in again.dictionary.as_slice().iter().zip(other.dictionary.as_slice()) {
        assert!(near(*a, *b), "{a} {b}");
    }
}

#[test]
fn the_slab_is_integrated_over() {
    // log p(y) of a datum over all sets, with the covariance σ²I + W_s W_sᵀ of the data written out.
    let (y, units, pixels) = (design(4, 3, 3.0, 5), 3, 4);
    let mut p = Parameters { means: vec![1.0, 0.5, 2.0], ..start(4, 3, 6, &[]) };
    let mut mean = 0.0;
    for n in 0..3 {
        let mut logs = Vec::new();
        for s in states(units, units, &[1.0]) {
            let mut covariance = vec![0.0; pixels * pixels];
            let mut centred = y.column(n).to_vec();
            for (h, _) in s.iter().enumerate().filter(|(_, s)| **s == 1.0) {
                let w = p.dictionary.column(h);
                for i in 0..pixels {
                    centred[i] -= p.means[h] * w[i];
                    (0..pixels).for_each(|j| covariance[i * pixels + j] += w[i] * w[j]);
                }
            }
            (0..pixels).for_each(|i| covariance[i * pixels + i] += p.sigma * p.sigma);
            let factor = Cholesky::new(pixels, &covariance).unwrap();
            let mut z = centred.clone();
            factor.solve_lower(&mut z);
            let active = s.iter().sum::<f64>();
            let constant = pixels as f64 * (2.0 * std::f64::consts::PI).ln() + factor.log_determinant();
            let prior = active * p.prior.ln() + (3.0 - active) * (1.0 - p.prior).ln();
            logs.push(prior - 0.5 * (constant + z.iter().map(|z| z * z).sum::<f64>()));
        }
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        mean += (most + logs.iter().map(|l| (l - most).exp()).sum::<f64>().ln()) / 3.0;
    }
    let mut learner = Slab::new(y, units, Truncation { candidates: 3, causes: 3 });
    let step = learner.step(&mut p, Anneal { temperature: 1.0, cut: 0.0 }).unwrap();
    assert!(near(step.likelihood, mean), "{} {mean}", step.likelihood);
}

proptest! {
    #[test]
    fn a_truncated_step_is_finite_and_bounded(seed in 0_u64..1000, candidates in 1_usize..5, gamma in 1_usize..5,
        temperature in 1.0_f64..9.0, cut in 0.0_f64..1.0, size in 0.01_f64..100.0) {
        let gamma = gamma.min(candidates);
        let y = design(5, 17, size, seed);
        let truncation = Truncation { candidates, causes: gamma };
        let choices = (Singletons::AsPublished, Ranking::Corrected);
        let mut learners: Vec<(Box<dyn Learner>, Vec<f64>)> = vec![
            (Box::new(Linear::new(Arc::clone(&y), 4, Kind::Binary, truncation, Ranking::Corrected)), vec![1.0]),
            (Box::new(Linear::new(Arc::clone(&y), 4, Kind::Ternary, truncation, Ranking::Corrected)), vec![0.5, 0.5]),
            (Box::new(Maximal::new(Arc::clone(&y), 4, true, truncation, choices)), vec![1.0]),
            (Box::new(Maximal::new(Arc::clone(&y), 4, false, truncation, choices)), vec![1.0]),
            (Box::new(Slab::new(y, 4, truncation)), vec![]),
        ];
        for (learner, shares) in &mut learners {
            let mut p = Parameters { means: vec![1.0; 4], sigma: size, ..start(5, 4, seed + 1, shares) };
            let step = learner.step(&mut p, Anneal { temperature, cut }).unwrap();
            prop_assert!(step.kept >= 1 && step.kept <= 17);
            prop_assert!(p.prior > 0.0 && p.prior < 1.0 && p.sigma > 0.0 && p.sigma.is_finite());
            prop_assert!(p.dictionary.as_slice().iter().all(|w| w.is_finite()));
        }
    }
}
