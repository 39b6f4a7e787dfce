//! The alternating direction method of multipliers for network Lasso (Hallac, Leskovec and Boyd 2015).
//!
//! Each edge `(i, j)` has copies `z_ij` of `a_i` and `z_ji` of `a_j` with scaled duals `u_ij` and `u_ji`. An iteration is
//! `a_i ← argmin f_i(a) + (ρ/2) Σ_j ‖a − z_ij + u_ij‖²`; then, with `A = a_i + u_ij`, `B = a_j + u_ji` and
//! `θ = max(1 − λw_ij/(ρ‖A − B‖), ½)` (½ if `A = B`), `z_ij = θA + (1 − θ)B`, `z_ji = θB + (1 − θ)A`; and
//! `u_ij ← u_ij + a_i − z_ij`. As `z_ij + z_ji = A + B`, the new duals are `u_ij = (1 − θ)(A − B) = −u_ji`: one vector an
//! edge is enough, and `ρu_ij` is feasible for the dual problem, `‖ρu_ij‖ ≤ λw_ij`.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::deadline;
use remeasure_core::stream::Stream;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::graph::Graph;
use crate::node::Node;
use crate::rows::dot;

/// Iterations between two checks of the gap, where that is what stops the method.
const CHECK: usize = 10;

/// Share of the residuals that the error of a node's step may have.
const SHARE: f64 = 0.01;

/// How duals and tolerances depend on `ρ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// `u ← u ρ_old/ρ_new` when `ρ` changes, and the dual residual is compared with `ρ‖u‖`.
    #[default]
    Corrected,
    /// As in public code of the method: scaled duals are kept when `ρ` changes, and the dual residual is compared with
    /// `‖u‖`. A run that converges has the right limit all the same.
    PublicCode,
}

/// When to stop, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// `ε_a`: absolute tolerance of the residuals, for each number.
    pub absolute: f64,
    /// `ε_r`: tolerance of the residuals relative to the size of what they compare.
    pub relative: f64,
    /// Stop instead when the relative gap, which is computed every ten iterations, is at most this.
    pub gap: Option<f64>,
    /// Most iterations.
    pub iterations: usize,
    /// How duals and tolerances depend on `ρ`.
    pub variant: Variant,
}

/// Residuals of an iteration, with what they are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residuals {
    /// `‖a_i − z_ij‖` over all copies.
    pub primal: f64,
    /// `ρ‖Σ_j (z_ij − z_ij before)‖` over all nodes.
    pub dual: f64,
    /// The larger of `‖a‖` and `‖z‖`, over all copies.
    pub primal_size: f64,
    /// `‖Σ_j u_ij‖` over all nodes.
    pub dual_size: f64,
    /// Largest optimality gap of a node's step.
    pub node_gap: f64,
}

/// Values of the problem and of its dual, which enclose the optimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The objective at the present models.
    pub primal: f64,
    /// A lower bound of the objective.
    pub dual: f64,
}

impl Gap {
    /// Their difference relative to the objective, or to 1 if that is smaller.
    #[must_use]
    pub fn relative(&self) -> f64 {
        (self.primal - self.dual) / self.primal.abs().max(1.0)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Iterations made.
    pub iterations: usize,
    /// Residuals of the last one.
    pub residuals: Residuals,
    /// Whether the stopping rule was met.
    pub converged: bool,
}

/// The state of the method: `E p + 4 V p` numbers beside those of the nodes.
pub struct Admm<'a> {
    graph: &'a Graph,
    nodes: Vec<Box<dyn Node>>,
    size: usize,
    rho: f64,
    /// The models, `V × p`.
    a: Vec<f64>,
    /// `Σ_j z_ij`, `V × p`; and that of the last iteration.
    z: Vec<f64>,
    z_before: Vec<f64>,
    /// `Σ_j u_ij`, `V × p`.
    pull: Vec<f64>,
    /// `u_ij`, `E × p`.
    u: Vec<f64>,
    /// Edges whose copies are equal.
    fused: Vec<bool>,
    /// Bound of the gap of the models of isolated nodes.
    alone_gap: f64,
    centre: Vec<f64>,
    difference: Vec<f64>,
    last: Residuals,
}

