//! SIMD vectors.

/// `WIDTH` numbers of type `R`, in one or two registers.
///
/// # Safety
/// The methods may need instructions beyond the target's baseline: call them only where these have been
/// detected, as in the body of a [`multiversion!`](crate::multiversion). Pointers must be valid for `WIDTH`
/// numbers (`load`, `store`) or `count` of them (`load_first`, `store_first`).
pub trait Lanes<R>: Copy {
    /// Numbers per vector.
    const WIDTH: usize;
    /// Number of sums that fit in registers at once, at most 8.
    const MOST: usize;
    /// The same number in all lanes.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn splat(value: R) -> Self;
    /// Loads `WIDTH` numbers.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn load(from: *const R) -> Self;
    /// Loads `count` < `WIDTH` numbers; the remaining lanes are zero.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn load_first(from: *const R, count: usize) -> Self;
    /// Writes all lanes.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn store(self, to: *mut R);
    /// Writes the first `count` < `WIDTH` lanes.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn store_first(self, to: *mut R, count: usize);
    /// `self * factor + addend`, rounded once.
    ///
    /// # Safety
    /// See the trait.
    #[must_use]
    unsafe fn fused(self, factor: Self, addend: Self) -> Self;
}

/// Eight doubles with a horizontal sum, which can also be accumulated one register at a time.
///
/// # Safety
/// As [`Lanes`].
pub(super) trait Sum: Lanes<f64> {
    /// One register: the first or the second half of the lanes, or all of them.
    type Part: Copy;
    /// Number of registers.
    const PARTS: usize;
    /// Number of columns of a tile of four rows whose sums fit in registers.
    const COLUMNS: usize;
    /// Zeros.
    unsafe fn zero() -> Self::Part;
    /// Loads part `part` of the lanes at `from`.
    unsafe fn load_part(from: *const f64, part: usize) -> Self::Part;
    /// The same of `count` < 8 numbers; the remaining lanes are zero.
    unsafe fn load_part_of(from: *const f64, count: usize, part: usize) -> Self::Part;
    /// `a · b + addend`, rounded once.
    unsafe fn fused_part(a: Self::Part, b: Self::Part, addend: Self::Part) -> Self::Part;
    /// `((0+4) + (2+6)) + ((1+5) + (3+7))`, by lane; the second part is ignored if there is one register.
    unsafe fn sum(parts: [Self::Part; 2]) -> f64;
}

/// `f32` or `f64`, with its lanes for every instruction set (portable ones where the machine has none).
pub trait Scalar: Copy {
    /// 0.
    const ZERO: Self;
    /// 64 bytes in one register.
    type Avx512: Lanes<Self>;
    /// 64 bytes in two registers.
    type Avx2: Lanes<Self>;
    /// `self · factor + addend`, rounded once.
    #[must_use]
    fn fused(self, factor: Self, addend: Self) -> Self;
}

