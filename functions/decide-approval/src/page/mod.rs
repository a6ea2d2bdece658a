//! Every page, in one frame.
//!
//! Comes in: an approval, or a problem. Goes out: a [`Response`]. Never: a script, a thing from elsewhere, a text that did
//! not go through [`Html::text`]. Pure.

mod ask;
mod people;
mod plan;
mod short;

pub(crate) use ask::{Asking, ask};
pub(crate) use short::{decided, is_untold, over, problem, settled, untold, used};

use crate::html::Html;
use crate::response::{Response, STYLE};

/// The seam: a crack, mended with gold.
const SEAM: &str = "<svg class=\"seam\" viewBox=\"0 0 720 40\" preserveAspectRatio=\"xMinYMid slice\" aria-hidden=\"true\" \
    focusable=\"false\"><path d=\"M0 22 58 17 96 25 171 14 204 21 262 18 318 27 357 15 431 20 470 12 540 23 602 17 648 24 \
    720 19M171 14 186 4 221 0M318 27 331 36 366 40M470 12 481 3 502 0M602 17 617 30 640 40\"/></svg>";

/// One page with its title, in the frame that all have.
fn frame(status: u16, title: &str, main: &Html) -> Response {
    let page = Html::raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        .text(title)
        .then(" · Kintsugi</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .then("<meta name=\"color-scheme\" content=\"light dark\">\n<style>")
        .then(STYLE)
        .then("</style>\n</head>\n<body>\n<header class=\"top\"><p class=\"mark\">Kintsugi</p>")
        .then(SEAM)
        .then("</header>\n<main>\n")
        .add(main)
        .then("</main>\n<footer><p>This page loads nothing from elsewhere and stores nothing in your browser.</p></footer>\n")
        .then("</body>\n</html>\n");
    Response::new(status, page)
}

/// A term and what it is here.
fn fact(term: &'static str, text: &str) -> Html {
    Html::raw("<div><dt>").then(term).then("</dt><dd>").text(text).then("</dd></div>\n")
}

/// `a -> b` as people write it.
fn arrows(change: &str) -> String {
    change.replace(" -> ", " \u{2192} ")
}

#[cfg(test)]
mod tests;
