//! A field of experts on a stack of pictures: responses of the filters, row by row.

use remeasure_core::numerics::kernels;

use super::THIRD;
use super::denoising::Regulariser;
use super::experts::Experts;
use super::pictures::Shape;
use super::spectrum::Spectrum;
use crate::smooth::Constants;

/// The regulariser `e^{θ₀} Σₖ e^{βₖ} Σᵢ √((cₖ ∗ x)ᵢ² + νₖ²)`.
#[derive(Debug)]
pub(super) struct Field {
    experts: Experts,
    shape: Shape,
    /// At the last point set, by picture, filter, row: `u = t/r` and `a(1 − u²)/r`, where `t = (cₖ ∗ x)ᵢ`,
    /// `r = √(t² + νₖ²)`, `a = e^{θ₀ + βₖ}`.
    slopes: Vec<f64>,
    curvatures: Vec<f64>,
    theta: Vec<f64>,
    x: Vec<f64>,
    /// `aₖ` and `νₖ` of the last `θ`.
    scales: Vec<(f64, f64)>,
    /// A row of responses, with `taps − 1` zeros on each side.
    padded: Vec<f64>,
    /// The same for a row of `curvature · (c ∗ q)`.
    bent: Vec<f64>,
    spectrum: Spectrum,
    /// For the constants, one entry for each filter.
    squares: Vec<f64>,
    steepness: Vec<f64>,
    bend: Vec<f64>,
}

/// `θ`, split into its parts.
#[derive(Clone, Copy)]
struct Parts<'a> {
    overall: f64,
    weights: &'a [f64],
    smoothings: &'a [f64],
    filters: &'a [f64],
    area: usize,
}

impl<'a> Parts<'a> {
    fn of(theta: &'a [f64], experts: Experts) -> Self {
        let (weights, rest) = theta[1..].split_at(experts.filters);
        let (smoothings, filters) = rest.split_at(experts.filters);
        Self { overall: theta[0], weights, smoothings, filters, area: experts.taps * experts.taps }
    }

    /// `cₖ`.
    fn filter(&self, k: usize) -> &'a [f64] {
        &self.filters[k * self.area..(k + 1) * self.area]
    }

    /// `aₖ` and `νₖ` of all filters.
    fn scales(&self, out: &mut [(f64, f64)]) {
        for ((scale, weight), smoothing) in out.iter_mut().zip(self.weights).zip(self.smoothings) {
            *scale = ((self.overall + weight).exp(), smoothing.exp());
        }
    }
}

/// `out ← out + Σ_b taps[b] · row[b..]`.
fn add_taps(taps: &[f64], row: &[f64], out: &mut [f64]) {
    fn fixed<const S: usize>(taps: &[f64], row: &[f64], out: &mut [f64]) {
        let n = out.len();
        kernels::combine::<S>(std::array::from_fn(|b| taps[b]), std::array::from_fn(|b| &row[b..b + n]), out);
    }
    match taps.len() {
        2 => fixed::<2>(taps, row, out),
        3 => fixed::<3>(taps, row, out),
        4 => fixed::<4>(taps, row, out),
        5 => fixed::<5>(taps, row, out),
        6 => fixed::<6>(taps, row, out),
        7 => fixed::<7>(taps, row, out),
        _ => {
            let n = out.len();
            taps.iter().enumerate().for_each(|(b, t)| kernels::axpy(*t, &row[b..b + n], out));
        }
    }
}

/// `out ← out + Σ_b taps[b] · p[j − b]` where `padded` is `p` between `taps − 1` zeros.
fn add_taps_back(taps: &[f64], padded: &[f64], out: &mut [f64]) {
    fn fixed<const S: usize>(taps: &[f64], padded: &[f64], out: &mut [f64]) {
        let n = out.len();
        let shifted = |b: usize| &padded[S - 1 - b..S - 1 - b + n];
        kernels::combine::<S>(std::array::from_fn(|b| taps[b]), std::array::from_fn(shifted), out);
    }
    match taps.len() {
        2 => fixed::<2>(taps, padded, out),
        3 => fixed::<3>(taps, padded, out),
        4 => fixed::<4>(taps, padded, out),
        5 => fixed::<5>(taps, padded, out),
        6 => fixed::<6>(taps, padded, out),
        7 => fixed::<7>(taps, padded, out),
        side => {
            let n = out.len();
            let back = |b: usize| side - 1 - b;
            taps.iter().enumerate().for_each(|(b, t)| kernels::axpy(*t, &padded[back(b)..back(b) + n], out));
        }
    }
}

/// Memory layout of the responses.
#[derive(Clone, Copy)]
struct Layout {
    shape: Shape,
    filters: usize,
    taps: usize,
    /// Number and length of the rows of responses of one filter to one picture.
    rows: usize,
    length: usize,
}

impl Layout {
    fn of(experts: Experts, shape: Shape) -> Self {
        let Experts { filters, taps } = experts;
        Self { shape, filters, taps, rows: shape.height + 1 - taps, length: shape.width + 1 - taps }
    }

