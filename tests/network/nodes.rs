//! The losses of single nodes.

use remeasure_network::node::OneClass;

use super::*;

const MODELS: [&str; 3] = ["ridge", "logistic", "one-class"];

fn node(model: &str, rows: usize, replicate: u32) -> Box<dyn Node> {
    let instance = instance(&format!("model = \"{model}\"\nrows = {rows}"), replicate);
    losses(&instance).swap_remove(0)
}

#[test]
fn gradients_agree_with_finite_differences() {
    for model in MODELS {
        let node = node(model, 8, 1);
        let a: Vec<f64> = (0..node.size()).map(|i| 0.7 - 0.9 * i as f64).collect();
        let mut gradient = vec![0.0; a.len()];
        node.gradient(&a, &mut gradient);
        for (i, slope) in gradient.iter().enumerate() {
            let (mut above, mut below) = (a.clone(), a.clone());
            above[i] += 1e-6;
            below[i] -= 1e-6;
            let difference = (node.value(&above) - node.value(&below)) / 2e-6;
            assert!(
                (difference - slope).abs() < 1e-7 * slope.abs().max(1.0),
                "{model}: {difference} {slope}"
            );
        }
    }
}

/// `f(a) + (weight/2)‖a − centre‖²`.
fn value(node: &dyn Node, weight: f64, centre: &[f64], a: &[f64]) -> f64 {
    let off: f64 = a.iter().zip(centre).map(|(a, c)| (a - c) * (a - c)).sum();
    node.value(a) + 0.5 * weight * off
}

#[test]
fn a_step_is_the_minimum_to_its_gap() {
    for model in MODELS {
        for (rows, weight) in [(1, 1.0), (6, 0.05), (8, 1.0), (40, 3.0), (40, 200.0)] {
            let mut node = node(model, rows, 2);
            let p = node.size();
            let centre: Vec<f64> = (0..p).map(|i| 1.5 - 0.6 * i as f64).collect();
            let mut a = vec![0.0; p];
            let gap = node.step(weight, &centre, 1e-24, &mut a);
            let least = value(&*node, weight, &centre, &a);
            assert!((0.0..1e-12).contains(&gap), "{model} {rows} {weight}: gap {gap:e}");
            for i in 0..p {
                for change in [1e-3, -1e-3] {
                    let mut other = a.clone();
                    other[i] += change;
                    // Strongly convex: the value rises by at least weight/2 times the square.
                    let rise = value(&*node, weight, &centre, &other) - least;
                    assert!(rise >= 0.499 * weight * 1e-6 - 1e-12, "{model} {rows} {weight}: {rise:e}");
                }
            }
            // From another start, the same model.
            let mut again = vec![3.0; p];
            node.step(7.0, &vec![-2.0; p], 1e-24, &mut again);
            node.step(weight, &centre, 1e-24, &mut again);
            assert!(apart(&a, &again) < 1e-9, "{model} {rows} {weight}: {:e}", apart(&a, &again));
        }
    }
}

#[test]
fn a_loose_step_is_within_the_gap_that_it_reports() {
    let (mut loose, mut exact) = (node("one-class", 40, 3), node("one-class", 40, 3));
    let centre = [0.5, 1.0, -0.3, 2.0];
    let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
    let gap = loose.step(0.7, &centre, 1e-2, &mut a);
    exact.step(0.7, &centre, 1e-24, &mut b);
    let excess = value(&*loose, 0.7, &centre, &a) - value(&*exact, 0.7, &centre, &b);
    assert!((-1e-13..=gap + 1e-13).contains(&excess) && gap <= 1e-2, "{excess:e} {gap:e}");
}

