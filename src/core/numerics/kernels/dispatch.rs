//! Detects the instruction set and compiles code for each supported one.

use std::sync::OnceLock;

/// An instruction set. Only [`level()`] and [`levels()`] make one, so the processor always supports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Vectors of 8 doubles.
    #[cfg(target_arch = "x86_64")]
    #[non_exhaustive]
    Avx512,
    /// Vectors of 4 doubles, with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    #[non_exhaustive]
    Avx2,
    /// Available on every machine; gives the same bits.
    Portable,
}

/// The instruction sets of this machine, best last.
#[must_use]
pub fn levels() -> Vec<Level> {
    let mut found = vec![Level::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Level::Avx2);
        }
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if wide {
            found.push(Level::Avx512);
        }
    }
    found
}

impl Level {
    /// Its name in `REMEASURE_VECTORS`.
    fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

/// The best instruction set of this machine; or that of the environment variable `REMEASURE_VECTORS`, if the machine
/// has it, to compare their speed and to show that the bits are the same.
#[must_use]
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let all = levels();
        let named = std::env::var("REMEASURE_VECTORS").ok();
        let held = all.iter().find(|level| named.as_deref() == Some(level.name()));
        held.or(all.last()).copied().unwrap_or(Level::Portable)
    })
}

/// Compiles an expression for every instruction set and runs it with the given one:
/// `multiversion!(level, [GENERICS] (NAME: TYPE, …) -> RESULT, |Vector| EXPRESSION)`.
///
/// The expression sees only the generics and arguments listed, nothing else of its surroundings. `Vector<R>`
/// is the [`Lanes`](crate::numerics::kernels::lanes::Lanes) type of the level; `|Vector|` is optional.
/// Functions called by the expression must be `#[inline(always)]` to be compiled for the level.
#[macro_export]
macro_rules! multiversion {
    ($level:expr, [$($generics:tt)*] ($($argument:ident: $type:ty),* $(,)?) -> $result:ty,
     |$vector:ident| $body:expr) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
        unsafe fn avx512<$($generics)*>($($argument: $type),*) -> $result {
            #[allow(dead_code)]
            type $vector<T> = <T as $crate::numerics::kernels::lanes::Scalar>::Avx512;
            $body
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2<$($generics)*>($($argument: $type),*) -> $result {
            #[allow(dead_code)]
            type $vector<T> = <T as $crate::numerics::kernels::lanes::Scalar>::Avx2;
            $body
        }
        #[inline(always)]
        fn portable<$($generics)*>($($argument: $type),*) -> $result {
            #[allow(dead_code)]
            type $vector<T> = $crate::numerics::kernels::lanes::Portable<T>;
            $body
        }
        match $level {
            // SAFETY: a `Level` exists only for detected instructions.
            #[cfg(target_arch = "x86_64")]
            $crate::numerics::kernels::Level::Avx512 { .. } => unsafe { avx512($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            $crate::numerics::kernels::Level::Avx2 { .. } => unsafe { avx2($($argument),*) },
            $crate::numerics::kernels::Level::Portable => portable($($argument),*),
        }
    }};
    ($level:expr, [$($generics:tt)*] ($($argument:ident: $type:ty),* $(,)?) -> $result:ty, $body:expr) => {
        $crate::multiversion!($level, [$($generics)*] ($($argument: $type),*) -> $result, |Vector| $body)
    };
}
