//! Charts within the page.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use remeasure_chart::{self as chart, Chart, Interactive};

use super::{Parts, prose};
use crate::figures::{FigureSpec, ScaleSpec, chart as chart_of, chart_on};

/// All figures; `images` holds the PNG files, by figure, of those that consist of pixels.
pub(super) fn all(parts: &Parts<'_>, images: &[(String, Vec<u8>)]) -> Result<Markup> {
    let figures = &parts.plan.resolved.figures;
    let drawn: Vec<Markup> = figures.iter().map(|spec| one(parts, spec, images)).collect::<Result<_>>()?;
    Ok(html! { @for figure in drawn { (figure) } })
}

/// The other scale of the vertical axis, if that axis shows the metric.
fn other_scale(spec: &FigureSpec) -> Option<ScaleSpec> {
    Some(match spec.metric_scale()? {
        ScaleSpec::Linear => ScaleSpec::Log,
        ScaleSpec::Log => ScaleSpec::Linear,
    })
}

fn word(scale: ScaleSpec) -> &'static str {
    match scale {
        ScaleSpec::Linear => "linear",
        ScaleSpec::Log => "log",
    }
}

fn one(parts: &Parts<'_>, spec: &FigureSpec, images: &[(String, Vec<u8>)]) -> Result<Markup> {
    let curves = parts.experiment.family.curves();
    let id = format!("figure-{}", spec.id);
    let chart = chart_of(parts.store, spec, curves, "");
    let reads = chart.subtitle.clone();
    let sources = curves.iter().filter(|c| spec.curves().iter().any(|name| name == c.name));
    let caption = html! {
        figcaption {
            (prose(&spec.caption))
            p.note {
                (capital(&reads)) "."
                @for curve in sources { " " (curve.label) ": " (curve.source) "." }
            }
        }
    };
    let cannot = || format!("cannot draw the figure `{}`", spec.id);
    let picture = images.iter().find(|(name, _)| *name == spec.id);
    let body = if let Some((_, png)) = picture {
        let data = format!("data:image/png;base64,{}", STANDARD.encode(png));
        html! { div.view { img src=(data) alt=(chart.alt); } }
    } else {
        let first = chart::interactive(&chart, &id).with_context(cannot)?;
        let other = other_scale(spec).map(|other| (other, chart_on(parts.store, spec, other, curves, "")));
        let second = match other {
            Some((scale, chart)) if has_room(&chart) => {
                let id = format!("{id}-{}", word(scale));
                Some((word(scale), chart::interactive(&chart, &id).with_context(cannot)?))
            }
            _ => None,
        };
        html! {
            @if !first.legend.is_empty() {
                ul.legend {
                    @for (name, sample) in &first.legend {
                        li data-name=(name) { (PreEscaped(sample.clone())) span { (name) } }
                    }
                }
            }
            div.view data-scale=(word(spec.y_scale())) data-series=(series(&first)) { (PreEscaped(first.svg)) }
            @if let Some((scale, second)) = second {
                div.view data-scale=(scale) data-series=(series(&second)) hidden { (PreEscaped(second.svg)) }
            }
        }
    };
    Ok(html! {
        figure id=(id) aria-labelledby=(format!("{id}-h")) {
            h3 id=(format!("{id}-h")) { (spec.title) }
            (body)
            (caption)
        }
    })
}

/// Whether at least 90 % of a chart's values can be placed on its vertical axis.
fn has_room(chart: &Chart) -> bool {
    let (placed, all) = chart.heights().fold((0_usize, 0_usize), |(placed, all), y| {
        (placed + usize::from(y > 0.0 || chart.y.scale == chart::Scale::Linear), all + 1)
    });
    all > 0 && placed * 10 >= all * 9
}

/// The name of each series, for the script.
fn series(drawn: &Interactive) -> String {
    drawn.series.join("\n")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
