//! Training steps do not allocate. The allocator of this test binary counts per thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use remeasure_nets::{
    Adam, Batches, Bounds, CrossEntropy, Gaussian, Lion, Loss, Optimiser, Real, Schedule, Sgd, Shape,
    Workspace, gather, vectors,
};

use crate::{ACTIVATIONS, stream, wave, weights};

thread_local! {
    /// Number of allocations of this thread.
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: forwards all calls; counting only touches a constant-initialised thread local.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        REQUESTS.set(REQUESTS.get() + 1);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        REQUESTS.set(REQUESTS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn check<R: Real>() {
    let rows = 50;
    for activation in ACTIVATIONS {
        let shape = Shape::new(&[64, 80, 64, 6], activation).unwrap();
        let (x, y) = (wave::<R>(rows * 64, 0.4), wave::<R>(rows * 3, 1.0));
        let labels: Vec<usize> = (0..rows).map(|i| i % 6).collect();
        let mut w = weights::<R>(&shape);
        let n = w.len();
        let mask: Vec<bool> = (0..n).map(|i| i % 2 == 0).collect();
        let mut optimisers: Vec<Box<dyn Optimiser<R>>> =
            vec![Box::new(Sgd::new(n, 0.9)), Box::new(Adam::new(n)), Box::new(Lion::new(n))];
        let mut work = Workspace::new(&shape, 16);
        let mut batches = Batches::new(rows, 16);
        let mut order = stream("order");
        let (mut xs, mut ys, mut ls) = (vec![R::ZERO; 16 * 64], vec![R::ZERO; 16 * 3], vec![0; 16]);
        let (mut gradient, mut by_input, mut moved) = (vec![R::ZERO; n], xs.clone(), w.clone());
        let before = REQUESTS.get();
        for optimiser in &mut optimisers {
            for chosen in batches.epoch(&mut order) {
                let x = gather(&x, 64, chosen, &mut xs);
                let y = gather(&y, 3, chosen, &mut ys);
                let labels = gather(&labels, 1, chosen, &mut ls);
                let losses: [&mut dyn Loss<R>; 2] = [
                    &mut CrossEntropy { labels },
                    &mut Gaussian::new(y, Some(Bounds { low: -2.0, high: 0.0 })),
                ];
                for loss in losses {
                    let by_input = &mut by_input[..x.len()];
                    assert!(work.both_gradients(&w, x, loss, (&mut gradient, by_input)).is_finite());
                    vectors::combine(&w, 0.1 / vectors::norm(&gradient), &gradient, &mut moved);
                    work.gradient(&moved, x, loss, &mut gradient);
                    let rate = Schedule::Cosine { to: 0.0 }.share(3, 10) * 1e-3;
                    optimiser.step(&mut w, &gradient, rate, Some(&mask));
                    optimiser.keep(&mask);
                }
            }
        }
        assert_eq!(REQUESTS.get(), before, "{activation:?}");
    }
}

#[test]
fn training_steps_allocate_nothing() {
    // Make sure that the counter works.
    let before = REQUESTS.get();
    assert_eq!(std::hint::black_box(vec![1_u8; 100]).len(), 100);
    assert!(REQUESTS.get() > before);
    // The level is detected once.
    assert!(vectors::norm(&[1.0]) > 0.0);
    check::<f32>();
    check::<f64>();
}
