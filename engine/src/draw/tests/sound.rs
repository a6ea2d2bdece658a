//! What holds for every drawing.
//!
//! Comes in: a flow. Goes out: nothing, or a panic that says what is wrong with its picture.
//! Never: a look at colours; golden files have those.

use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::draw::layout::{self, End, Frame, Line, Picture, Point};
use crate::draw::text::{CALL, NAME, TAG, TITLE, WORDS};
use crate::draw::{EdgeKind, Flow, mermaid, svg};

/// The root element's size, after the whole text was found to be well-formed.
pub(super) fn well_formed(xml: &str) -> (i64, i64) {
    let (mut open, mut size) = (Vec::new(), (0, 0));
    for token in Tokenizer::from(xml) {
        match token.unwrap_or_else(|error| panic!("{error}")) {
            Token::ElementStart { local, .. } => {
                assert_ne!(local.as_str(), "script");
                open.push(local.as_str().to_owned());
            }
            Token::ElementEnd { end: ElementEnd::Empty, .. } => {
                open.pop();
            }
            Token::ElementEnd { end: ElementEnd::Close(_, local), .. } => {
                assert_eq!(open.pop().as_deref(), Some(local.as_str()));
            }
            Token::Attribute { local, value, .. } if open.len() == 1 && local.as_str() == "width" => {
                size.0 = value.as_str().parse().unwrap();
            }
            Token::Attribute { local, value, .. } if open.len() == 1 && local.as_str() == "height" => {
                size.1 = value.as_str().parse().unwrap();
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    size
}

/// Every text's reach from left to right, and its base line.
fn texts(xml: &str) -> Vec<(i64, i64, i64)> {
    let attribute = |tag: &str, name: &str| -> Option<String> {
        tag.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned())
    };
    let mut list = Vec::new();
    for tag in xml.split("<text").skip(1) {
        let words = tag.split_once('>').unwrap().1.split("</text>").next().unwrap();
        let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let number = |name: &str| attribute(tag, name).unwrap().parse::<i64>().unwrap();
        let (x, y, class) = (number("x"), number("y"), attribute(tag, "class").unwrap());
        let face = match class.as_str() {
            "name" => NAME,
            "call" => CALL,
            "tag" => TAG,
            "title" => TITLE,
            _ => WORDS,
        };
        let wide = face.width(&words);
        list.push(match class.as_str() {
            "note" => (x - wide, x, y),
            "middle" => (x - wide / 2, x + wide / 2, y),
            _ => (x, x + wide, y),
        });
    }
    list
}

fn within(flow: &Flow, node: usize, around: usize) -> bool {
    std::iter::successors(Some(node), |id| flow.nodes[*id].within).any(|id| id == around)
}

fn overlap(a: (i64, i64, i64, i64), b: (i64, i64, i64, i64)) -> bool {
    a.0 < b.0 + b.2 && b.0 < a.0 + a.2 && a.1 < b.1 + b.3 && b.1 < a.1 + a.3
}

fn frame(frame: &Frame) -> (i64, i64, i64, i64) {
    (frame.x, frame.y, frame.w, frame.h)
}

pub(super) fn boxes_are_apart(flow: &Flow, picture: &Picture) {
    assert_eq!(picture.frames.len(), flow.nodes.len(), "every node has one box");
    for (index, a) in picture.frames.iter().enumerate() {
        assert!(a.x >= 0 && a.y >= 0 && a.x + a.w <= picture.width && a.y + a.h <= picture.height);
        for b in &picture.frames[..index] {
            let nested = within(flow, a.node, b.node) || within(flow, b.node, a.node);
            assert_eq!(overlap(frame(a), frame(b)), nested, "{:?} and {:?}", flow.nodes[a.node], flow.nodes[b.node]);
        }
    }
    for (index, a) in picture.labels.iter().enumerate() {
        let own = (a.x, a.y, a.w, a.h);
        for b in &picture.labels[..index] {
            assert!(!overlap(own, (b.x, b.y, b.w, b.h)), "{a:?} {b:?}");
        }
        let from = flow.edges[a.edges[0]].from;
        let others = picture.frames.iter().filter(|frame| !within(flow, from, frame.node));
        assert!(others.into_iter().all(|other| !overlap(own, frame(other))), "{a:?}");
    }
}

/// No part of a line lies inside a box that is not around its beginning or its end.
fn lines_are_beside_boxes(flow: &Flow, picture: &Picture) {
    for line in &picture.lines {
        let edge = &flow.edges[line.edges[0]];
        for pair in line.points.windows(2) {
            assert!(pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1, "{line:?}");
            let (left, right) = (pair[0].0.min(pair[1].0), pair[0].0.max(pair[1].0));
            let (top, foot) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
            for other in &picture.frames {
                let around = |node: usize| node != other.node && within(flow, node, other.node);
                let is_loop = flow.edges.iter().any(|e| e.kind == EdgeKind::Body && e.from == other.node);
                if around(edge.from)
                    || around(edge.to)
                    || (is_loop && other.node == edge.from && edge.kind == EdgeKind::Body)
                {
                    continue;
                }
                let inside = left < other.x + other.w && right > other.x && top < other.y + other.h && foot > other.y;
                assert!(!inside, "{line:?} through {:?}", flow.nodes[other.node]);
            }
        }
    }
}

fn on_line(point: Point, line: &Line) -> bool {
    line.points.windows(2).any(|pair| {
        let (a, b) = (pair[0], pair[1]);
        point.0 >= a.0.min(b.0) && point.0 <= a.0.max(b.0) && point.1 >= a.1.min(b.1) && point.1 <= a.1.max(b.1)
    })
}

/// Where a line to a node arrives: at the loop that it is in, for who comes from outside.
fn shown(flow: &Flow, from: usize, to: usize) -> usize {
    let around = |id: &usize| flow.nodes[*id].within.filter(|around| !within(flow, from, *around));
    std::iter::successors(Some(to), around).last().unwrap()
}

/// Every edge begins at its source and ends at its target, or at a line that does.
fn edges_are_whole(flow: &Flow, picture: &Picture) {
    let frames: Vec<&Frame> = {
        let mut frames: Vec<&Frame> = picture.frames.iter().collect();
        frames.sort_by_key(|frame| frame.node);
        frames
    };
    for (index, edge) in flow.edges.iter().enumerate() {
        let own: Vec<&Line> = picture.lines.iter().filter(|line| line.edges.contains(&index)).collect();
        let (from, to) = (frames[edge.from], frames[shown(flow, edge.from, edge.to)]);
        let begins = own.iter().any(|line| {
            let (x, y) = line.points[0];
            let body = edge.kind == EdgeKind::Body && y > from.y && y < from.y + from.h;
            x >= from.x && x <= from.x + from.w && (y == from.y + from.h || body)
        });
        assert!(begins, "{edge:?} does not begin at its step");
        let cut = picture.labels.iter().any(|label| label.reference && label.edges.contains(&index));
        let ends = own.iter().any(|line| {
            let (x, y) = line.points[line.points.len() - 1];
            line.end == End::Node && x >= to.x && x <= to.x + to.w && y == to.y
        });
        let joins = own.iter().any(|line| {
            let end = line.points[line.points.len() - 1];
            let same = |other: &&Line| {
                other.edges.iter().any(|e| shown(flow, flow.edges[*e].from, flow.edges[*e].to) == to.node)
                    && !std::ptr::eq(*other, *line)
            };
            line.end == End::Line && picture.lines.iter().filter(same).any(|other| on_line(end, other))
        });
        assert!(ends || joins || cut, "{edge:?} does not arrive: {own:?}");
    }
}

/// All that holds for every drawing.
pub(super) fn sound(flow: &Flow) {
    let picture = layout::picture(flow);
    boxes_are_apart(flow, &picture);
    lines_are_beside_boxes(flow, &picture);
    edges_are_whole(flow, &picture);
    let xml = svg(flow);
    let (width, height) = well_formed(&xml);
    for (left, right, y) in texts(&xml) {
        assert!(
            left >= 0 && right <= width && y > 0 && y <= height,
            "text from {left} to {right} at {y} in {width}x{height}"
        );
    }
    assert_eq!(xml, svg(flow), "the same document gives the same picture");
    let text = mermaid(flow);
    for node in flow.nodes.iter() {
        assert!(text.contains(&format!("n{}", node.id)));
    }
}
