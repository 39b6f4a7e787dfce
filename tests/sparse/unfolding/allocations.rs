//! Training steps do not allocate. The allocator of this test binary counts per thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use remeasure_core::numerics::Design;
use remeasure_sparse::unfolded::{
    Lista, ListaCp, Loss, Network, Penalty, Rates, Real, Selection, Sensing, StepNetwork, Trainer,
};

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

fn networks<R: Real>(m: usize, n: usize) -> Vec<Box<dyn Network<R>>> {
    let entry = |i: usize| ((1 + 3 * i + i * i) as f64).cos() / (m as f64).sqrt();
    let design = Design::from_columns(m, n, (0..m * n).map(entry).collect());
    let sensing = Arc::new(Sensing::new(&design).unwrap());
    let selection = || Selection::new(5.0, 20.0).unwrap();
    let ista = || StepNetwork::ista(sensing.clone(), 3, 0.1).unwrap();
    let cp = || ListaCp::new(sensing.clone(), 3, 0.1).unwrap();
    vec![
        Box::new(ista()),
        Box::new(ista().free_thresholds().unwrap().selection(selection()).unwrap()),
        Box::new(StepNetwork::iht(sensing.clone(), 3, 0.05).unwrap()),
        Box::new(StepNetwork::alista(sensing.clone(), 3, 0.1).unwrap()),
        Box::new(Lista::new(sensing.clone(), 3, 0.1).unwrap()),
        Box::new(cp().selection(selection())),
        Box::new(cp().tied()),
    ]
}

fn check<R: Real>(m: usize, n: usize) {
    for (which, network) in networks::<R>(m, n).iter().enumerate() {
        for loss in [Loss::Supervised, Loss::Unsupervised { penalty: Penalty::L1, lambda: 0.1 }] {
            let mut trainer = Trainer::new(&**network, loss, Rates::default(), 10).unwrap();
            for b in 0..10 {
                let (signal, response) = trainer.batch_mut().pair_mut(b);
                signal[b] = R::ONE;
                response.iter_mut().enumerate().for_each(|(i, y)| *y = R::of(((i + b) as f64).sin()));
            }
            let before = REQUESTS.get();
            for depth in 1..=3 {
                trainer.reset();
                for _ in 0..3 {
                    let (loss, updated) = trainer.step(depth);
                    assert!(updated && loss.is_finite());
                }
            }
            assert_eq!(REQUESTS.get(), before, "network {which} of {m} × {n} with {loss:?}");
        }
    }
}

#[test]
fn training_steps_allocate_nothing() {
    // Make sure that the counter works.
    let before = REQUESTS.get();
    assert_eq!(std::hint::black_box(vec![1_u8; 100]).len(), 100);
    assert!(REQUESTS.get() > before);
    // With the product formed, and through the residual.
    check::<f32>(20, 40);
    check::<f64>(10, 70);
}