    /// Calls `each` with the filter, the first pixel of row `i` of its responses, and the offset of these responses.
    fn each(&self, mut each: impl FnMut(usize, usize, usize)) {
        let mut place = 0;
        for picture in 0..self.shape.count {
            for k in 0..self.filters {
                for i in 0..self.rows {
                    each(k, picture * self.shape.pixels() + i * self.shape.width, place);
                    place += self.length;
                }
            }
        }
    }

    /// A row of responses of a filter to the pixels from `at`.
    fn respond(&self, filter: &[f64], x: &[f64], at: usize, out: &mut [f64]) {
        out.fill(0.0);
        for (a, taps) in filter.chunks_exact(self.taps).enumerate() {
            let from = at + a * self.shape.width;
            add_taps(taps, &x[from..from + self.shape.width], out);
        }
    }

    /// The adjoint of [`Layout::respond`], added.
    fn spread(&self, filter: &[f64], padded: &[f64], at: usize, out: &mut [f64]) {
        for (a, taps) in filter.chunks_exact(self.taps).enumerate() {
            let from = at + a * self.shape.width;
            add_taps_back(taps, padded, &mut out[from..from + self.shape.width]);
        }
    }

    /// The range of a padded row without its padding.
    fn middle(&self) -> std::ops::Range<usize> {
        self.taps - 1..self.taps - 1 + self.length
    }
}

impl Field {
    /// Applies experts to pictures, which must be large enough for them.
    pub(super) fn new(experts: Experts, shape: Shape) -> Self {
        let layout = Layout::of(experts, shape);
        let responses = shape.count * experts.filters * layout.rows * layout.length;
        let each = || vec![0.0; experts.filters];
        Self {
            experts,
            shape,
            slopes: vec![0.0; responses],
            curvatures: vec![0.0; responses],
            theta: vec![0.0; 1 + 2 * experts.filters + experts.filters * experts.taps * experts.taps],
            x: vec![0.0; shape.len()],
            scales: vec![(0.0, 0.0); experts.filters],
            padded: vec![0.0; layout.length + 2 * (experts.taps - 1)],
            bent: vec![0.0; layout.length],
            spectrum: Spectrum::new(experts.filters, experts.taps),
            squares: each(),
            steepness: each(),
            bend: each(),
        }
    }

    fn layout(&self) -> Layout {
        Layout::of(self.experts, self.shape)
    }
}

