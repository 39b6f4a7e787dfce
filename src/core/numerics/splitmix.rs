//! SplitMix64, for data that programs in other languages must be able to reproduce.
//!
//! Source: Steele, Lea and Flood 2014. A uniform number is the upper 53 bits times 2⁻⁵³; normal numbers come
//! in Box–Muller pairs, cosine first, with `u₁ = 1 − uniform`. Trials use [`stream`](crate::stream) instead.

/// The state of a generator.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
    spare: Option<f64>,
}

impl SplitMix64 {
    /// A generator with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, spare: None }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uniform number in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A standard normal number. The second of each pair is kept for the next call.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// A vector of standard normal numbers. Starts with a new pair and drops an unused half pair, before and after.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        self.spare = None;
        let drawn = (0..count).map(|_| self.normal()).collect();
        self.spare = None;
        drawn
    }

    /// A vector of uniform numbers in [0, 1).
    pub fn uniforms(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.uniform()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn known_values() {
        let mut zero = SplitMix64::new(0);
        assert_eq!(zero.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(zero.bits(), 0x6e78_9e6a_a1b9_65f4);
        let uniforms = SplitMix64::new(42).uniforms(2);
        assert_abs_diff_eq!(uniforms[0], 0.741_564_878_8, epsilon = 1e-10);
        assert_abs_diff_eq!(uniforms[1], 0.159_910_392_9, epsilon = 1e-10);
        let normals = SplitMix64::new(42).normals(2);
        assert_abs_diff_eq!(normals[0], 0.882_248_906_2, epsilon = 1e-10);
        assert_abs_diff_eq!(normals[1], 1.388_473_285_3, epsilon = 1e-10);
    }
}
