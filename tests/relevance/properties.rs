//! What must hold on any heads: certificates, brute force, invariances.

use remeasure::multitask::relevance::l1;

use crate::draw;

#[test]
fn smoke() {
    let (heads, target) = draw(20, 1000, 1);
    let start = std::time::Instant::now();
    let nu = l1(&heads, &target).unwrap();
    eprintln!("{:?} {} {}", start.elapsed(), nu.certificate, nu.residual);
}