macro_rules! scalar {
    ($real:ty, $avx512:ty, $avx2:ty) => {
        impl Scalar for $real {
            const ZERO: Self = 0.0;
            type Avx512 = $avx512;
            type Avx2 = $avx2;
            #[inline(always)]
            fn fused(self, factor: Self, addend: Self) -> Self {
                self.mul_add(factor, addend)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
scalar!(f32, x86::Avx512<std::arch::x86_64::__m512>, x86::Avx2<std::arch::x86_64::__m256>);
#[cfg(target_arch = "x86_64")]
scalar!(f64, x86::Avx512<std::arch::x86_64::__m512d>, x86::Avx2<std::arch::x86_64::__m256d>);
#[cfg(not(target_arch = "x86_64"))]
scalar!(f32, Portable<f32>, Portable<f32>);
#[cfg(not(target_arch = "x86_64"))]
scalar!(f64, Portable<f64>, Portable<f64>);

/// Eight numbers, without special instructions.
#[derive(Clone, Copy, Debug)]
pub struct Portable<R>([R; 8]);

impl<R: Scalar> Lanes<R> for Portable<R> {
    const WIDTH: usize = 8;
    const MOST: usize = 2;
    #[inline(always)]
    unsafe fn splat(value: R) -> Self {
        Self([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const R) -> Self {
        // SAFETY: the caller guarantees eight numbers.
        Self(unsafe { from.cast::<[R; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn load_first(from: *const R, count: usize) -> Self {
        let mut lanes = [R::ZERO; 8];
        // SAFETY: the caller guarantees `count` < 8 numbers.
        lanes[..count].copy_from_slice(unsafe { std::slice::from_raw_parts(from, count) });
        Self(lanes)
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut R) {
        // SAFETY: the caller guarantees room for eight numbers.
        unsafe { to.cast::<[R; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut R, count: usize) {
        // SAFETY: the caller guarantees room for `count` < 8 numbers.
        unsafe { std::ptr::copy_nonoverlapping(self.0.as_ptr(), to, count) }
    }
    #[inline(always)]
    unsafe fn fused(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].fused(factor.0[i], addend.0[i])))
    }
}

impl Sum for Portable<f64> {
    type Part = Self;
    const PARTS: usize = 1;
    const COLUMNS: usize = 1;
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0.0; 8])
    }
    #[inline(always)]
    unsafe fn load_part(from: *const f64, _: usize) -> Self {
        // SAFETY: as the caller guarantees.
        unsafe { Self::load(from) }
    }
    #[inline(always)]
    unsafe fn load_part_of(from: *const f64, count: usize, _: usize) -> Self {
        // SAFETY: as the caller guarantees.
        unsafe { Self::load_first(from, count) }
    }
    #[inline(always)]
    unsafe fn fused_part(a: Self, b: Self, addend: Self) -> Self {
        // SAFETY: as the caller guarantees.
        unsafe { a.fused(b, addend) }
    }
    #[inline(always)]
    unsafe fn sum(parts: [Self; 2]) -> f64 {
        let v = parts[0].0;
        ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
    }
}

/// Lanes for x86 instruction sets.
#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use super::{Lanes, Sum};
    use std::arch::x86_64::*;

    /// One register of 64 bytes.
    #[derive(Clone, Copy, Debug)]
    pub struct Avx512<V>(V);

    /// Two registers of 32 bytes.
    #[derive(Clone, Copy, Debug)]
    pub struct Avx2<V>(V, V);

    // SAFETY of all blocks below: each intrinsic needs only the instructions that the contract of `Lanes`
    // requires, and touches only the numbers that the caller guarantees.
    macro_rules! lanes {
        ($real:ty, $width:literal, $half:literal,
         $wide:ty, $mask:ty, $splat:ident, $load:ident, $first:ident, $store:ident, $fused:ident;
         $narrow:ty, $splat2:ident, $load2:ident, $store2:ident, $fused2:ident) => {
            impl Lanes<$real> for Avx512<$wide> {
                const WIDTH: usize = $width;
                const MOST: usize = 8;
                #[inline(always)]
                unsafe fn splat(value: $real) -> Self {
                    unsafe { Self($splat(value)) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $real) -> Self {
                    unsafe { Self($load(from)) }
                }
                #[inline(always)]
                unsafe fn load_first(from: *const $real, count: usize) -> Self {
                    unsafe { Self($first(((1_u32 << count) - 1) as $mask, from)) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $real) {
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn store_first(self, to: *mut $real, count: usize) {
                    let mut lanes = [0.0; $width];
                    unsafe {
                        self.store(lanes.as_mut_ptr());
                        std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
                    }
                }
                #[inline(always)]
                unsafe fn fused(self, factor: Self, addend: Self) -> Self {
                    unsafe { Self($fused(self.0, factor.0, addend.0)) }
                }
            }

            impl Lanes<$real> for Avx2<$narrow> {
                const WIDTH: usize = $width;
                const MOST: usize = 6;
                #[inline(always)]
                unsafe fn splat(value: $real) -> Self {
                    unsafe { Self($splat2(value), $splat2(value)) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $real) -> Self {
                    unsafe { Self($load2(from), $load2(from.add($half))) }
                }
                #[inline(always)]
                unsafe fn load_first(from: *const $real, count: usize) -> Self {
                    let mut lanes = [0.0; $width];
                    unsafe {
                        std::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), count);
                        Self::load(lanes.as_ptr())
                    }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $real) {
                    unsafe {
                        $store2(to, self.0);
                        $store2(to.add($half), self.1);
                    }
                }
                #[inline(always)]
                unsafe fn store_first(self, to: *mut $real, count: usize) {
                    let mut lanes = [0.0; $width];
                    unsafe {
                        self.store(lanes.as_mut_ptr());
                        std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
                    }
                }
                #[inline(always)]
                unsafe fn fused(self, factor: Self, addend: Self) -> Self {
                    unsafe { Self($fused2(self.0, factor.0, addend.0), $fused2(self.1, factor.1, addend.1)) }
                }
            }
        };
    }

    lanes!(
        f32, 16, 8, __m512, u16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_maskz_loadu_ps, _mm512_storeu_ps,
        _mm512_fmadd_ps; __m256, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps
    );
    lanes!(
        f64, 8, 4, __m512d, u8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_maskz_loadu_pd, _mm512_storeu_pd,
        _mm512_fmadd_pd; __m256d, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd
    );

    /// `((0+4) + (2+6)) + ((1+5) + (3+7))` from the sums `lane + (lane + 4)`.
    #[inline(always)]
    unsafe fn fold(four: __m256d) -> f64 {
        unsafe {
            let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }

    impl Sum for Avx512<__m512d> {
        type Part = __m512d;
        const PARTS: usize = 1;
        const COLUMNS: usize = 4;
        #[inline(always)]
        unsafe fn zero() -> __m512d {
            unsafe { _mm512_setzero_pd() }
        }
        #[inline(always)]
        unsafe fn load_part(from: *const f64, _: usize) -> __m512d {
            unsafe { _mm512_loadu_pd(from) }
        }
        #[inline(always)]
        unsafe fn load_part_of(from: *const f64, count: usize, _: usize) -> __m512d {
            unsafe { Self::load_first(from, count).0 }
        }
        #[inline(always)]
        unsafe fn fused_part(a: __m512d, b: __m512d, addend: __m512d) -> __m512d {
            unsafe { _mm512_fmadd_pd(a, b, addend) }
        }
        #[inline(always)]
        unsafe fn sum(parts: [__m512d; 2]) -> f64 {
            unsafe {
                let low = _mm512_castpd512_pd256(parts[0]);
                fold(_mm256_add_pd(low, _mm512_extractf64x4_pd::<1>(parts[0])))
            }
        }
    }

    impl Sum for Avx2<__m256d> {
        type Part = __m256d;
        const PARTS: usize = 2;
        const COLUMNS: usize = 2;
        #[inline(always)]
        unsafe fn zero() -> __m256d {
            unsafe { _mm256_setzero_pd() }
        }
        #[inline(always)]
        unsafe fn load_part(from: *const f64, part: usize) -> __m256d {
            unsafe { _mm256_loadu_pd(from.add(4 * part)) }
        }
        #[inline(always)]
        unsafe fn load_part_of(from: *const f64, count: usize, part: usize) -> __m256d {
            unsafe {
                let all = Self::load_first(from, count);
                if part == 0 { all.0 } else { all.1 }
            }
        }
        #[inline(always)]
        unsafe fn fused_part(a: __m256d, b: __m256d, addend: __m256d) -> __m256d {
            unsafe { _mm256_fmadd_pd(a, b, addend) }
        }
        #[inline(always)]
        unsafe fn sum(parts: [__m256d; 2]) -> f64 {
            unsafe { fold(_mm256_add_pd(parts[0], parts[1])) }
        }
    }
}
