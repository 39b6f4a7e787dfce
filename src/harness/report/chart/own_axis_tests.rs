//! Panels with vertical axes of their own.

use super::*;

#[test]
fn each_panel_has_the_ticks_of_its_own_numbers() {
    let panel = |y: f64| {
        let points = vec![(1.0, y), (3.0, 2.0 * y)];
        let layer = Layer::Line { name: String::new(), style: 0, points, band: Vec::new() };
        Panel { layers: vec![layer], ..Panel::default() }
    };
    let mut chart = Chart { panels: [10.0, 1e-3, 0.0].map(panel).to_vec(), ..Chart::default() };
    let has = |chart: &Chart, number: &str| svg(chart).unwrap().matches(&format!(">{number}</text>")).count();
    assert_eq!((has(&chart, "20"), has(&chart, "0.0015")), (1, 0), "{}", svg(&chart).unwrap());
    chart.own_y = true;
    assert_eq!(
        (has(&chart, "20"), has(&chart, "0.0015"), has(&chart, "−0.5")),
        (1, 1, 1),
        "{}",
        svg(&chart).unwrap()
    );
}
