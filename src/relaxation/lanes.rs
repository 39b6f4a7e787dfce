//! Solves side by side: one per lane.
//!
//! A Gauss–Seidel sweep is a chain in which every unknown waits for the one before it, so a single solve leaves the
//! processor idle. Solves that do not depend on each other fill it. No operation crosses lanes and none is fused, so a
//! solve gives the same bits in any lane, among any others, and whatever the instructions are.

/// One number of each of `L` solves.
pub(super) type Lanes<const L: usize> = [f64; L];

#[inline(always)]
pub(super) fn each<const L: usize>(of: impl FnMut(usize) -> f64) -> Lanes<L> {
    std::array::from_fn(of)
}

/// Defines `$name`, which runs `$body` compiled for the widest instructions that the processor has.
macro_rules! by_instructions {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $kind:ty),*) = $body:expr) => {
        $(#[$doc])*
        fn $name($($arg: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
                fn widest($($arg: $kind),*) {
                    $body($($arg),*);
                }
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $kind),*) {
                    $body($($arg),*);
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the features have just been detected.
                    return unsafe { widest($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the feature has just been detected.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*);
        }
    };
}

pub(super) use by_instructions;
