//! The user's own graph and rows.

use std::collections::HashMap;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::split;
use remeasure_core::stream::Streams;
use remeasure_core::table::{self, Layout};

use super::wire::{CsvWire, model};
use super::{Instance, Sample};
use crate::graph::{Edge, Fault, Graph};
use crate::node::{Kind, Model};
use crate::rows::Rows;

/// The rows of each node, and the graph.
#[derive(Clone, Debug)]
pub struct Table {
    /// What is fitted at each node.
    pub model: Model,
    /// The `λ` of the path, ascending.
    pub path: Vec<f64>,
    /// The files read.
    pub inputs: Vec<Input>,
    graph: Graph,
    /// The rows that may be fitted, for each node.
    rows: Vec<Sample>,
    /// The rows that are always for the test: incidents.
    incidents: Vec<Sample>,
    test_fraction: f64,
}

impl Table {
    fn held_out(&self, rows: usize) -> usize {
        split::held_out(rows, self.test_fraction).min(rows - 1)
    }

    /// Least number of rows that a node is fitted to.
    pub(super) fn least_rows(&self) -> usize {
        let fitted = self.rows.iter().map(|s| s.rows.count() - self.held_out(s.rows.count()));
        fitted.min().unwrap_or(0)
    }

    /// Whether some node has rows of both classes to be tested on.
    #[must_use]
    pub fn has_incidents(&self) -> bool {
        self.incidents.iter().any(|sample| !sample.labels.is_empty())
    }

    /// Draws the rows of each node that are held out.
    pub(super) fn draw(&self, streams: &Streams) -> Instance {
        let mut stream = streams.stream("split");
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (sample, incidents) in self.rows.iter().zip(&self.incidents) {
            let rows = sample.rows.count();
            let (fitted, held) = split::train_test(rows, self.held_out(rows), &mut stream);
            train.push(sample.take(&fitted));
            let mut tested = sample.take(&held);
            let values = [tested.rows.as_slice(), incidents.rows.as_slice()].concat();
            tested.rows = Rows::new(sample.rows.columns(), values);
            tested.labels.extend(&incidents.labels);
            test.push(tested);
        }
        Instance {
            model: self.model,
            graph: self.graph.clone(),
            train,
            test,
            clusters: None,
            truth: None,
            path: self.path.clone(),
        }
    }
}

/// Names in the order of their first appearance, each with its position.
struct Names {
    places: HashMap<String, usize>,
    list: Vec<String>,
}

/// Reads both files.
pub(super) fn load(wire: CsvWire) -> Result<Table, Invalid> {
    let layout = Layout { header: None, delimiter: wire.delimiter, decimal: wire.decimal };
    let data = table::Table::open("data", &wire.data, layout)?;
    let node = data.column("node", &wire.node)?;
    let label = wire.label.as_ref().map(|name| data.column("label", name)).transpose()?;
    let columns: Vec<usize> = (0..data.header().len()).filter(|j| *j != node && Some(*j) != label).collect();
    if label == Some(node) {
        return Err(Invalid::new(
            "label",
            format!("`{}` is the column with the names of the nodes", wire.node),
        ));
    }
    if columns.is_empty() {
        let message = format!("{}: no column is left for the features", wire.data.display());
        return Err(Invalid::new("data", message));
    }
    let mut names = Names { places: HashMap::new(), list: Vec::new() };
    let mut of_row = Vec::with_capacity(data.rows());
    for row in 0..data.rows() {
        let name = data.cell(row, node);
        if name.is_empty() {
            return Err(data.cell_error(row, node, "the name of a node"));
        }
        let next = names.list.len();
        let place = *names.places.entry(name.to_string()).or_insert(next);
        if place == next {
            names.list.push(name.into_owned());
        }
        of_row.push(place);
    }
    let labels = labels(&wire, &data, label)?;
    let design = data.design(&columns)?;
    let nodes = names.list.len();
    let mut values = [vec![Vec::new(); nodes], vec![Vec::new(); nodes]];
    let mut classes = [vec![Vec::new(); nodes], vec![Vec::new(); nodes]];
    for (row, (place, label)) in of_row.iter().zip(&labels).enumerate() {
        let part = usize::from(wire.model == Kind::OneClass && *label < 0.0);
        values[part][*place].extend((0..columns.len()).map(|j| design.column(j)[row]));
        classes[part][*place].push(*label);
    }
    let [rows, incidents] = [0, 1].map(|part| {
        let both = values[part].drain(..).zip(classes[part].drain(..));
        both.map(|(v, labels)| Sample { rows: Rows::new(columns.len(), v), labels }).collect::<Vec<_>>()
    });
    for (sample, name) in rows.iter().zip(&names.list) {
        let found = sample.labels.len();
        if found < 2 {
            let what = if wire.model == Kind::OneClass { "normal row" } else { "row" };
            let message = format!(
                "{}: node `{}` has {}; each node needs at least 2, one to fit and one to test (leave the node out, or \
                 merge it with another)",
                wire.data.display(),
                table::shown(name),
                count(found, what)
            );
            return Err(Invalid::new("data", message));
        }
    }
    let (graph, edges) = graph(&wire, layout, &names)?;
    let taken =
        format!("{} of {} at {}", count(data.rows(), "row"), data.features(&columns), count(nodes, "node"));
    Ok(Table {
        model: model(wire.model, wire.ridge, wire.nu),
        path: wire.path,
        inputs: vec![data.input(taken), edges],
        graph,
        rows,
        incidents,
        test_fraction: wire.test_fraction,
    })
}

