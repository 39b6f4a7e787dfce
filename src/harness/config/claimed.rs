//! The published values of claims that stand for points of a line figure.

use std::collections::BTreeMap;

use super::present::{FigureKind, FigureSpec, Filter, PublishedBox, Statistic};
use crate::claims::{ClaimSpec, Location, Over, Published};
use crate::records::{Axis, AxisValue};

/// The values of `within` claims of the figure's metric and statistic, one for each cell that a claim speaks of.
/// Claims that presume settings are left out, and averages over several cells.
pub(super) fn marks(figure: &FigureSpec, claims: &[ClaimSpec], axes: &[Axis]) -> Vec<PublishedBox> {
    let wanted = figure.kind == FigureKind::Line
        && figure.numerator.is_none()
        && figure.claimed.unwrap_or(true)
        && axes.iter().any(|axis| axis.name == figure.x);
    let mut found: Vec<PublishedBox> = Vec::new();
    for claim in claims.iter().filter(|_| wanted) {
        let Some((metric, estimator, statistic)) = claim.reported() else { continue };
        let same_statistic = match statistic {
            Location::Mean => figure.statistic() == Statistic::Mean,
            Location::Median => figure.statistic() == Statistic::Median,
        };
        let final_fit = claim.common.coordinate.is_none() && claim.given.is_empty();
        if metric != figure.metric || !same_statistic || !final_fit {
            continue;
        }
        let cells = cells(claim, axes);
        if claim.common.over == Over::Pooled && cells.len() > 1 {
            continue;
        }
        for cell in cells {
            let value = match &claim.published {
                Some(Published::Number(value)) => Some(*value),
                Some(Published::PerCell(values)) => {
                    let fits = |c: &&crate::claims::CellValue| {
                        c.cell.iter().all(|(axis, v)| cell.get(axis.as_str()).is_some_and(|own| own.same(v)))
                    };
                    values.iter().find(fits).map(|c| c.value)
                }
                _ => None,
            };
            let Some(value) = value else { continue };
            let others = cell.iter().filter(|(name, _)| **name != figure.x);
            let cell_of: Filter = others.map(|(name, v)| ((*name).to_owned(), v.to_toml())).collect();
            let x = cell.get(figure.x.as_str()).map(|v| (*v).clone());
            let mark = PublishedBox {
                estimator: estimator.to_owned(),
                x,
                numbers: None,
                value: Some(value),
                cell: cell_of,
            };
            // Two claims may rest on one number.
            if !found.contains(&mark) {
                found.push(mark);
            }
        }
    }
    found
}

/// The cells that a claim speaks of, as values by axis.
fn cells<'a>(claim: &ClaimSpec, axes: &'a [Axis]) -> Vec<BTreeMap<&'a str, &'a AxisValue>> {
    axes.iter().fold(vec![BTreeMap::new()], |cells, axis| {
        let selected = claim.selection.iter().find(|s| s.axis == axis.name);
        let spoken_of =
            |v: &&AxisValue| selected.is_none_or(|selected| selected.values.iter().any(|own| own.same(v)));
        let values: Vec<&AxisValue> = axis.values.iter().filter(spoken_of).collect();
        let with = |cell: &BTreeMap<&'a str, &'a AxisValue>| -> Vec<_> {
            let one = |v: &&'a AxisValue| {
                let mut cell = cell.clone();
                cell.insert(&axis.name, *v);
                cell
            };
            values.iter().map(one).collect()
        };
        cells.iter().flat_map(with).collect()
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Document, Overrides, Resolved};

    const CONFIG: &str = "experiment = \"x\"\ntitle = \"x\"\nfamily = \"f\"\nseed = 3\n[problem]\n\
        [sweep]\nproblem.n = [1, 2]\nproblem.k = [3, 4]\n[[estimator]]\nkind = \"a\"\n\
        [profile.quick]\nreplicates = 4\n\
        [[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"p\"\nform = \"within\"\nmetric = \"m\"\n\
        estimator = \"a\"\nlower = 0\nupper = 9\npublished = 5\nwhere = { k = 3 }\n\
        [[figure]]\nid = \"f\"\ntitle = \"f\"\nkind = \"line\"\nmetric = \"m\"\nx = \"n\"\nfacet = \"k\"\n";

    fn resolve(text: &str) -> Resolved {
        Document::parse("x.toml", text).unwrap().resolve("quick", &Overrides::default()).unwrap()
    }

    fn marks(text: &str) -> Vec<(String, String, f64)> {
        let found = resolve(text).figures[0].of_claims.clone();
        found
            .into_iter()
            .map(|p| (p.x.unwrap().to_string(), p.cell["k"].to_string(), p.value.unwrap()))
            .collect()
    }

    #[test]
    fn a_claim_marks_the_cells_that_it_speaks_of() {
        let of = |x: &str| (x.to_owned(), "3".to_owned(), 5.0);
        assert_eq!(marks(CONFIG), [of("1"), of("2")]);
        for (from, to) in [
            ("metric = \"m\"\nestimator", "metric = \"other\"\nestimator"),
            ("published = 5", "published = \"about 5\""),
            ("published = 5", "expected = 5"),
            ("published = 5", "published = 5\nstatistic = \"median\""),
            ("facet = \"k\"", "facet = \"k\"\nclaimed = false"),
            ("facet = \"k\"", "facet = \"k\"\nstatistic = \"median\""),
            ("kind = \"line\"", "kind = \"box\""),
        ] {
            let changed = CONFIG.replace(from, to);
            assert_ne!(changed, CONFIG);
            assert_eq!(marks(&changed), [], "{to}");
        }
    }

    #[test]
    fn a_claim_of_another_number_makes_the_figure_another() {
        let (before, after) = (resolve(CONFIG), resolve(&CONFIG.replace("published = 5", "published = 6")));
        assert_ne!(before.specification("figure/f"), after.specification("figure/f"));
        assert_eq!(before.hash(), after.hash());
    }
}
