//! Places of nodes in layers, so that most edges lead downwards.

/// Passes over the layers that reorder their nodes.
const SWEEPS: usize = 12;

/// Places for so many nodes, both coordinates from 0 to 1 and the vertical one downwards: a layer for each length of the
/// longest path that ends in a node, along `arcs` and, from the node that comes first, along `ties`. Nodes without edges
/// are in a layer of their own at the bottom. Cycles are cut where they are met.
#[must_use]
pub fn layered(nodes: usize, arcs: &[(usize, usize)], ties: &[(usize, usize)]) -> Vec<(f64, f64)> {
    let order = order(nodes, arcs);
    let mut position = vec![0; nodes];
    order.iter().enumerate().for_each(|(at, &i)| position[i] = at);
    let forward = |&(i, j): &(usize, usize)| if position[i] < position[j] { (i, j) } else { (j, i) };
    let all: Vec<(usize, usize)> = arcs.iter().chain(ties).map(forward).collect();
    let rank = ranks(nodes, &order, &all);
    let depth = rank.iter().max().map_or(1, |most| most + 1);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth];
    order.iter().for_each(|&i| layers[rank[i]].push(i));
    layers.retain(|layer| !layer.is_empty());
    arrange(&mut layers, nodes, &all);
    let mut places = vec![(0.5, 0.5); nodes];
    for (at, layer) in layers.iter().enumerate() {
        let y = if layers.len() == 1 { 0.5 } else { at as f64 / (layers.len() - 1) as f64 };
        for (k, &i) in layer.iter().enumerate() {
            places[i] = (across(k, layer.len(), at), y);
        }
    }
    places
}

/// Place of the `k`-th of `count` nodes in a layer. Neighbouring layers are shifted a little, so that nodes of every
/// second layer are not below each other.
fn across(k: usize, count: usize, layer: usize) -> f64 {
    let shift = if layer.is_multiple_of(2) { -0.15 } else { 0.15 };
    (k as f64 + 0.5 + shift) / count as f64
}

/// Nodes so that arcs lead forward, as far as they form no cycle.
fn order(nodes: usize, arcs: &[(usize, usize)]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..nodes).collect();
    let mut order = Vec::with_capacity(nodes);
    while !left.is_empty() {
        let free = |j: &usize| !arcs.iter().any(|(from, to)| to == j && from != j && left.contains(from));
        let at = left.iter().position(free).unwrap_or(0);
        order.push(left.remove(at));
    }
    order
}

/// The layer of each node.
fn ranks(nodes: usize, order: &[usize], arcs: &[(usize, usize)]) -> Vec<usize> {
    let mut rank = vec![0; nodes];
    for &i in order {
        let above = arcs.iter().filter(|arc| arc.1 == i).map(|arc| rank[arc.0] + 1);
        rank[i] = above.max().unwrap_or(0);
    }
    // Nodes without parents stand right above their first child.
    for &i in order.iter().rev() {
        if arcs.iter().all(|arc| arc.1 != i)
            && let Some(child) = arcs.iter().filter(|arc| arc.0 == i).map(|arc| rank[arc.1]).min()
        {
            rank[i] = child - 1;
        }
    }
    let bottom = rank.iter().max().map_or(0, |most| most + 1);
    for (i, rank) in rank.iter_mut().enumerate() {
        if arcs.iter().all(|arc| arc.0 != i && arc.1 != i) {
            *rank = bottom;
        }
    }
    rank
}

/// Reorders the layers by the mean places of the nodes' neighbours, and keeps the order with the fewest crossings.
fn arrange(layers: &mut Vec<Vec<usize>>, nodes: usize, arcs: &[(usize, usize)]) {
    let mut best = (crossings(layers, nodes, arcs), layers.clone());
    for sweep in 0..SWEEPS {
        let count = layers.len();
        for step in 0..count {
            let at = if sweep % 2 == 0 { step } else { count - 1 - step };
            let x = places(layers, nodes);
            let mean = |i: usize| {
                let near = arcs.iter().filter_map(|&(a, b)| match i {
                    _ if a == i => Some(x[b].0),
                    _ if b == i => Some(x[a].0),
                    _ => None,
                });
                let (sum, number) = near.fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
                if number > 0.0 { sum / number } else { x[i].0 }
            };
            layers[at].sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
        }
        let found = crossings(layers, nodes, arcs);
        if found < best.0 {
            best = (found, layers.clone());
        }
    }
    *layers = best.1;
}

/// Place across, and layer, of each node.
fn places(layers: &[Vec<usize>], nodes: usize) -> Vec<(f64, f64)> {
    let mut places = vec![(0.0, 0.0); nodes];
    for (at, layer) in layers.iter().enumerate() {
        for (k, &i) in layer.iter().enumerate() {
            places[i] = (across(k, layer.len(), at), at as f64);
        }
    }
    places
}

/// Pairs of straight edges that cross.
fn crossings(layers: &[Vec<usize>], nodes: usize, arcs: &[(usize, usize)]) -> usize {
    let at = places(layers, nodes);
    let side =
        |a: (f64, f64), b: (f64, f64), c: (f64, f64)| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let cross = |(a, b): (usize, usize), (c, d): (usize, usize)| {
        let shared = a == c || a == d || b == c || b == d;
        let [a, b, c, d] = [a, b, c, d].map(|i| at[i]);
        !shared && side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
    };
    arcs.iter().enumerate().map(|(k, &e)| arcs[..k].iter().filter(|&&f| cross(e, f)).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_lead_down_and_lone_nodes_are_at_the_bottom() {
        let places = layered(6, &[(0, 1), (1, 2), (0, 2), (4, 2)], &[(2, 3)]);
        for (above, below) in [(0, 1), (1, 2), (4, 2), (2, 5)] {
            assert!(places[above].1 < places[below].1, "{above} {below}: {places:?}");
        }
        // An edge without direction joins different layers, too.
        assert!((places[2].1 - places[3].1).abs() > 0.1, "{places:?}");
        // A parent alone stands right above its child.
        assert_eq!(places[4].1, places[1].1);
        assert!(places.iter().all(|p| (0.0..=1.0).contains(&p.0) && (0.0..=1.0).contains(&p.1)));
        for i in 0..6 {
            assert!((0..i).all(|j| places[i] != places[j]), "{places:?}");
        }
    }

    #[test]
    fn crossings_that_can_be_avoided_are() {
        let arcs = [(0, 5), (1, 4), (2, 3)];
        let places = layered(6, &arcs, &[]);
        for (k, e) in arcs.iter().enumerate() {
            for f in &arcs[..k] {
                let order = (places[e.0].0 - places[f.0].0) * (places[e.1].0 - places[f.1].0);
                assert!(order > 0.0, "{places:?}");
            }
        }
    }

    #[test]
    fn a_cycle_is_cut_and_nothing_is_lost() {
        let places = layered(3, &[(0, 1), (1, 2), (2, 0)], &[]);
        assert_eq!(places.len(), 3);
        assert!(places[0].1 < places[1].1 && places[1].1 < places[2].1);
        assert!(layered(0, &[], &[]).is_empty());
        assert_eq!(layered(1, &[], &[])[0].1, 0.5);
    }
}
