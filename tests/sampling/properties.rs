//! Properties of urns and of the estimators of one step.

use proptest::prelude::*;
use rand::Rng;
use remeasure_sampling::exact::{Forms, enumerate};
use remeasure_sampling::token::{Method, Scratch, Variant, draw};
use remeasure_sampling::urn::Urns;

use super::{agrees, geometric, streams};

/// A law with a constraint that accepts a token with mass.
fn laws(most: usize) -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    let one = (0.0..1.0_f64, any::<bool>(), 0..3_u32);
    prop::collection::vec(one, 2..=most).prop_map(|mut tokens| {
        tokens[0] = (tokens[0].0.max(1e-3), true, tokens[0].2);
        let mass = |(u, _, power): &(f64, bool, u32)| u.powi(1 + 3 * *power as i32);
        let sum: f64 = tokens.iter().map(mass).sum();
        (tokens.iter().map(|t| mass(t) / sum).collect(), tokens.iter().map(|t| t.1).collect())
    })
}

proptest! {
    #[test]
    fn an_urn_is_restored_to_the_bit((masses, _) in laws(40), seed in 0..1000_u32) {
        let mut stream = streams(seed).stream("urn");
        let mut urns = Urns::new(masses.len(), &masses);
        let before = urns.clone();
        let mut urn = urns.urn(0);
        let mut out = Vec::new();
        while urn.mass() > 0.0 {
            let token = urn.at(stream.r#gen());
            let mass = urn.take(token);
            prop_assert!(mass > 0.0 && mass.to_bits() == masses[token].to_bits());
            out.push((token, mass));
        }
        prop_assert_eq!(out.len(), masses.iter().filter(|p| **p > 0.0).count());
        for (token, mass) in out {
            urn.put(token, mass);
        }
        prop_assert_eq!(format!("{before:?}"), format!("{urns:?}"));
    }

    #[test]
    fn weights_are_proper_by_enumeration((masses, accepted) in laws(4)) {
        let forms = Forms::of(&masses, &accepted);
        for method in [Method::TwoLoop, Method::Recursive, Method::Library] {
            let found = enumerate(method, &masses, &accepted);
            // The library's choice may be the geometric one, whose repeated draws only it knows how to average.
            if method == Method::Library && masses.iter().copied().fold(0.0, f64::max) * 1.5 >= 1.0 {
                continue;
            }
            for (x, weight) in found.weight.iter().enumerate() {
                let expected = if accepted[x] { masses[x] } else { 0.0 };
                prop_assert!((weight - expected).abs() < 1e-12, "{method:?}: {weight} and {expected}");
            }
            let with_mass = (0..masses.len()).filter(|&x| accepted[x] && masses[x] > 0.0).count();
            if let Some(calls) = forms.calls(method) {
                let apart = found.calls - calls;
                prop_assert!(apart < 1e-9 && (apart > -1e-9 || method == Method::Recursive && with_mass == 1));
                prop_assert!(calls <= 2.0 / forms.z + 1e-9, "{method:?}: {calls} at Z = {}", forms.z);
            }
            prop_assert!(forms.one_loop <= 1.0 / forms.z - 1.0 + 1e-9);
        }
    }
}

#[test]
fn weights_are_proper_by_simulation_also_with_a_limit_of_rejections() {
    let mut stream = streams(3).stream("law");
    let masses: Vec<f64> = (0..1000).map(|_| stream.r#gen::<f64>().powi(8)).collect();
    let sum: f64 = masses.iter().sum();
    let masses: Vec<f64> = masses.iter().map(|p| p / sum).collect();
    let accepted: Vec<bool> = (0..1000).map(|x| x % 9 == 4).collect();
    let forms = Forms::of(&masses, &accepted);
    let tested: f64 = (0..1000).filter(|x| accepted[*x]).map(|x| masses[x] * x as f64).sum();
    let mut urns = Urns::new(1000, &masses);
    let mut scratch = Scratch::default();
    for method in [
        Method::TwoLoop,
        Method::Recursive,
        Method::Library,
        geometric(2.0),
        geometric(4.0),
        Method::Geometric { accepts: 2.0, rejects: 3.0 },
        Method::Geometric { accepts: 5.0, rejects: 20.0 },
    ] {
        let (mut weights, mut products, mut calls) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let one = draw(
                method,
                Variant::Corrected,
                &mut urns.urn(0),
                &mut stream,
                &mut |x| accepted[x],
                &mut scratch,
            );
            assert!(one.token.is_none_or(|x| accepted[x]));
            weights.push(one.weight);
            products.push(one.token.map_or(0.0, |x| x as f64 * one.weight));
            calls.push(one.calls as f64);
        }
        assert!(agrees(&weights, forms.z), "{method:?}");
        assert!(agrees(&products, tested), "{method:?}");
        if let Some(expected) = forms.calls(method) {
            assert!(agrees(&calls, expected), "{method:?}");
        }
        if method == geometric(2.0) {
            let squares: Vec<f64> = weights.iter().map(|w| (w / forms.z - 1.0).powi(2)).collect();
            assert!(agrees(&squares, forms.geometric_variance()));
        }
    }
}

#[test]
fn the_published_variant_gives_up_at_small_masses_and_the_corrected_one_does_not() {
    // One allowed token of mass 1e-9 behind one of the rest.
    let masses = [1.0 - 1e-9, 1e-9];
    let mut urns = Urns::new(2, &masses);
    let mut stream = streams(4).stream("law");
    let mut weight = |method, variant| {
        let mut scratch = Scratch::default();
        draw(method, variant, &mut urns.urn(0), &mut stream, &mut |x| x == 1, &mut scratch).weight
    };
    assert_eq!(weight(Method::Recursive, Variant::Published), 0.0);
    assert_eq!(weight(Method::Recursive, Variant::Corrected), 1e-9);
    assert_eq!(weight(Method::TwoLoop, Variant::Corrected), 1e-9 / 2.0);
    let published = weight(Method::TwoLoop, Variant::Published);
    assert!(published != 1e-9 / 2.0 && (published / (1e-9 / 2.0) - 1.0).abs() < 1e-6, "{published}");
}
