//! Some contiguous values of a type, by the instructions that hold them.

use super::super::real::Real;

/// `WIDTH` lanes of `R`.
///
/// # Safety
/// The methods may need instructions beyond the target's baseline: call them
/// only where those have been detected. Pointers must be valid for `WIDTH` values.
pub trait Lanes<R>: Copy {
    const WIDTH: usize;
    /// Sums that stay in registers at once, at most 8.
    const MOST: usize;
    unsafe fn splat(value: R) -> Self;
    unsafe fn load(from: *const R) -> Self;
    unsafe fn store(self, to: *mut R);
    /// `self * factor + addend`, rounded once.
    unsafe fn fused(self, factor: Self, addend: Self) -> Self;

    /// Of the first `valid` values (at most 16) at `from`, which must be readable for 16, writes
    /// those that are not zero, times `scale`, to `values`, their places counted from `first` to
    /// `indices`, and returns their number. Both must be writable for 16 entries.
    #[inline(always)]
    unsafe fn compress(
        from: *const R,
        valid: usize,
        (first, scale): (u32, R),
        indices: *mut u32,
        values: *mut R,
    ) -> usize
    where
        R: Real,
    {
        let mut filled = 0;
        for (i, place) in (first..).take(valid).enumerate() {
            // SAFETY: the caller vouches for 16 values.
            unsafe {
                let value = *from.add(i);
                *indices.add(filled) = place;
                *values.add(filled) = scale * value;
                // A value that is not a number is kept too.
                filled += usize::from(value != R::ZERO);
            }
        }
        filled
    }
}

#[derive(Clone, Copy)]
pub struct Portable<R>([R; 8]);

impl<R: Real> Lanes<R> for Portable<R> {
    const WIDTH: usize = 8;
    const MOST: usize = 2;
    #[inline(always)]
    unsafe fn splat(value: R) -> Self {
        Self([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const R) -> Self {
        // SAFETY: the caller vouches for the values.
        Self(unsafe { from.cast::<[R; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut R) {
        // SAFETY: the caller vouches for the values.
        unsafe { to.cast::<[R; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn fused(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].fused(factor.0[i], addend.0[i])))
    }
}

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    macro_rules! lanes {
        ($name:ident, $vector:ty, $real:ty, $width:literal, $splat:ident, $load:ident, $store:ident, $fused:ident, { $($compress:tt)* }) => {
            #[derive(Clone, Copy)]
            pub struct $name($vector);

            // SAFETY: each intrinsic needs only the features that the contract of `Lanes` asks
            // for, and touches only the values vouched for.
            impl Lanes<$real> for $name {
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
                unsafe fn store(self, to: *mut $real) {
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn fused(self, factor: Self, addend: Self) -> Self {
                    unsafe { Self($fused(self.0, factor.0, addend.0)) }
                }
                $($compress)*
            }
        };
    }

    lanes!(
        Avx512Single,
        __m512,
        f32,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_fmadd_ps,
        {
            #[inline(always)]
            unsafe fn compress(
                from: *const f32,
                valid: usize,
                (first, scale): (u32, f32),
                indices: *mut u32,
                values: *mut f32,
            ) -> usize {
                unsafe {
                    let v = _mm512_loadu_ps(from);
                    let within = ((1_u32 << valid) - 1) as u16;
                    let mask = _mm512_mask_cmp_ps_mask::<_CMP_NEQ_UQ>(within, v, _mm512_setzero_ps());
                    let scaled = _mm512_mul_ps(v, _mm512_set1_ps(scale));
                    _mm512_storeu_ps(values, _mm512_maskz_compress_ps(mask, scaled));
                    store_places(mask, first, indices);
                    mask.count_ones() as usize
                }
            }
        }
    );
    lanes!(
        Avx512Double,
        __m512d,
        f64,
        8,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_fmadd_pd,
        {
            #[inline(always)]
            unsafe fn compress(
                from: *const f64,
                valid: usize,
                (first, scale): (u32, f64),
                indices: *mut u32,
                values: *mut f64,
            ) -> usize {
                unsafe {
                    let within = (1_u32 << valid) - 1;
                    let (low, high) = (_mm512_loadu_pd(from), _mm512_loadu_pd(from.add(8)));
                    let (zero, scale) = (_mm512_setzero_pd(), _mm512_set1_pd(scale));
                    let below = _mm512_mask_cmp_pd_mask::<_CMP_NEQ_UQ>(within as u8, low, zero);
                    let above = _mm512_mask_cmp_pd_mask::<_CMP_NEQ_UQ>((within >> 8) as u8, high, zero);
                    let low = _mm512_maskz_compress_pd(below, _mm512_mul_pd(low, scale));
                    let high = _mm512_maskz_compress_pd(above, _mm512_mul_pd(high, scale));
                    _mm512_storeu_pd(values, low);
                    _mm512_storeu_pd(values.add(below.count_ones() as usize), high);
                    let mask = u16::from(below) | u16::from(above) << 8;
                    store_places(mask, first, indices);
                    mask.count_ones() as usize
                }
            }
        }
    );
    lanes!(Avx2Single, __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, {
    });
    lanes!(
        Avx2Double,
        __m256d,
        f64,
        4,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_fmadd_pd,
        {}
    );

    /// Writes the places of the bits of `mask`, counted from `first`, to `indices`.
    ///
    /// # Safety
    /// AVX-512 is there; `indices` is writable for 16 entries.
    #[inline(always)]
    unsafe fn store_places(mask: u16, first: u32, indices: *mut u32) {
        // SAFETY: by the contract of this function.
        unsafe {
            let steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
            let places = _mm512_add_epi32(steps, _mm512_set1_epi32(first.cast_signed()));
            _mm512_storeu_si512(indices.cast(), _mm512_maskz_compress_epi32(mask, places));
        }
    }
}
