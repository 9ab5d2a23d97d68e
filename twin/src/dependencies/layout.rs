//! Where the parts of a graph are drawn: in layers from left to right, so that who depends stands
//! left of what is depended on.
//!
//! After K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
//! structures", IEEE Trans. SMC 11(2), 1981: layers by longest path, long links through a place in
//! every layer between, orders by barycentres that are kept when they cross less, and heights that
//! are least squares to the neighbours' under the least distance (pooled adjacent violators).

use std::collections::BTreeMap;

use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;

/// Rounds of moving places nearer to their neighbours.
const SWEEPS: usize = 24;

/// Where everything is \[px\].
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Middle of each part, by its index.
    pub parts: Vec<(f64, f64)>,
    /// The points each link goes through, by its index; the first and last are middles of parts,
    /// and between layers it bends.
    pub links: Vec<Vec<(f64, f64)>>,
    /// From the left of the leftmost part to the right of the rightmost.
    pub width: f64,
    /// From the middle of the uppermost part to that of the lowest.
    pub height: f64,
}

/// Least distances \[px\].
#[derive(Debug, Clone, Copy)]
pub struct Spacing {
    /// Between the widest parts of two layers.
    pub layers: f64,
    /// Between the middles of two parts of a layer.
    pub parts: f64,
    /// Between the middles of two links, or of a link and a part.
    pub links: f64,
}

/// A part, or where a long link passes a layer.
#[derive(Debug, Clone)]
struct Spot {
    layer: usize,
    is_part: bool,
    /// Neighbours in the layer before.
    before: Vec<usize>,
    /// Neighbours in the layer after.
    after: Vec<usize>,
}

/// Lays out a graph whose parts have widths \[px\], by their index.
#[must_use]
pub fn layout<N, E>(graph: &DiGraph<N, E>, widths: &[f64], spacing: Spacing) -> Layout {
    let forward = forward_links(graph);
    let layers = layers(graph.node_count(), &forward);
    let (mut spots, chains) = spots(&layers, &forward);
    let mut order = initial_order(&spots);
    reduce_crossings(&mut spots, &mut order);
    let heights = heights(&spots, &order, spacing);

    let mut columns = vec![0.0f64; order.len()];
    for (part, &layer) in layers.iter().enumerate() {
        columns[layer] = columns[layer].max(widths[part]);
    }
    let mut middles = Vec::with_capacity(columns.len());
    let mut right = 0.0;
    for width in &columns {
        middles.push(right + width / 2.0);
        right += width + spacing.layers;
    }
    let at = |spot: usize| (middles[spots[spot].layer], heights[spot]);
    // Links are level within a layer, so that they pass between parts, and bend between layers.
    let edge = |spot: usize, side: f64| {
        let layer = spots[spot].layer;
        (middles[layer] + side * columns[layer] / 2.0, heights[spot])
    };
    let links = graph
        .edge_references()
        .map(|link| {
            let (from, to) = (link.source().index(), link.target().index());
            let is_turned = layers[from] > layers[to];
            let (left, right) = if is_turned { (to, from) } else { (from, to) };
            let chain = chains.get(&(from.min(to), from.max(to)));
            let passed = chain.into_iter().flatten();
            let passed = passed.flat_map(|&spot| [edge(spot, -1.0), edge(spot, 1.0)]);
            let mut points = vec![at(left), edge(left, 1.0)];
            points.extend(passed);
            points.extend([edge(right, -1.0), at(right)]);
            if is_turned {
                points.reverse();
            }
            points
        })
        .collect();
    Layout {
        parts: (0..graph.node_count()).map(at).collect(),
        links,
        width: (right - spacing.layers).max(0.0),
        height: heights.iter().copied().fold(0.0, f64::max),
    }
}

