//! Nodes in clusters, drawn.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::kernels::elementary::exp;
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Instance, Sample};
use crate::graph::{Edge, Graph};
use crate::node::Model;
use crate::rows::{Rows, dot};

/// Weights of the edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// All are 1.
    #[default]
    One,
    /// Uniform between ½ and 1½.
    Uniform,
}

/// Smallest and largest mean of a feature in a region.
const MEANS: (f64, f64) = (0.5, 2.5);

/// Node `i` belongs to cluster `i mod K`; the nodes of a cluster share coefficients, or the mean of their rows.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// What is fitted at each node.
    pub model: Model,
    /// Number of nodes `V`.
    pub nodes: usize,
    /// Number of clusters `K`.
    pub clusters: usize,
    /// Number of features `d`.
    pub features: usize,
    /// Rows of each node that models are fitted to, `n`.
    pub rows: usize,
    /// Probability of an edge within a cluster, and between two.
    pub edges: (f64, f64),
    /// Weights of the edges.
    pub weights: Weights,
    /// Standard deviation of the responses of ridge regression.
    pub noise: f64,
    /// Standard deviation of a feature of one-class models.
    pub spread: f64,
    /// What an incident multiplies the means of its features by.
    pub drop: f64,
    /// Test rows of each node; of one-class models, as many normal ones and as many incidents.
    pub test_rows: usize,
    /// The `λ` of the path, ascending.
    pub path: Vec<f64>,
}

/// What the rows of a cluster are drawn from.
struct Cluster {
    /// Coefficients, or means of normal rows.
    centre: Vec<f64>,
    /// Means of incidents; empty for regressions.
    incident: Vec<f64>,
}

impl Synthetic {
    fn graph(&self, stream: &mut Stream) -> Graph {
        let mut edges = Vec::new();
        for i in 0..self.nodes {
            for j in i + 1..self.nodes {
                let within = i % self.clusters == j % self.clusters;
                let probability = if within { self.edges.0 } else { self.edges.1 };
                if stream.r#gen::<f64>() < probability {
                    let weight = match self.weights {
                        Weights::One => 1.0,
                        Weights::Uniform => stream.gen_range(0.5..1.5),
                    };
                    edges.push(Edge { ends: [i, j], weight });
                }
            }
        }
        Graph::new(self.nodes, edges).unwrap_or_else(|_| unreachable!("each pair is drawn once"))
    }

    fn cluster(&self, stream: &mut Stream) -> Cluster {
        if let Model::OneClass { .. } = self.model {
            let centre: Vec<f64> = (0..self.features).map(|_| stream.gen_range(MEANS.0..MEANS.1)).collect();
            let incident =
                centre.iter().map(|m| if stream.r#gen::<bool>() { self.drop * m } else { *m }).collect();
            return Cluster { centre, incident };
        }
        let centre = (0..self.features).map(|_| stream.sample(StandardNormal)).collect();
        Cluster { centre, incident: Vec::new() }
    }

    /// Draws rows of one kind; incidents only of one-class models.
    fn rows(&self, cluster: &Cluster, count: usize, incidents: bool, stream: &mut Stream) -> Sample {
        let mut values = Vec::with_capacity(count * self.features);
        let mut labels = Vec::with_capacity(count);
        for _ in 0..count {
            let from = values.len();
            match self.model {
                Model::OneClass { .. } => {
                    let means = if incidents { &cluster.incident } else { &cluster.centre };
                    for m in means {
                        values.push(m + self.spread * stream.sample::<f64, _>(StandardNormal));
                    }
                    labels.push(if incidents { -1.0 } else { 1.0 });
                }
                Model::Ridge { .. } | Model::Logistic { .. } => {
                    for _ in 0..self.features {
                        values.push(stream.sample(StandardNormal));
                    }
                    let mean = dot(&values[from..], &cluster.centre);
                    labels.push(if let Model::Ridge { .. } = self.model {
                        mean + self.noise * stream.sample::<f64, _>(StandardNormal)
                    } else if stream.r#gen::<f64>() * (1.0 + exp(-mean)) < 1.0 {
                        1.0
                    } else {
                        -1.0
                    });
                }
            }
        }
        Sample { rows: Rows::new(self.features, values), labels }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Instance {
        let graph = self.graph(&mut streams.stream("graph"));
        let mut stream = streams.stream("clusters");
        let clusters: Vec<Cluster> = (0..self.clusters).map(|_| self.cluster(&mut stream)).collect();
        let of = |i: usize| &clusters[i % self.clusters];
        let (mut train_stream, mut test_stream) = (streams.stream("rows"), streams.stream("test"));
        let train = (0..self.nodes).map(|i| self.rows(of(i), self.rows, false, &mut train_stream)).collect();
        let one_class = matches!(self.model, Model::OneClass { .. });
        let test = (0..self.nodes).map(|i| {
            let mut sample = self.rows(of(i), self.test_rows, false, &mut test_stream);
            if one_class {
                let incidents = self.rows(of(i), self.test_rows, true, &mut test_stream);
                let values = [sample.rows.as_slice(), incidents.rows.as_slice()].concat();
                sample.rows = Rows::new(self.features, values);
                sample.labels.extend(incidents.labels);
            }
            sample
        });
        Instance {
            model: self.model,
            train,
            test: test.collect(),
            clusters: Some((0..self.nodes).map(|i| i % self.clusters).collect()),
            truth: (!one_class).then(|| (0..self.nodes).flat_map(|i| of(i).centre.iter().copied()).collect()),
            path: self.path.clone(),
            graph,
        }
    }
}
