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
    let texts = |chart: &Chart| svg(chart).unwrap().lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>();
    let has = |texts: &[String], number: &str| texts.iter().filter(|t| t.as_str() == number).count();
    let shared = texts(&chart);
    assert_eq!((has(&shared, "20"), has(&shared, "0.0015")), (1, 0), "{shared:?}");
    chart.own_y = true;
    let own = texts(&chart);
    assert_eq!((has(&own, "20"), has(&own, "0.0015"), has(&own, "−0.5")), (1, 1, 1), "{own:?}");
}