/// The pairs that are linked, each once, turned such that there are no circles.
fn forward_links<N, E>(graph: &DiGraph<N, E>) -> Vec<(usize, usize)> {
    let mut after = vec![Vec::new(); graph.node_count()];
    for edge in graph.edge_references() {
        after[edge.source().index()].push(edge.target().index());
    }
    // Links back to a part that the search is still at would close a circle.
    let (mut marks, mut links) = (vec![0u8; after.len()], Vec::new());
    for root in 0..after.len() {
        let mut path = vec![(root, 0)];
        while let Some((part, next)) = path.last_mut() {
            marks[*part] = marks[*part].max(1);
            let Some(&to) = after[*part].get(*next) else {
                marks[*part] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let link = if marks[to] == 1 { (to, *part) } else { (*part, to) };
            if to != *part {
                links.push(link);
            }
            if marks[to] == 0 {
                path.push((to, 0));
            }
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// The layer of each part: as far left as its links allow, but next to what it depends on.
fn layers(parts: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; parts];
    for _ in 0..parts {
        for &(from, to) in links {
            layers[to] = layers[to].max(layers[from] + 1);
        }
    }
    // What nothing leads to may move towards what it leads to.
    for part in 0..parts {
        if links.iter().all(|link| link.1 != part) {
            let next = links.iter().filter(|link| link.0 == part).map(|link| layers[link.1]).min();
            layers[part] = next.map_or(0, |next| next - 1);
        }
    }
    layers
}

/// Parts first, then the places of long links; and which of those each pair has, left to right.
#[allow(clippy::type_complexity, reason = "two tables by index")]
fn spots(
    layers: &[usize],
    links: &[(usize, usize)],
) -> (Vec<Spot>, BTreeMap<(usize, usize), Vec<usize>>) {
    let spot = |layer, is_part| Spot { layer, is_part, before: Vec::new(), after: Vec::new() };
    let mut spots: Vec<Spot> = layers.iter().map(|&layer| spot(layer, true)).collect();
    let mut chains = BTreeMap::new();
    for &(from, to) in links {
        let mut last = from;
        let chain: &mut Vec<usize> = chains.entry((from.min(to), from.max(to))).or_default();
        for layer in layers[from] + 1..=layers[to] {
            let next = if layer == layers[to] {
                to
            } else {
                spots.push(spot(layer, false));
                chain.push(spots.len() - 1);
                spots.len() - 1
            };
            spots[last].after.push(next);
            spots[next].before.push(last);
            last = next;
        }
    }
    (spots, chains)
}

/// Spots by layer, in the order in which a search from the left meets them.
fn initial_order(spots: &[Spot]) -> Vec<Vec<usize>> {
    let layers = spots.iter().map(|spot| spot.layer + 1).max().unwrap_or(0);
    let (mut order, mut seen) = (vec![Vec::new(); layers], vec![false; spots.len()]);
    let mut roots: Vec<usize> = (0..spots.len()).collect();
    roots.sort_by_key(|&spot| spots[spot].layer);
    for root in roots {
        let mut stack = vec![root];
        while let Some(spot) = stack.pop() {
            if !std::mem::replace(&mut seen[spot], true) {
                order[spots[spot].layer].push(spot);
                stack.extend(spots[spot].after.iter().rev());
            }
        }
    }
    order
}

/// Puts spots next to the middle of their neighbours, from left and right in turn, and keeps the
/// order with the fewest crossings.
fn reduce_crossings(spots: &mut [Spot], order: &mut [Vec<usize>]) {
    let mut best = (crossings(spots, order), order.to_vec());
    for sweep in 0..SWEEPS {
        let position = positions(spots.len(), order);
        let mut position: Vec<f64> = position.into_iter().map(|p| p as f64).collect();
        let rightwards = sweep % 2 == 0;
        let count = order.len();
        for step in 0..count {
            let layer = if rightwards { step } else { count - 1 - step };
            let middle = |spot: &usize| {
                let near = if rightwards { &spots[*spot].before } else { &spots[*spot].after };
                let sum: f64 = near.iter().map(|&other| position[other]).sum();
                if near.is_empty() { position[*spot] } else { sum / near.len() as f64 }
            };
            let mut keyed: Vec<(f64, usize)> =
                order[layer].iter().map(|spot| (middle(spot), *spot)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[layer] = keyed.into_iter().map(|(_, spot)| spot).collect();
            for (index, &spot) in order[layer].iter().enumerate() {
                position[spot] = index as f64;
            }
        }
        let found = crossings(spots, order);
        if found < best.0 {
            best = (found, order.to_vec());
        }
    }
    order.clone_from_slice(&best.1);
}

fn positions(spots: usize, order: &[Vec<usize>]) -> Vec<usize> {
    let mut position = vec![0; spots];
    for layer in order {
        for (index, &spot) in layer.iter().enumerate() {
            position[spot] = index;
        }
    }
    position
}

/// How many pairs of links cross.
fn crossings(spots: &[Spot], order: &[Vec<usize>]) -> usize {
    let position = positions(spots.len(), order);
    let mut count = 0;
    for layer in order {
        let ends = layer.iter().flat_map(|&spot| {
            let mut ends: Vec<usize> = spots[spot].after.iter().map(|&to| position[to]).collect();
            ends.sort_unstable();
            ends
        });
        let ends: Vec<usize> = ends.collect();
        // Inversions; graphs that people look at have some hundred links.
        count += ends
            .iter()
            .enumerate()
            .map(|(index, end)| ends[index + 1..].iter().filter(|later| *later < end).count())
            .sum::<usize>();
    }
    count
}

/// The height of each spot \[px\].
fn heights(spots: &[Spot], order: &[Vec<usize>], spacing: Spacing) -> Vec<f64> {
    let gap = |a: usize, b: usize| {
        let both = spots[a].is_part && spots[b].is_part;
        if both { spacing.parts } else { spacing.links }
    };
    let mut heights = vec![0.0; spots.len()];
    for layer in order {
        let mut at = 0.0;
        for pair in layer.windows(2) {
            at += gap(pair[0], pair[1]);
            heights[pair[1]] = at;
        }
    }
    for sweep in 0..SWEEPS {
        let count = order.len();
        for step in 0..count {
            let layer = &order[if sweep % 2 == 0 { step } else { count - 1 - step }];
            let wish = |&spot: &usize| {
                let Spot { before, after, .. } = &spots[spot];
                let near: Vec<f64> = before.iter().chain(after).map(|&s| heights[s]).collect();
                if near.is_empty() {
                    return heights[spot];
                }
                near.iter().sum::<f64>() / near.len() as f64
            };
            let wishes: Vec<f64> = layer.iter().map(wish).collect();
            let gaps: Vec<f64> = layer.windows(2).map(|pair| gap(pair[0], pair[1])).collect();
            for (&spot, height) in layer.iter().zip(nearest(&wishes, &gaps)) {
                heights[spot] = height;
            }
        }
    }
    let top = heights.iter().copied().fold(f64::INFINITY, f64::min);
    for height in &mut heights {
        *height -= top;
    }
    heights
}

/// The values nearest to `wishes`, in least squares, that are at least `gaps` apart.
fn nearest(wishes: &[f64], gaps: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wishes.len());
    // Runs of values that touch: their mean before offsets, and how many they are.
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (index, wish) in wishes.iter().enumerate() {
        offset += if index == 0 { 0.0 } else { gaps[index - 1] };
        offsets.push(offset);
        let mut run = (wish - offset, 1);
        while let Some(&(mean, count)) = runs.last().filter(|last| last.0 > run.0) {
            let all = count + run.1;
            run = ((mean * count as f64 + run.0 * run.1 as f64) / all as f64, all);
            runs.pop();
        }
        runs.push(run);
    }
    let means = runs.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    means.zip(offsets).map(|(mean, offset)| mean + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPACING: Spacing = Spacing { layers: 80.0, parts: 40.0, links: 20.0 };

    fn lay(links: &[(u32, u32)], parts: usize) -> Layout {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        (0..parts).for_each(|_| {
            graph.add_node(());
        });
        graph.extend_with_edges(links.iter().map(|&(a, b)| (a, b)));
        layout(&graph, &vec![100.0; parts], SPACING)
    }

    #[test]
    fn a_crossing_that_need_not_be_is_taken_out() {
        // 0 and 1 lead to 3 and 2.
        let Layout { parts, .. } = lay(&[(0, 3), (1, 2)], 4);
        assert_eq!(parts[0].1 < parts[1].1, parts[3].1 < parts[2].1);
    }

    #[test]
    fn values_are_moved_no_further_than_needed() {
        assert_eq!(nearest(&[0.0, 100.0], &[40.0]), [0.0, 100.0]);
        assert_eq!(nearest(&[10.0, 10.0], &[40.0]), [-10.0, 30.0]);
    }

    proptest! {
        /// Whatever the graph, circles included: no two parts are on each other, links lead from
        /// part to part, and those that close no circle go to the right.
        #[test]
        fn parts_keep_their_distance(
            links in prop::collection::vec((0u32..30, 0u32..30), 0..80),
            is_acyclic in any::<bool>(),
        ) {
            let links: Vec<_> = links.into_iter().filter(|l| !is_acyclic || l.0 < l.1).collect();
            let layout = lay(&links, 30);
            for a in 0..30 {
                for b in 0..a {
                    let (a, b) = (layout.parts[a], layout.parts[b]);
                    let apart = (a.0 - b.0).abs() > 99.0 || (a.1 - b.1).abs() > 39.9;
                    prop_assert!(apart, "{a:?} and {b:?}");
                }
            }
            for (link, points) in links.iter().zip(&layout.links) {
                prop_assert_eq!(points[0], layout.parts[link.0 as usize]);
                prop_assert_eq!(points[points.len() - 1], layout.parts[link.1 as usize]);
                if is_acyclic {
                    prop_assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
                }
            }
        }
    }
}