impl Regulariser for Field {
    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        let (layout, parts) = (self.layout(), Parts::of(theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        let row = &mut self.padded[layout.middle()];
        let mut sum = 0.0;
        layout.each(|k, at, _| {
            let ((weight, nu), filter) = (scales[k], parts.filter(k));
            layout.respond(filter, x, at, row);
            sum += weight * row.iter().map(|t| (t * t + nu * nu).sqrt()).sum::<f64>();
        });
        sum
    }

    fn add_gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let (layout, parts) = (self.layout(), Parts::of(theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        layout.each(|k, at, _| {
            let ((weight, nu), filter) = (scales[k], parts.filter(k));
            let squared = nu * nu;
            let row = &mut self.padded[layout.middle()];
            layout.respond(filter, x, at, row);
            row.iter_mut().for_each(|t| *t = weight * *t / (*t * *t + squared).sqrt());
            layout.spread(filter, &self.padded, at, out);
        });
    }

    fn linearise(&mut self, x: &[f64], theta: &[f64]) {
        let (layout, parts) = (self.layout(), Parts::of(theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        self.theta.copy_from_slice(theta);
        self.x.copy_from_slice(x);
        let (slopes, curvatures) = (&mut self.slopes, &mut self.curvatures);
        layout.each(|k, at, place| {
            let ((weight, nu), filter) = (scales[k], parts.filter(k));
            let slopes = &mut slopes[place..place + layout.length];
            layout.respond(filter, x, at, slopes);
            for (slope, curvature) in slopes.iter_mut().zip(&mut curvatures[place..]) {
                let inverse = 1.0 / (*slope * *slope + nu * nu).sqrt();
                *slope *= inverse;
                *curvature = weight * (nu * inverse) * (nu * inverse) * inverse;
            }
        });
    }

    fn add_hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        let (layout, parts) = (self.layout(), Parts::of(&self.theta, self.experts));
        let (padded, curvatures) = (&mut self.padded, &self.curvatures);
        layout.each(|k, at, place| {
            let filter = parts.filter(k);
            let row = &mut padded[layout.middle()];
            layout.respond(filter, v, at, row);
            row.iter_mut().zip(&curvatures[place..]).for_each(|(t, c)| *t *= c);
            layout.spread(filter, padded, at, out);
        });
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        let (layout, parts) = (self.layout(), Parts::of(&self.theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        let (count, taps, length) = (self.experts.filters, layout.taps, layout.length);
        out.fill(0.0);
        let (padded, bent, x) = (&mut self.padded, &mut self.bent, &self.x);
        let (slopes, curvatures) = (&self.slopes, &self.curvatures);
        layout.each(|k, at, place| {
            let (weight, filter) = (scales[k].0, parts.filter(k));
            let (slopes, curvatures) = (&slopes[place..place + length], &curvatures[place..place + length]);
            let response = &mut padded[layout.middle()];
            layout.respond(filter, q, at, response);
            // ∇ₓR = Σ aₖCₖᵀu; ∂u/∂γ = −u(ν/r)² = −u(1 − u²).
            let along = weight * kernels::dot(slopes, response);
            out[0] += along;
            out[1 + k] += along;
            let smoothed = slopes.iter().zip(&*response).map(|(u, t)| u * (1.0 - u * u) * t);
            out[1 + count + k] -= weight * smoothed.sum::<f64>();
            // A tap changes both the adjoint, Cᵀu, and the response that u depends on.
            bent.iter_mut().zip(&*response).zip(curvatures).for_each(|((b, t), c)| *b = t * c);
            let own = &mut out[1 + 2 * count + k * taps * taps..][..taps * taps];
            for (t, o) in own.iter_mut().enumerate() {
                let from = at + (t / taps) * layout.shape.width + t % taps;
                let span = from..from + length;
                *o += weight * kernels::dot(slopes, &q[span.clone()]) + kernels::dot(bent, &x[span]);
            }
        });
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let (layout, parts) = (self.layout(), Parts::of(theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        let (count, taps, length) = (self.experts.filters, layout.taps, layout.length);
        out.fill(0.0);
        let row = &mut self.padded[layout.middle()];
        layout.each(|k, at, _| {
            let ((weight, nu), filter) = (scales[k], parts.filter(k));
            layout.respond(filter, x, at, row);
            let (mut lengths, mut inverses) = (0.0, 0.0);
            for t in &mut *row {
                let r = (*t * *t + nu * nu).sqrt();
                lengths += r;
                inverses += 1.0 / r;
                *t /= r;
            }
            out[0] += weight * lengths;
            out[1 + k] += weight * lengths;
            out[1 + count + k] += weight * nu * nu * inverses;
            let own = &mut out[1 + 2 * count + k * taps * taps..][..taps * taps];
            for (t, o) in own.iter_mut().enumerate() {
                let from = at + (t / taps) * layout.shape.width + t % taps;
                *o += weight * kernels::dot(row, &x[from..from + length]);
            }
        });
    }

    /// With `Cₖ` the filter as a matrix, `Nₖ` the number of its responses and `Δ` a change of `x`:
    ///
    /// - `∇² = I + Σ aₖ Cₖᵀ diag(ν²/r³) Cₖ ⪯ I + Σ (aₖ/νₖ) CₖᵀCₖ`, bounded by its symbol;
    /// - `|Δ(ν²/r³)| ≤ THIRD/νₖ² · |cₖ|·‖Δ‖`, as one response is an inner product with the taps;
    /// - columns of `J` for `θ₀`: `Σ aₖCₖᵀuₖ`; for `βₖ, γₖ`: `aₖCₖᵀ(uₖ, vₖ)` with `u² + v² < 1` at each response; for the taps
    ///   `aₖ(S(u) + Cₖᵀ diag(ν²/r³) S(x))`, where `S(z)w = Σ wⱼ Sⱼᵀz` has norm at most `taps·‖z‖` (`‖w‖₁ ≤ taps·‖w‖`);
    /// - their changes likewise.
    fn constants(&mut self, theta: &[f64], radius: f64) -> Constants {
        let (layout, parts) = (self.layout(), Parts::of(theta, self.experts));
        parts.scales(&mut self.scales);
        let scales = &self.scales;
        let (taps, length) = (layout.taps as f64, (layout.shape.count * layout.rows * layout.length) as f64);
        for (k, &(weight, nu)) in scales.iter().enumerate() {
            let filter = parts.filter(k);
            let size = kernels::squared_norm(filter).sqrt();
            self.steepness[k] = weight / nu;
            self.bend[k] = weight * THIRD * size / (nu * nu);
        }
        let [steepest, most_bent] =
            self.spectrum.bounds(parts.filters, [&self.steepness, &self.bend], &mut self.squares);
        let (mut overall, mut cross, mut changes) = (0.0, 0.0, steepest * steepest);
        for (k, &(weight, nu)) in scales.iter().enumerate() {
            let (norm, size) = (self.squares[k].sqrt(), kernels::squared_norm(parts.filter(k)).sqrt());
            let column = weight * norm * length.sqrt();
            overall += column;
            let block = weight * taps * (length.sqrt() + norm * radius / nu);
            cross += column * column + block * block;
            let pair = std::f64::consts::SQRT_2 * weight * norm * norm / nu;
            let block = weight * taps * norm / nu * (2.0 + THIRD * size * radius / nu);
            changes += pair * pair + block * block;
        }
        Constants {
            strong_convexity: 1.0,
            lipschitz: 1.0 + steepest,
            hessian_lipschitz: most_bent,
            cross_norm: (overall * overall + cross).sqrt(),
            cross_lipschitz: changes.sqrt(),
        }
    }
}