impl<'a> Admm<'a> {
    /// Starts from zero, at a penalty `ρ` above 0. A node without edges takes no part: it gets the minimum of its own loss.
    ///
    /// # Panics
    /// If there is not one loss for each node of the graph, all with equally many unknowns.
    #[must_use]
    pub fn new(graph: &'a Graph, mut nodes: Vec<Box<dyn Node>>, rho: f64) -> Self {
        assert_eq!(graph.nodes(), nodes.len(), "one loss for each node");
        let p = nodes.first().map_or(0, |node| node.size());
        assert!(nodes.iter().all(|node| node.size() == p), "{p} unknowns at each node");
        let (v, e) = (nodes.len(), graph.edges().len());
        let mut a = vec![0.0; v * p];
        let mut alone_gap = 0.0_f64;
        for (i, node) in nodes.iter_mut().enumerate().filter(|(i, _)| graph.degrees()[*i] == 0) {
            alone_gap = alone_gap.max(node.alone(&mut a[i * p..(i + 1) * p]));
        }
        Self {
            graph,
            nodes,
            size: p,
            rho,
            a,
            z: vec![0.0; v * p],
            z_before: vec![0.0; v * p],
            pull: vec![0.0; v * p],
            u: vec![0.0; e * p],
            fused: vec![false; e],
            alone_gap,
            centre: vec![0.0; p],
            difference: vec![0.0; p],
            last: Residuals { primal: f64::INFINITY, dual: f64::INFINITY, ..Residuals::default() },
        }
    }

    /// Starts from copies and duals that are Gaussian with standard deviation `scale`.
    pub fn start_at_random(&mut self, scale: f64, stream: &mut Stream) {
        let p = self.size;
        self.z.fill(0.0);
        self.pull.fill(0.0);
        for (e, edge) in self.graph.edges().iter().enumerate() {
            let [i, j] = edge.ends;
            for k in 0..p {
                let mut draw = || scale * stream.sample::<f64, _>(StandardNormal);
                self.z[i * p + k] += draw();
                self.z[j * p + k] += draw();
                let u = draw();
                self.u[e * p + k] = u;
                self.pull[i * p + k] += u;
                self.pull[j * p + k] -= u;
            }
        }
    }

    /// The models, `V × p`.
    #[must_use]
    pub fn models(&self) -> &[f64] {
        &self.a
    }

    /// The scaled duals `u_ij` of the edges, `E × p`.
    #[must_use]
    pub fn duals(&self) -> &[f64] {
        &self.u
    }

