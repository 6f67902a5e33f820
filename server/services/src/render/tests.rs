//! What rendering promises, seen from outside.

mod chinese;
mod commonmark;
mod extensions;
mod hostile;
mod safety;

use alluvium_domain::{Lang, Part, Rendered};

use super::{Options, Titles, html, render};

/// As the article page shows it, in English, without glossary.
fn decorated(markdown: &str) -> Rendered {
    let titles = Titles::new();
    render(markdown, &Options { decorate: true, lang: Lang::En, titles: &titles, terms: None })
}

fn page(markdown: &str) -> String {
    html(&decorated(markdown))
}

fn plain(markdown: &str) -> String {
    html(&render(markdown, &Options::plain()))
}

fn live_blocks(rendered: &Rendered) -> Vec<&alluvium_domain::LiveBlock> {
    rendered.parts.iter().filter_map(|part| if let Part::Live(block) = part { Some(block) } else { None }).collect()
}
