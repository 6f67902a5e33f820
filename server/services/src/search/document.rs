//! What the indexes hold of an entry: fields for the lexical index, passages for the encoder.

use alluvium_domain::{EntryFields, EntryInput, Lang};
use alluvium_engine::search::Field;
use pulldown_cmark::{Event, Tag, TagEnd};

use super::formula;
use super::gloss::Gloss;
use crate::render::{self, Titles};

/// Changes with how a text becomes passages: those of another version are made anew.
pub(super) const VERSION: &str = "passages-2";

/// Longest passage in characters: about 200 tokens.
const PASSAGE_ZH: usize = 260;
const PASSAGE_EN: usize = 900;
/// Most passages of an entry.
const MOST_PASSAGES: usize = 200;

/// A stretch of text under one heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub(super) anchor: Option<String>,
    pub(super) heading: String,
    pub(super) text: String,
}

impl Section {
    fn push(&mut self, text: &str, in_heading: bool) {
        if in_heading { self.heading.push_str(text) } else { self.text.push_str(text) }
    }
}

/// A passage before it is encoded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) anchor: Option<String>,
    pub(super) text: String,
    pub(super) encoded: String,
}

/// The texts of the lexical index.
pub(super) fn fields(input: &EntryInput, titles: &Titles) -> Vec<(Field, String)> {
    let sections = sections(&input.body, titles);
    let mut body = String::new();
    let mut headings = String::new();
    for section in &sections {
        body.push_str(&section.text);
        body.push('\n');
        headings.push_str(&section.heading);
        headings.push('\n');
    }
    let mut fields = vec![(Field::Tags, input.tags.join(" ")), (Field::Headings, headings)];
    match &input.fields {
        EntryFields::Article { .. } | EntryFields::Experiment(_) | EntryFields::Model(_) | EntryFields::Dataset(_) => {
            fields.push((Field::Title, input.title.clone()));
            fields.push((Field::Summary, input.summary.clone()));
        }
        EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
            fields.push((Field::Title, format!("{zh} {en}")));
            fields.push((Field::Names, aliases.join(" ")));
            fields.push((Field::Summary, format!("{definition_zh}\n{definition_en}")));
        }
    }
    fields.push((Field::Questions, input.questions.join("\n")));
    for text in own_texts(input) {
        body.push_str(&text);
        body.push('\n');
    }
    fields.push((Field::Body, body));
    fields
}

/// Everything that a phrase may stand in: the texts of the index, and the text as it was written, code included.
pub(super) fn whole(input: &EntryInput, titles: &Titles) -> String {
    let texts = fields(input, titles).into_iter().map(|(_, text)| text);
    texts.chain([input.body.clone()]).collect::<Vec<_>>().join("\n")
}

/// The passages: first what the entry is, then its sections in stretches of whole sentences.
pub(super) fn passages(input: &EntryInput, gloss: &Gloss, titles: &Titles) -> Vec<Draft> {
    let mut drafts = Vec::new();
    match &input.fields {
        EntryFields::Article { .. } | EntryFields::Experiment(_) | EntryFields::Model(_) | EntryFields::Dataset(_) => {
            let text = if input.summary.is_empty() { input.title.clone() } else { input.summary.clone() };
            let encoded = gloss.of(&format!("{}. {}", input.title, input.summary));
            drafts.push(Draft { anchor: None, text, encoded });
        }
        EntryFields::Term { zh, en, aliases, definition_zh, definition_en } => {
            drafts.push(Draft {
                anchor: None,
                text: definition_zh.clone(),
                encoded: gloss.of(&format!("{en}. {definition_en}")),
            });
            let names = aliases.join("; ");
            drafts.push(Draft {
                anchor: None,
                text: definition_en.clone(),
                encoded: gloss.of(&format!("{zh}; {en}; {names}")),
            });
        }
    }
    let title = match &input.fields {
        EntryFields::Term { en, .. } => en.as_str(),
        _ => input.title.as_str(),
    };
    // Each question by itself: a query is nearest to the one that means the same.
    for question in &input.questions {
        drafts.push(Draft { anchor: None, text: question.clone(), encoded: gloss.of(question) });
    }
    let most = if input.lang == Lang::Zh { PASSAGE_ZH } else { PASSAGE_EN };
    for own in own_texts(input) {
        for text in stretches(&own, most) {
            let encoded = gloss.of(&format!("{title}. {text}"));
            drafts.push(Draft { anchor: None, text, encoded });
        }
    }
    for section in sections(&input.body, titles) {
        for text in stretches(&section.text, most) {
            let encoded = gloss.of(&format!("{title}. {}. {text}", section.heading));
            drafts.push(Draft { anchor: section.anchor.clone(), text, encoded });
        }
    }
    drafts.truncate(MOST_PASSAGES);
    drafts
}

