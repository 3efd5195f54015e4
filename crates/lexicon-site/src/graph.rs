//! The graph of references of a document: what refers to it, and what it refers to.

use std::collections::BTreeSet;

use crate::library::{Entry, Reference};
use crate::links::Links;

/// The most boxes of a side.
const MAX_BOXES: usize = 16;
/// The most characters of a box.
const MAX_CHARS: usize = 36;
/// The width of two characters of the style sheet's monospace font, at 12 pixels.
const TWO_CHARS: usize = 15;
const PADDING: usize = 10;
const HEIGHT: usize = 28;
const STEP: usize = 38;
/// The width between two columns, in which the edges are.
const GAP: usize = 72;
const MARGIN: usize = 4;

/// A picture of references, in pixels.
pub(crate) struct Graph {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) boxes: Vec<Box>,
    /// The curves, as the attribute `d` of a path.
    pub(crate) edges: Vec<String>,
    pub(crate) summary: String,
}

/// A document, or the number of those that are left out.
pub(crate) struct Box {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) text_x: usize,
    pub(crate) text_y: usize,
    pub(crate) text: String,
    pub(crate) title: String,
    pub(crate) href: Option<String>,
    pub(crate) class: &'static str,
}

impl Graph {
    /// The graph of a document; none if it has no references.
    pub(crate) fn new(nsid: &str, entry: &Entry, links: &Links) -> Option<Self> {
        let incoming = column(&entry.incoming, links);
        let outgoing = column(&entry.outgoing, links);
        if incoming.is_empty() && outgoing.is_empty() {
            return None;
        }
        let summary = format!(
            "{} refer to {nsid}; it refers to {}",
            documents(&entry.incoming),
            documents(&entry.outgoing),
        );
        let own = Node {
            text: cut(nsid),
            title: nsid.to_owned(),
            href: None,
            class: "own",
        };
        let columns = [incoming, vec![own], outgoing];
        let longest = columns.iter().map(Vec::len).max().unwrap_or_default();
        let height = longest * STEP - (STEP - HEIGHT) + 2 * MARGIN;
        let mut x = MARGIN;
        let mut boxes: Vec<Vec<Box>> = Vec::new();
        for column in columns {
            let chars = column.iter().map(|node| node.text.chars().count()).max();
            let Some(chars) = chars else {
                boxes.push(Vec::new());
                continue;
            };
            let width = chars * TWO_CHARS / 2 + 2 * PADDING;
            let used = column.len() * STEP - (STEP - HEIGHT);
            let top = (height - used) / 2;
            let place = |(at, node): (usize, Node)| node.place(x, top + at * STEP, width);
            boxes.push(column.into_iter().enumerate().map(place).collect());
            x += width + GAP;
        }
        let mut edges = Vec::new();
        for pair in boxes.windows(2) {
            for from in &pair[0] {
                edges.extend(pair[1].iter().map(|to| curve(from, to)));
            }
        }
        Some(Self {
            width: x - GAP + MARGIN,
            height,
            boxes: boxes.into_iter().flatten().collect(),
            edges,
            summary,
        })
    }
}

struct Node {
    text: String,
    title: String,
    href: Option<String>,
    class: &'static str,
}

impl Node {
    fn place(self, x: usize, y: usize, width: usize) -> Box {
        Box {
            x,
            y,
            width,
            height: HEIGHT,
            text_x: x + PADDING,
            text_y: y + 18,
            text: self.text,
            title: self.title,
            href: self.href,
            class: self.class,
        }
    }
}

fn nsids(references: &BTreeSet<Reference>) -> BTreeSet<(&str, bool)> {
    let nsids = references.iter();
    nsids
        .map(|reference| (&reference.nsid[..], reference.exists))
        .collect()
}

fn documents(references: &BTreeSet<Reference>) -> String {
    match nsids(references).len() {
        0 => "none".to_owned(),
        1 => "1 document".to_owned(),
        number => format!("{number} documents"),
    }
}

fn column(references: &BTreeSet<Reference>, links: &Links) -> Vec<Node> {
    let nsids = nsids(references);
    let shown = nsids.iter().take(MAX_BOXES);
    let mut column: Vec<_> = shown
        .map(|(nsid, exists)| Node {
            text: cut(nsid),
            title: (*nsid).to_owned(),
            href: exists.then(|| links.page(nsid)),
            class: if *exists { "other" } else { "missing" },
        })
        .collect();
    if let Some(more @ 1..) = nsids.len().checked_sub(MAX_BOXES) {
        column.push(Node {
            text: format!("and {more} more"),
            title: "They are listed below".to_owned(),
            href: None,
            class: "more",
        });
    }
    column
}

/// The end of a long name, which distinguishes it, from a dot on if there is one. It has no other character: who speaks to
/// the browser calls a link by a part of its name.
fn cut(nsid: &str) -> String {
    let Some(left) = nsid.len().checked_sub(MAX_CHARS) else {
        return nsid.to_owned();
    };
    // An NSID is ASCII.
    let end = nsid.get(left..).unwrap_or(nsid);
    match end.find('.') {
        Some(dot) if left > 0 => end[dot..].to_owned(),
        _ => end.to_owned(),
    }
}

fn curve(from: &Box, to: &Box) -> String {
    let (x, y) = (from.x + from.width, from.y + from.height / 2);
    let (to_x, to_y) = (to.x, to.y + to.height / 2);
    let middle = usize::midpoint(x, to_x);
    format!("M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}")
}