/// The response, or 1 and −1.
fn labels(wire: &CsvWire, data: &table::Table, label: Option<usize>) -> Result<Vec<f64>, Invalid> {
    let (Some(column), Some(positive)) = (label, &wire.positive) else {
        return label.map_or_else(|| Ok(vec![1.0; data.rows()]), |column| data.numbers(column));
    };
    let labels: Vec<f64> =
        data.cells(column).map(|cell| if cell == positive.as_str() { 1.0 } else { -1.0 }).collect();
    let mut classes: Vec<String> = Vec::new();
    for cell in data.cells(column) {
        if !classes.iter().any(|known| known.as_str() == cell) {
            classes.push(cell.into_owned());
        }
    }
    if !classes.contains(positive) {
        let message = format!(
            "no row has the class `{}`; the classes are {}",
            table::shown(positive),
            table::listed(&classes)
        );
        return Err(Invalid::new("positive", message));
    }
    if wire.model == Kind::Logistic && classes.len() != 2 {
        let message = format!("expected a column with two classes, found {}", table::listed(&classes));
        return Err(Invalid::new("label", message));
    }
    Ok(labels)
}

/// The graph, and what was read.
fn graph(wire: &CsvWire, layout: Layout, names: &Names) -> Result<(Graph, Input), Invalid> {
    let file = table::Table::open("edges", &wire.edges, layout)?;
    let columns = [file.column("edges", "from")?, file.column("edges", "to")?];
    let weight = file.header().iter().any(|name| name.trim() == "weight");
    let weight = if weight { Some(file.column("edges", "weight")?) } else { None };
    let weights = weight.map_or_else(|| Ok(vec![1.0; file.rows()]), |column| file.numbers(column))?;
    let mut edges = Vec::with_capacity(file.rows());
    for (row, weight) in weights.iter().enumerate() {
        let mut ends = [0; 2];
        for (end, column) in ends.iter_mut().zip(columns) {
            let cell = file.cell(row, column);
            let Some(place) = names.places.get(cell.as_ref()) else {
                let what = format!("a node of {}", wire.data.display());
                return Err(file.cell_error(row, column, &what));
            };
            *end = *place;
        }
        edges.push(Edge { ends, weight: *weight });
    }
    let found = count(edges.len(), "edge");
    let graph = Graph::new(names.list.len(), edges).map_err(|fault| match fault {
        Fault::NoNode(row) => file.cell_error(row, columns[0], "a node"),
        Fault::Loop(row) => file.cell_error(row, columns[1], "another node than in `from`"),
        Fault::Twice(row) => {
            file.cell_error(row, columns[1], "an edge that is not listed above, in either direction")
        }
        Fault::Weight(row) => file.cell_error(row, weight.unwrap_or(columns[0]), "a weight above 0"),
    })?;
    let parts = graph.components(|_| true);
    let isolated = match graph.isolated() {
        0 => String::new(),
        alone => format!(", of which {alone} without edges, fitted alone"),
    };
    let holds = format!("{found}; {}{isolated}", count(parts, "connected part"));
    Ok((graph, file.input(holds)))
}