#[test]
fn the_minimum_alone_is_where_the_step_tends_to_and_its_gap_is_certified() {
    for model in MODELS {
        for rows in [1, 5, 30] {
            let mut node = node(model, rows, 4);
            let mut a = vec![0.0; node.size()];
            let gap = node.alone(&mut a);
            assert!((-1e-12..1e-10).contains(&gap), "{model} {rows}: {gap:e}");
            let least = node.value(&a);
            for i in 0..a.len() {
                for change in [1e-4, -1e-4] {
                    let mut other = a.clone();
                    other[i] += change;
                    assert!(node.value(&other) >= least - 1e-12, "{model} {rows}");
                }
            }
            // The conjugate at 0 is minus the minimum.
            let conjugate = node.conjugate(&vec![0.0; a.len()], &a);
            assert!((conjugate + least).abs() < 1e-9, "{model} {rows}: {conjugate} {least}");
        }
    }
}

#[test]
fn the_conjugate_is_an_upper_bound_that_the_right_model_attains() {
    for model in MODELS {
        let mut node = node(model, 12, 5);
        let p = node.size();
        let g: Vec<f64> = (0..p).map(|i| 0.05 * (i as f64 - 1.0)).collect();
        // sup gᵀa − f(a), by steps of a proximal method.
        let mut a = vec![0.0; p];
        for _ in 0..4000 {
            let centre: Vec<f64> = a.iter().zip(&g).map(|(a, g)| a + g / 0.05).collect();
            node.step(0.05, &centre, 1e-24, &mut a);
        }
        let attained: f64 = a.iter().zip(&g).map(|(a, g)| a * g).sum::<f64>() - node.value(&a);
        let bound = node.conjugate(&g, &a);
        assert!(bound >= attained - 1e-12, "{model}: {bound} {attained}");
        assert!(bound - attained < 1e-6, "{model}: {bound} {attained}");
        // And at any other model the bound holds still.
        assert!(node.conjugate(&g, &vec![0.3; p]) >= attained - 1e-12, "{model}");
    }
    // Outside its domain, the conjugate of a one-class loss is infinite, and `reach` says how far it goes.
    let mut node = node("one-class", 12, 5);
    for slope in [-4.0, 10.0] {
        let g = [0.1, 0.0, -0.2, slope];
        let t = node.reach(&g);
        assert!(t < 1.0 && node.conjugate(&g, &[0.0; 4]).is_infinite());
        assert!(node.conjugate(&g.map(|v| v * 0.999 * t), &[0.0; 4]).is_finite());
        assert!(node.conjugate(&g.map(|v| v * 1.001 * t), &[0.0; 4]).is_infinite());
    }
}

#[test]
fn local_one_class_fits_have_the_nu_property() {
    for (rows, nu) in [(6, 0.2), (15, 0.2), (40, 0.35), (60, 0.05), (10, 1.0)] {
        for replicate in 0..5 {
            let instance = instance(&format!("model = \"one-class\"\nrows = {rows}\nnu = {nu:?}"), replicate);
            let fit = fit("kind = \"local\"", &instance);
            for (a, sample) in models(&fit).chunks_exact(4).zip(&instance.train) {
                let margins: Vec<f64> = sample.rows.iter().map(|x| instance.model.score(a, x)).collect();
                let below = margins.iter().filter(|m| **m < -1e-9).count() as f64;
                let not_above = margins.iter().filter(|m| **m < 1e-9).count() as f64;
                let allowed = nu * rows as f64;
                assert!(below <= allowed + 1e-9, "n = {rows}, ν = {nu}: {below} below");
                assert!(not_above >= allowed - 1e-9, "n = {rows}, ν = {nu}: {not_above} not above");
            }
        }
    }
}

#[test]
fn dual_variables_stay_in_their_box_and_sum_to_one() {
    let rows = Rows::new(2, vec![1.0, 0.0, 0.0, 1.0, 2.0, 2.0, 1.0, 0.0]);
    let mut node = OneClass::new(rows, &[0.25; 4], 0.5);
    let mut a = [0.0; 3];
    node.alone(&mut a);
    assert!((node.dual().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(node.dual().iter().all(|alpha| (0.0..=0.5).contains(alpha)));
    // The nearest point of the reduced hull of (1,0) twice, (0,1) and (2,2) to the origin is (½, ½).
    assert!(apart(&a, &[0.5, 0.5, 0.5]) < 1e-9, "{a:?}");
}