    /// The penalty `ρ`.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// Number of groups of nodes whose models are the same, counted on the copies, where they are exactly so.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.graph.components(|edge| self.fused[edge])
    }

    /// Numbers held by the method and by the nodes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.a.len() + 3 * self.z.len() + self.u.len() + self.nodes.iter().map(|n| n.held()).sum::<usize>()
    }

    /// Changes the penalty. The duals of the problem are `ρu`, so that `u` must shrink as `ρ` grows; [`Variant::PublicCode`]
    /// leaves it.
    pub fn set_rho(&mut self, rho: f64, variant: Variant) {
        if variant == Variant::Corrected {
            let factor = self.rho / rho;
            self.u.iter_mut().chain(&mut self.pull).for_each(|u| *u *= factor);
        }
        self.rho = rho;
    }

    /// Makes one iteration at `λ`.
    pub fn iterate(&mut self, lambda: f64) -> Residuals {
        let node_gap = self.step_nodes().max(self.alone_gap);
        let p = self.size;
        std::mem::swap(&mut self.z, &mut self.z_before);
        self.z.fill(0.0);
        self.pull.fill(0.0);
        let (mut primal, mut copies) = (0.0, 0.0);
        for (e, edge) in self.graph.edges().iter().enumerate() {
            let [i, j] = edge.ends.map(|end| end * p);
            let u = &mut self.u[e * p..(e + 1) * p];
            let mut apart = 0.0;
            for (k, d) in self.difference.iter_mut().enumerate() {
                *d = (self.a[i + k] + u[k]) - (self.a[j + k] - u[k]);
                apart += *d * *d;
            }
            let (share, fused) = share(lambda * edge.weight / self.rho, apart.sqrt());
            self.fused[e] = fused;
            for (k, d) in self.difference.iter().enumerate() {
                let new = share * d;
                let change = new - u[k];
                let (left, right) = (self.a[i + k] - change, self.a[j + k] + change);
                primal += 2.0 * change * change;
                copies += left * left + right * right;
                self.z[i + k] += left;
                self.z[j + k] += right;
                self.pull[i + k] += new;
                self.pull[j + k] -= new;
                u[k] = new;
            }
        }
        let moved: f64 = self.z.iter().zip(&self.z_before).map(|(a, b)| (a - b) * (a - b)).sum();
        let models = self.a.chunks_exact(p.max(1)).zip(self.graph.degrees());
        let models: f64 = models.map(|(a, degree)| *degree as f64 * dot(a, a)).sum();
        self.last = Residuals {
            primal: f64::sqrt(primal),
            dual: self.rho * moved.sqrt(),
            primal_size: models.max(copies).sqrt(),
            dual_size: dot(&self.pull, &self.pull).sqrt(),
            node_gap,
        };
        self.last
    }

    /// The steps of all nodes with edges; returns the largest gap.
    fn step_nodes(&mut self) -> f64 {
        let p = self.size;
        let wanted =
            SHARE * (self.last.primal + self.last.dual / self.rho) / (self.nodes.len() as f64).sqrt();
        let wanted = wanted.clamp(1e-12, 1e-3);
        let mut worst = 0.0_f64;
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let degree = self.graph.degrees()[i] as f64;
            if degree == 0.0 {
                continue;
            }
            let weight = self.rho * degree;
            let sums = self.z[i * p..].iter().zip(&self.pull[i * p..]);
            for (c, (z, u)) in self.centre.iter_mut().zip(sums) {
                *c = (z - u) / degree;
            }
            // A gap g of a step with this weight bounds the squared error of the model by 2g/weight.
            let tolerance = 0.5 * weight * wanted * wanted;
            worst = worst.max(node.step(weight, &self.centre, tolerance, &mut self.a[i * p..(i + 1) * p]));
        }
        worst
    }

    /// Whether residuals meet the stopping rule of `settings`, that of Boyd et al. (2011), section 3.3.
    #[must_use]
    pub fn settled(&self, residuals: &Residuals, settings: &Settings) -> bool {
        let copies = (2 * self.graph.edges().len() * self.size) as f64;
        let scale = match settings.variant {
            Variant::Corrected => self.rho,
            Variant::PublicCode => 1.0,
        };
        let primal = copies.sqrt() * settings.absolute + settings.relative * residuals.primal_size;
        let dual = (self.a.len() as f64).sqrt() * settings.absolute
            + settings.relative * scale * residuals.dual_size;
        residuals.primal <= primal && residuals.dual <= dual
    }

    /// Iterates at `λ` until the stopping rule is met; `observe` is called after each iteration with its number, from 1.
    pub fn run(
        &mut self,
        lambda: f64,
        settings: &Settings,
        observe: &mut dyn FnMut(usize, &mut Self),
    ) -> Report {
        let mut report = Report { iterations: 0, residuals: Residuals::default(), converged: false };
        if self.graph.edges().is_empty() {
            report.residuals.node_gap = self.alone_gap;
            return Report { converged: true, ..report };
        }
        while report.iterations < settings.iterations && !report.converged && !deadline::passed() {
            report.residuals = self.iterate(lambda);
            report.iterations += 1;
            observe(report.iterations, self);
            report.converged = match settings.gap {
                Some(gap) => report.iterations.is_multiple_of(CHECK) && self.gap(lambda).relative() <= gap,
                None => self.settled(&report.residuals, settings),
            };
        }
        report
    }

    /// `Σ_i f_i(a_i) + λ Σ_e w_e ‖a_i − a_j‖` at the present models.
    #[must_use]
    pub fn objective(&self, lambda: f64) -> f64 {
        let p = self.size;
        let model = |i: usize| &self.a[i * p..(i + 1) * p];
        let own: f64 = self.nodes.iter().enumerate().map(|(i, node)| node.value(model(i))).sum();
        let between = self.graph.edges().iter().map(|edge| {
            let [a, b] = edge.ends.map(model);
            edge.weight * a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        });
        own + lambda * between.sum::<f64>()
    }

    /// The objective, and the dual value `−Σ_i f_i*(−t Σ_j ρu_ij)` after an iteration at `λ`. The factor `t ≤ 1`, one for
    /// the whole network, makes it finite; it tends to 1.
    pub fn gap(&mut self, lambda: f64) -> Gap {
        let (p, rho) = (self.size, self.rho);
        let mut slopes: Vec<f64> = self.pull.iter().map(|u| -rho * u).collect();
        let reaches = self.nodes.iter().enumerate().map(|(i, node)| node.reach(&slopes[i * p..(i + 1) * p]));
        let t = reaches.fold(1.0, f64::min);
        slopes.iter_mut().for_each(|g| *g *= t);
        let mut dual = 0.0;
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let own = i * p..(i + 1) * p;
            dual -= node.conjugate(&slopes[own.clone()], &self.a[own]);
        }
        Gap { primal: self.objective(lambda), dual }
    }
}

/// `1 − θ`, and whether the copies of an edge become equal, for `λw/ρ` and `‖A − B‖`.
#[must_use]
pub fn share(threshold: f64, apart: f64) -> (f64, bool) {
    if apart <= 2.0 * threshold { (0.5, true) } else { (threshold / apart, false) }
}
