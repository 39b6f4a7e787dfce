//! How well a dictionary matches a true one.

use remeasure_core::numerics::{Design, kernels};

/// True atoms paired with learnt ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The learnt atoms in the order of the true ones, with the scale at which they are compared, `D × H`.
    pub dictionary: Design,
    /// Mean absolute error of each true atom.
    pub errors: Vec<f64>,
}

/// How the scale of learnt atoms is compared with that of the true ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As it is.
    Own,
    /// With the better of both signs.
    Sign,
    /// With the multiple that is nearest to the true atom in the least-squares sense.
    Free,
}

/// The factor for a learnt atom.
fn factor(truth: &[f64], atom: &[f64], scale: Scale) -> f64 {
    match scale {
        Scale::Own => 1.0,
        Scale::Sign if error(truth, atom, -1.0) < error(truth, atom, 1.0) => -1.0,
        Scale::Sign => 1.0,
        Scale::Free => {
            let power = kernels::squared_norm(atom);
            if power > 0.0 { kernels::dot(truth, atom) / power } else { 0.0 }
        }
    }
}

/// Mean absolute error of a multiple of an atom.
fn error(truth: &[f64], atom: &[f64], factor: f64) -> f64 {
    truth.iter().zip(atom).map(|(t, a)| (t - factor * a).abs()).sum::<f64>() / truth.len() as f64
}

/// Pairs atoms greedily, as the library ProSper does: of all pairs the one with the least mean absolute error first, then
/// the best of those that are left. Both dictionaries have the same size.
///
/// # Panics
/// If the sizes differ.
#[must_use]
pub fn greedy(truth: &Design, learnt: &Design, scale: Scale) -> Matching {
    let (pixels, units) = (truth.rows(), truth.columns());
    assert_eq!((learnt.rows(), learnt.columns()), (pixels, units), "dictionaries of one size");
    let mut pairs = Vec::with_capacity(units * units);
    for i in 0..units {
        for j in 0..units {
            let factor = factor(truth.column(i), learnt.column(j), scale);
            pairs.push((error(truth.column(i), learnt.column(j), factor), i, j, factor));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut errors = vec![f64::NAN; units];
    let mut taken = vec![false; units];
    let mut dictionary = Design::from_columns(pixels, units, vec![0.0; pixels * units]);
    for (error, i, j, factor) in pairs {
        if errors[i].is_nan() && !taken[j] {
            (errors[i], taken[j]) = (error, true);
            kernels::axpy(factor, learnt.column(j), dictionary.column_mut(i));
        }
    }
    Matching { dictionary, errors }
}

/// Share of the planted atoms for which a learnt atom has a cosine of a size above `least`. Planted atoms have norm 1.
#[must_use]
pub fn recovered(planted: &Design, learnt: &Design, least: f64) -> f64 {
    let norms: Vec<f64> = learnt.column_squared_norms().iter().map(|power| power.sqrt()).collect();
    let mut products = vec![0.0; learnt.columns()];
    let mut count = 0;
    for j in 0..planted.columns() {
        learnt.tmul(planted.column(j), &mut products);
        count += usize::from(products.iter().zip(&norms).any(|(product, norm)| product.abs() > least * norm));
    }
    count as f64 / planted.columns() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_atoms_are_recovered_up_to_scale_and_sign() {
        let planted = Design::from_columns(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
        let learnt = Design::from_columns(2, 3, vec![-3.0, 0.1, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(recovered(&planted, &learnt, 0.95), 0.5);
        assert_eq!(recovered(&planted, &learnt, 0.7), 1.0);
    }

    #[test]
    fn the_best_pair_comes_first() {
        let truth = Design::from_columns(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
        // The second atom is near both; the first true atom has it, although the other order has the smaller sum.
        let learnt = Design::from_columns(2, 2, vec![0.0, 5.0, 0.9, 0.1]);
        let found = greedy(&truth, &learnt, Scale::Own);
        assert!((found.errors[0] - 0.1).abs() < 1e-15 && found.errors[1] == 2.0, "{:?}", found.errors);
        assert_eq!(found.dictionary.column(1), [0.0, 5.0]);
        let free = greedy(&truth, &learnt, Scale::Free);
        assert_eq!(free.errors[1], 0.0);
        assert_eq!(free.dictionary.column(1), [0.0, 1.0]);
        let negative = Design::from_columns(2, 2, vec![-1.0, 0.0, 0.0, -1.0]);
        assert_eq!(greedy(&truth, &negative, Scale::Sign).errors, [0.0, 0.0]);
        assert_eq!(greedy(&truth, &negative, Scale::Own).errors, [1.0, 1.0]);
    }
}
