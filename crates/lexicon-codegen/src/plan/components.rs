//! The strongly connected components of a graph: R. Tarjan, "Depth-First Search and Linear Graph Algorithms" (1972).

/// The component of each node, by a number. `edges` has the targets of the edges of each node.
///
/// Two nodes have the same number if a path leads from each to the other. Time and memory are linear in the nodes and
/// edges, and the depth of the graph does not matter.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut search = Search {
        edges,
        order: vec![None; edges.len()],
        lowest: vec![0; edges.len()],
        component: vec![None; edges.len()],
        open: Vec::new(),
        visited: 0,
        found: 0,
    };
    for node in 0..edges.len() {
        if search.order[node].is_none() {
            search.visit(node);
        }
    }
    // Every node is in a component now.
    search
        .component
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect()
}

struct Search<'e> {
    edges: &'e [Vec<usize>],
    /// When a node was met first.
    order: Vec<Option<usize>>,
    /// The earliest node that a node leads back to.
    lowest: Vec<usize>,
    component: Vec<Option<usize>>,
    /// Nodes whose component is not complete.
    open: Vec<usize>,
    visited: usize,
    found: usize,
}

impl Search<'_> {
    fn visit(&mut self, root: usize) {
        // The path to the current node, with the next edge of each node on it.
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            if let Some(&target) = self.edges[node].get(*next) {
                *next += 1;
                match self.order[target] {
                    None => {
                        self.enter(target);
                        path.push((target, 0));
                    }
                    Some(order) if self.component[target].is_none() => {
                        self.lowest[node] = self.lowest[node].min(order);
                    }
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.lowest[*parent] = self.lowest[*parent].min(self.lowest[node]);
            }
            if self.order[node] == Some(self.lowest[node]) {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.order[node] = Some(self.visited);
        self.lowest[node] = self.visited;
        self.visited += 1;
        self.open.push(node);
    }

    /// Completes the component whose earliest node is `first`.
    fn close(&mut self, first: usize) {
        while let Some(node) = self.open.pop() {
            self.component[node] = Some(self.found);
            if node == first {
                break;
            }
        }
        self.found += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with a search from each node, on graphs of all kinds.
    #[test]
    fn nodes_that_lead_to_each_other_share_a_component() {
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..300 {
            let size = 1 + random(12);
            let count = random(2 * size);
            let mut edges = vec![Vec::new(); size];
            for _ in 0..count {
                edges[random(size)].push(random(size));
            }
            let found = components(&edges);
            let reached: Vec<_> = (0..size).map(|node| reachable(&edges, node)).collect();
            for a in 0..size {
                for b in 0..size {
                    let both = a == b || (reached[a][b] && reached[b][a]);
                    assert_eq!(found[a] == found[b], both, "{edges:?}: {a} and {b}");
                }
            }
        }
    }

    fn reachable(edges: &[Vec<usize>], from: usize) -> Vec<bool> {
        let mut reached = vec![false; edges.len()];
        let mut pending = vec![from];
        while let Some(node) = pending.pop() {
            for target in &edges[node] {
                if !std::mem::replace(&mut reached[*target], true) {
                    pending.push(*target);
                }
            }
        }
        reached
    }

    #[test]
    fn a_long_ring_needs_no_deep_stack() {
        let size = 1_000_000;
        let ring: Vec<_> = (0..size).map(|node| vec![(node + 1) % size]).collect();
        assert!(components(&ring).iter().all(|component| *component == 0));
    }
}
