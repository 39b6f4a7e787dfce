//! Published values of claims, as points of a line figure.

use std::collections::BTreeMap;

use super::published::{Mark, Published};
use crate::claims::{CellValue, ClaimSpec, Over, Published as Claimed};
use crate::records::{Axis, AxisValue};
use crate::select::{Filter, Statistic};

/// The values of `within` claims of a metric and a statistic, one for each cell that a claim covers, for a figure
/// along the axis `x`, or with one place for each cell. Claims that presume settings and averages over several cells are left out.
pub(super) fn marks(
    metric: &str,
    statistic: Statistic,
    x: Option<&str>,
    claims: &[ClaimSpec],
    axes: &[Axis],
) -> Vec<Published<Mark>> {
    let mut found: Vec<Published<Mark>> = Vec::new();
    if x.is_some_and(|x| !axes.iter().any(|axis| axis.name == x)) {
        return found;
    }
    for claim in claims {
        let Some((of, estimator, reported)) = claim.reported() else { continue };
        let final_fit = claim.common.coordinate.is_none() && claim.given.is_empty();
        if of != metric || reported != statistic || !final_fit {
            continue;
        }
        let cells = cells(claim, axes);
        if claim.common.over == Over::Pooled && cells.len() > 1 {
            continue;
        }
        for cell in cells {
            let value = match &claim.published {
                Some(Claimed::Number(value)) => Some(*value),
                Some(Claimed::PerCell(values)) => {
                    let fits = |c: &&CellValue| {
                        c.cell.iter().all(|(axis, v)| cell.get(axis.as_str()).is_some_and(|own| own.same(v)))
                    };
                    values.iter().find(fits).map(|c| c.value)
                }
                _ => None,
            };
            let Some(value) = value else { continue };
            let others = cell.iter().filter(|(name, _)| Some(**name) != x);
            let cell_of: Filter = others.map(|(name, v)| ((*name).to_owned(), v.to_toml())).collect();
            let mark = Published {
                estimator: estimator.to_owned(),
                x: x.and_then(|x| cell.get(x)).map(|v| (*v).clone()),
                shown: Mark { value },
                cell: cell_of,
            };
            // Two claims may be about one number.
            if !found.contains(&mark) {
                found.push(mark);
            }
        }
    }
    found
}

/// These values as text. The text goes into the digest of a figure's specification, which is part of stored stamps, so
/// its spelling must not change.
pub(super) fn text(marks: &[Published<Mark>]) -> String {
    #[derive(Debug)]
    #[allow(dead_code, reason = "read by `Debug`")]
    struct PublishedBox<'a> {
        estimator: &'a str,
        x: &'a Option<AxisValue>,
        numbers: Option<[f64; 5]>,
        value: Option<f64>,
        cell: &'a Filter,
    }
    let boxes: Vec<PublishedBox<'_>> = marks
        .iter()
        .map(|mark| PublishedBox {
            estimator: &mark.estimator,
            x: &mark.x,
            numbers: None,
            value: Some(mark.shown.value),
            cell: &mark.cell,
        })
        .collect();
    format!("{boxes:?}")
}

/// The cells that a claim covers, as values by axis.
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
            .map(|p| (p.x.unwrap().to_string(), p.cell["k"].to_string(), p.shown.value))
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
    fn a_forest_plot_marks_the_pooled_estimates_that_claims_publish() {
        let forest = "kind = \"forest\"\nmetric = \"study\"\ninterval = [\"low\", \"high\"]\nweight = \"w\"\n\
            pooled = \"m\"\npooled_interval = [\"lower\", \"upper\"]\nx_label = \"effect\"\n";
        let of = |more: &str| {
            let line = "kind = \"line\"\nmetric = \"m\"\nx = \"n\"\n";
            let text = CONFIG.replace(line, &format!("{forest}{more}"));
            assert_ne!(text, CONFIG);
            let found = resolve(&text).figures[0].of_claims.clone();
            let mark = |p: super::Published<super::Mark>| (p.x, p.cell["n"].to_string(), p.shown.value);
            found.into_iter().map(mark).collect::<Vec<_>>()
        };
        assert_eq!(of(""), [(None, "1".to_owned(), 5.0), (None, "2".to_owned(), 5.0)]);
        assert_eq!(of("claimed = false\n"), []);
    }

    #[test]
    fn a_claim_of_another_number_makes_the_figure_another() {
        let (before, after) = (resolve(CONFIG), resolve(&CONFIG.replace("published = 5", "published = 6")));
        assert_ne!(before.specification("figure/f"), after.specification("figure/f"));
        assert_eq!(before.hash(), after.hash());
    }
}