/// What only this kind of entry says, beside title, summary and text: what can be found like the text.
fn own_texts(input: &EntryInput) -> Vec<String> {
    match &input.fields {
        EntryFields::Experiment(experiment) => vec![
            format!("{}\n{}\n{}", experiment.question, experiment.hypothesis, experiment.change_mind),
            format!("{}\n{}\n{}", experiment.decision_metric, experiment.guardrails.join("\n"), experiment.reason),
        ],
        EntryFields::Model(model) => vec![model.card.clone()],
        EntryFields::Dataset(dataset) => {
            vec![format!("{}\n{}\n{}", dataset.licence, dataset.size, dataset.schema)]
        }
        EntryFields::Article { .. } | EntryFields::Term { .. } => Vec::new(),
    }
}

/// Sentences joined up to `most` characters; one that is longer by itself is cut.
fn stretches(text: &str, most: usize) -> Vec<String> {
    let mut stretches = Vec::new();
    let (mut current, mut length) = (String::new(), 0);
    for sentence in text.split_inclusive(['。', '！', '？', '\n']).flat_map(|part| part.split_inclusive(". ")) {
        let chars: Vec<char> = sentence.chars().collect();
        for piece in chars.chunks(most) {
            if length + piece.len() > most && length > 0 {
                stretches.push(std::mem::take(&mut current));
                length = 0;
            }
            current.extend(piece);
            length += piece.len();
        }
    }
    stretches.push(current);
    stretches
        .iter()
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|text| !text.is_empty())
        .collect()
}

/// The text under each heading without markup; code blocks, diagrams and live blocks are left out, formulas read as plain text, wiki links as the
/// titles of what they lead to.
pub(super) fn sections(body: &str, titles: &Titles) -> Vec<Section> {
    let mut anchors = render::headings(body).into_iter();
    let mut sections = vec![Section { anchor: None, heading: String::new(), text: String::new() }];
    let (mut in_heading, mut in_code) = (false, false);
    for event in render::events(body, titles) {
        let Some(section) = sections.last_mut() else { break };
        match event {
            Event::Start(Tag::Heading { .. }) => {
                in_heading = true;
                sections.push(Section {
                    anchor: anchors.next().map(|heading| heading.id),
                    heading: String::new(),
                    text: String::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) | Event::Code(text) if !in_code => section.push(&text, in_heading),
            Event::InlineMath(text) | Event::DisplayMath(text) => section.push(&formula::readable(&text), in_heading),
            Event::SoftBreak | Event::HardBreak => section.push(" ", in_heading),
            Event::End(TagEnd::TableCell) => section.text.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead) => {
                section.text.push('\n')
            }
            _ => {}
        }
    }
    sections.retain(|section| !section.text.trim().is_empty() || !section.heading.is_empty());
    sections
}

#[cfg(test)]
mod tests {
    use alluvium_domain::EntryKind;

    use super::*;

    #[test]
    fn sections_carry_their_anchors_and_no_markup() {
        let titles = Titles::from([((EntryKind::Term, "ctr".to_owned()), "点击率 · click-through rate".to_owned())]);
        let found = sections(
            "开头 **粗** [[term/ndcg|NDCG]]，[[term/ctr]]\n与**（重）**。\n\n## 第一节\n\n正文 `code` $x^2$\n\n```rust\nfn f() {}\n```\n\n## 第二节\n\n| a | b |\n|---|---|\n| c | d |\n",
            &titles,
        );
        assert_eq!(found[0].text.trim(), "开头 粗 NDCG，点击率与（重）。");
        assert_eq!((found[1].heading.as_str(), found[1].text.trim()), ("第一节", "正文 code x^2"));
        assert_eq!(found[1].anchor.as_deref(), Some("第一节"));
        assert_eq!(found[2].text.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn stretches_keep_sentences_and_limits() {
        let text = "一二三四。五六七八。九十".to_owned() + &"长".repeat(30);
        let found = stretches(&text, 10);
        assert!(found.iter().all(|stretch| stretch.chars().count() <= 10), "{found:?}");
        assert_eq!(found.concat(), text);
    }
}
