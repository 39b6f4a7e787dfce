//! Tests of panels with their own vertical axes.

use super::*;

#[test]
fn each_panel_has_the_ticks_of_its_own_numbers() {
    let panel = |y: f64| {
        let points = vec![(1.0, y), (3.0, 2.0 * y)];
        let layer = Layer::Line { name: String::new(), style: 0, points, band: Vec::new() };
        Panel { layers: vec![layer], ..Panel::default() }
    };
    let mut chart = Chart { panels: [10.0, 1e-3, 0.0].map(panel).to_vec(), ..Chart::default() };
    // Ticks between 0 and 0.01, on the second panel.
    let small = |chart: &Chart| svg(chart).unwrap().matches(">0.00").count();
    assert_eq!(small(&chart), 0, "{}", svg(&chart).unwrap());
    chart.own_y = true;
    let text = svg(&chart).unwrap();
    assert!(small(&chart) >= 3, "{text}");
    // Tick labels of the first panel and of the last one.
    assert!(text.contains(">20</text>") && text.contains(">−0.5</text>"), "{text}");
}
