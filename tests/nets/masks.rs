//! Masks and mini-batches.

use proptest::prelude::*;
use remeasure_nets::{Batches, gather, masks};

use crate::stream;

proptest! {
    #[test]
    fn the_largest_entries_are_kept_the_first_of_equal_ones(
        scores in prop::collection::vec(prop_oneof![(-3_i32..4).prop_map(f64::from), Just(f64::NAN), Just(-0.0)], 0..60),
        k in 0_usize..70,
    ) {
        let mask = masks::top_k(&scores, k);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        let rank = |i: usize| if scores[i].is_nan() { -1e9 } else { scores[i] };
        // A stable sort keeps equal ones in their order.
        order.sort_by(|a, b| rank(*b).partial_cmp(&rank(*a)).unwrap());
        for (place, i) in order.into_iter().enumerate() {
            prop_assert_eq!(mask[i], place < k, "entry {} of {:?}", i, scores);
        }
    }

    #[test]
    fn each_group_keeps_n_of_m(n in 1_usize..5, extra in 0_usize..4, groups in 1_usize..4, rows in 1_usize..5) {
        let m = n + extra;
        let columns = m * groups;
        let scores: Vec<f32> = (0..rows * columns).map(|i| ((i * 7919 + 13) % 101) as f32).collect();
        let mask = masks::nm(&scores, columns, n, m).unwrap();
        for (mask, scores) in mask.chunks(m).zip(scores.chunks(m)) {
            prop_assert_eq!(masks::count(mask), n);
            let least = (0..m).filter(|i| mask[*i]).map(|i| scores[i]).fold(f32::INFINITY, f32::min);
            prop_assert!((0..m).all(|i| mask[i] || scores[i] <= least));
        }
    }

    #[test]
    fn random_masks_keep_k(length in 0_usize..50, k in 0_usize..60) {
        prop_assert_eq!(masks::count(&masks::random(length, k, &mut stream("mask"))), k.min(length));
    }
}

#[test]
fn unusable_patterns_are_refused() {
    let error = |n: usize, m: usize| masks::nm(&[1.0; 12], 6, n, m).unwrap_err().to_string();
    assert_eq!(error(2, 4), "pattern: m of n:m must divide the 6 columns of the matrix, found 2:4");
    assert_eq!(error(4, 3), "pattern: expected n from 1 to m of n:m, found 4:3");
    assert_eq!(error(0, 0), "pattern: expected n from 1 to m of n:m, found 0:0");
}

#[test]
fn masks_are_counted_and_compared() {
    let (a, b) = ([true, true, false, false], [true, false, true, false]);
    assert_eq!((masks::count(&a), masks::overlap(&a, &b), masks::flips(&a, &b)), (2, 1, 2));
    assert_eq!(masks::magnitudes(&[-2.0, 1.0]), [2.0, 1.0]);
    assert_eq!(masks::nm(&[1.0, 1.0, 1.0, 5.0], 4, 2, 4).unwrap(), [true, false, false, true]);
}

#[test]
fn an_epoch_uses_every_row_once() {
    let mut stream = stream("order");
    let mut batches = Batches::new(10, 4);
    let mut epoch = |batches: &mut Batches| -> Vec<Vec<usize>> {
        batches.epoch(&mut stream).map(<[usize]>::to_vec).collect()
    };
    let (first, second) = (epoch(&mut batches), epoch(&mut batches));
    assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
    assert_ne!(first, second);
    let mut all: Vec<usize> = first.concat();
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    let mut whole = Batches::new(10, 4).drop_last();
    assert_eq!((whole.count(), epoch(&mut whole).len()), (2, 2));
    let mut to = [0; 6];
    assert_eq!(gather(&[1, 2, 3, 4, 5, 6], 2, &[2, 0], &mut to), [5, 6, 1, 2]);
}
