//! Three-way merge of two changes of one entry: long texts line by line and sentence by sentence, lists as sets, everything else as a whole.

use alluvium_domain::entry::{Clash, ClashStretch, Decided, Side};
use alluvium_domain::{EntryInput, Problem};
use diffy::{ConflictStyle, MergeOptions};
use serde_json::{Map, Value};

use crate::error::internal;

/// Fields that are texts of many lines.
const TEXTS: [&str; 3] = ["body", "card", "schema"];

/// A text with more lines and sentences than this is compared as a whole: the time rises with the square of what differs.
const MAX_SEGMENTS: usize = 20_000;

/// Two changes of one text in one.
pub(super) struct Merged {
    /// Both; the sent text where they clash and nothing else was decided.
    pub(super) input: EntryInput,
    /// The fields that clash and are open.
    pub(super) clashes: Vec<Clash>,
}

/// Brings what changed from `base` to `theirs` and from `base` to `mine` together. The note is mine.
pub(super) fn merge(
    base: &EntryInput,
    theirs: &EntryInput,
    mine: &EntryInput,
    decided: &Decided,
) -> Result<Merged, Problem> {
    let (base, theirs, mine) = (fields(base)?, fields(theirs)?, fields(mine)?);
    let mut clashes = Vec::new();
    let mut merged = merge_fields(&base, &theirs, &mine, decided, &mut clashes);
    merged.insert("note".into(), mine.get("note").cloned().unwrap_or_default());
    let of = |fields: &Map<String, Value>| fields.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let own = merge_fields(&of(&base), &of(&theirs), &of(&mine), decided, &mut clashes);
    merged.insert("fields".into(), Value::Object(own));
    let input = serde_json::from_value(Value::Object(merged)).map_err(internal)?;
    Ok(Merged { input, clashes })
}

fn fields(input: &EntryInput) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(input).map_err(internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::internal()),
    }
}

fn merge_fields(
    base: &Map<String, Value>,
    theirs: &Map<String, Value>,
    mine: &Map<String, Value>,
    decided: &Decided,
    clashes: &mut Vec<Clash>,
) -> Map<String, Value> {
    let mut merged = Map::new();
    for (name, mine) in mine {
        if matches!(name.as_str(), "note" | "fields") {
            continue;
        }
        let (base, theirs) = (base.get(name).unwrap_or(&Value::Null), theirs.get(name).unwrap_or(&Value::Null));
        let side = decided.side(name);
        let (value, stretches) = match (base, theirs, mine) {
            _ if theirs == mine || theirs == base => (mine.clone(), Vec::new()),
            _ if mine == base => (theirs.clone(), Vec::new()),
            (Value::Array(base), Value::Array(theirs), Value::Array(mine)) => (set(base, theirs, mine), Vec::new()),
            (Value::String(base), Value::String(theirs), Value::String(mine)) if TEXTS.contains(&name.as_str()) => {
                let (text, stretches) = merge_text(base, theirs, mine, side.unwrap_or(Side::Mine));
                (text.into(), stretches)
            }
            _ => {
                let kept = if side == Some(Side::Theirs) { theirs } else { mine };
                let stretch = ClashStretch { base: shown(base), theirs: shown(theirs), mine: shown(mine) };
                (kept.clone(), vec![stretch])
            }
        };
        if !stretches.is_empty() && side.is_none() {
            clashes.push(Clash { field: name.clone(), stretches });
        }
        merged.insert(name.clone(), value);
    }
    merged
}

fn shown(value: &Value) -> String {
    value.as_str().map(str::to_owned).unwrap_or_default()
}

/// Mine in their order, without what they took out, and with what they put in.
fn set(base: &[Value], theirs: &[Value], mine: &[Value]) -> Value {
    let kept = mine.iter().filter(|item| theirs.contains(item) || !base.contains(item));
    let come = theirs.iter().filter(|item| !base.contains(item) && !mine.contains(item));
    kept.chain(come).cloned().collect()
}

/// Both changes of a text, with the text of `side` where they clash, and where that is.
fn merge_text(base: &str, theirs: &str, mine: &str, side: Side) -> (String, Vec<ClashStretch>) {
    let texts = [base, theirs, mine].map(segments);
    let whole = || {
        let stretch = ClashStretch { base: base.into(), theirs: theirs.into(), mine: mine.into() };
        (if side == Side::Mine { mine } else { theirs }.to_owned(), vec![stretch])
    };
    let free = ('\u{e000}'..'\u{f8ff}').find(|mark| texts.iter().flatten().all(|segment| !segment.contains(*mark)));
    let Some(line_end) = free.filter(|_| texts.iter().all(|segments| segments.len() <= MAX_SEGMENTS)) else {
        return whole();
    };
    let [old, now, sent] = texts.map(|segments| {
        segments
            .iter()
            .map(|segment| segment.replace('\n', line_end.encode_utf8(&mut [0; 4])) + "\n")
            .collect::<String>()
    });
    let length = marker_length([&old, &now, &sent]);
    let mut options = MergeOptions::new();
    options.set_conflict_marker_length(length).set_conflict_style(ConflictStyle::Diff3);
    // diffy names its sides as git does: ours is what is sent here.
    let pieces = match options.merge(&old, &sent, &now) {
        Ok(text) => vec![Piece::Clean(text)],
        Err(marked) => pieces(&marked, length),
    };
    let decoded = |text: &str| text.replace('\n', "").replace(line_end, "\n");
    let (mut text, mut stretches) = (String::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Clean(lines) => text.push_str(&decoded(&lines)),
            Piece::Clash { base, theirs, mine } => {
                if let Some(lines) = one_by_one(&base, &theirs, &mine) {
                    text.push_str(&decoded(&lines));
                    continue;
                }
                let stretch = ClashStretch { base: decoded(&base), theirs: decoded(&theirs), mine: decoded(&mine) };
                text.push_str(if side == Side::Mine { &stretch.mine } else { &stretch.theirs });
                stretches.push(stretch);
            }
        }
    }
    (text.trim_end().to_owned(), stretches)
}

/// Changes of neighbouring sentences or lines, which do not touch each other: nothing came in or went, and no one was changed by both.
fn one_by_one(base: &str, theirs: &str, mine: &str) -> Option<String> {
    let [base, theirs, mine] = [base, theirs, mine].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    if base.len() != theirs.len() || base.len() != mine.len() {
        return None;
    }
    let chosen = base.iter().zip(theirs.iter().zip(&mine)).map(|(base, (theirs, mine))| {
        if mine == base {
            Some(*theirs)
        } else if theirs == base || theirs == mine {
            Some(*mine)
        } else {
            None
        }
    });
    chosen.collect()
}

enum Piece {
    Clean(String),
    Clash { base: String, theirs: String, mine: String },
}

/// One more than the longest run of a marker's characters at the start of a line, so that no line is taken for a marker.
fn marker_length(texts: [&String; 3]) -> usize {
    let run = |line: &str| match line.chars().next() {
        Some(first @ ('<' | '|' | '=' | '>')) => line.chars().take_while(|c| *c == first).count(),
        _ => 0,
    };
    texts.into_iter().flat_map(|text| text.lines().map(run)).max().unwrap_or_default().max(6) + 1
}

/// Reads a merge with markers of this length.
fn pieces(marked: &str, length: usize) -> Vec<Piece> {
    let marker = |line: &str| match line.chars().next() {
        Some(first @ ('<' | '|' | '=' | '>')) if line.chars().take_while(|c| *c == first).count() == length => {
            Some(first)
        }
        _ => None,
    };
    let (mut pieces, mut clean) = (Vec::new(), String::new());
    // Which part of a clash the next line belongs to.
    let mut part = None;
    let mut clash = [String::new(), String::new(), String::new()];
    for line in marked.split_inclusive('\n') {
        match (marker(line), part) {
            (Some('<'), None) => {
                pieces.push(Piece::Clean(std::mem::take(&mut clean)));
                part = Some(0);
            }
            (Some('|'), Some(0)) => part = Some(1),
            (Some('='), Some(1)) => part = Some(2),
            (Some('>'), Some(2)) => {
                let [mine, base, theirs] = std::mem::take(&mut clash);
                pieces.push(Piece::Clash { base, theirs, mine });
                part = None;
            }
            (_, Some(at)) => clash[at].push_str(line),
            (_, None) => clean.push_str(line),
        }
    }
    pieces.push(Piece::Clean(clean));
    pieces
}

/// Lines, cut after sentences: people write a paragraph in one line. Nothing is lost: together they are the text and a line break.
fn segments(text: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let text = format!("{text}\n");
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let Some(last) = segments.last_mut() else { break };
        last.push(c);
        let next = characters.peek().copied();
        let ends = match c {
            '\n' => true,
            '。' | '！' | '？' | '；' => !matches!(next, Some('”' | '’' | '」' | '』' | '）')),
            '”' | '’' | '」' | '』' | '）' => {
                last.chars().rev().nth(1).is_some_and(|before| matches!(before, '。' | '！' | '？'))
            }
            // What stands after a sentence is the next one's: another sentence may come there.
            '.' | '!' | '?' | ';' => matches!(next, Some(' ' | '\n')),
            _ => false,
        };
        if ends && next.is_some() {
            segments.push(String::new());
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alluvium_domain::{EntryFields, Lang};

    use super::*;

    fn text(base: &str, theirs: &str, mine: &str) -> (String, usize) {
        let (text, stretches) = merge_text(base, theirs, mine, Side::Mine);
        (text, stretches.len())
    }

    #[test]
    fn segments_are_the_text() {
        for text in ["", "\n\n", "一。二！“三。”四\n\nA b. C d? e", "    code\n```\nx; y\n```", "a\r\nb"] {
            assert_eq!(segments(text).concat(), format!("{text}\n"));
        }
        assert_eq!(segments("一。“二。”三"), ["一。", "“二。”", "三\n"]);
    }

    #[test]
    fn changes_that_do_not_touch_are_both_there() {
        assert_eq!(text("a\nb\nc\nd\ne", "A\nb\nc\nd\ne", "a\nb\nc\nd\nE"), ("A\nb\nc\nd\nE".into(), 0));
        // Neighbouring lines, and two sentences of one paragraph.
        assert_eq!(text("一\n二\n三", "一\n二改\n三", "一\n二\n三也改"), ("一\n二改\n三也改".into(), 0));
        assert_eq!(text("早。中。晚。", "早上。中。晚。", "早。中。晚上。"), ("早上。中。晚上。".into(), 0));
        assert_eq!(
            text("One. Two. Three.", "One. 2. Three.", "One. Two. Three. Four."),
            ("One. 2. Three. Four.".into(), 0)
        );
        assert_eq!(text("a\nb", "a\nx\nb", "a\nb\ny"), ("a\nx\nb\ny".into(), 0));
    }

    #[test]
    fn changes_of_one_sentence_clash_and_the_rest_is_merged() {
        let (merged, stretches) = merge_text("a\nb\nc\nd\ne\nf", "A\nb\nc\nB1\ne\nf", "a\nb\nc\nB2\ne\nF", Side::Mine);
        assert_eq!(merged, "A\nb\nc\nB2\ne\nF");
        assert_eq!(stretches, [ClashStretch { base: "d\n".into(), theirs: "B1\n".into(), mine: "B2\n".into() }]);
        assert_eq!(merge_text("a\nb", "a\nc", "a\nd", Side::Theirs).0, "a\nc");
        // One takes out what the other changes.
        assert_eq!(text("a\nb\nc", "a\nc", "a\nb2\nc").1, 1);
    }

    #[test]
    fn text_that_looks_like_a_marker_stays() {
        let marks = "<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n||||||| original";
        let base = format!("{marks}\nend");
        let (merged, stretches) = merge_text(&base, &format!("{marks}\nend 1"), &format!("{marks}\nend 2"), Side::Mine);
        assert_eq!((merged, stretches.len()), (format!("{marks}\nend 2"), 1));
        assert_eq!(text(&base, &format!("new\n{base}"), &format!("{base} 2")), (format!("new\n{base} 2"), 0));
    }

    fn article(title: &str, tags: &[&str], body: &str) -> EntryInput {
        EntryInput {
            slug: "a".into(),
            lang: Lang::Zh,
            title: title.into(),
            summary: String::new(),
            body: body.into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            questions: Vec::new(),
            fields: EntryFields::Article { authors: vec!["林".into()], translation_of: None },
            note: title.into(),
        }
    }

    #[test]
    fn every_field_is_merged_by_its_kind() {
        let base = article("旧", &["a", "b"], "一\n二");
        let theirs = article("新", &["a", "b", "c"], "一\n二");
        let mut mine = article("旧", &["b", "d"], "一\n二二");
        mine.fields = EntryFields::Article { authors: vec!["林".into(), "王".into()], translation_of: None };
        let merged = merge(&base, &theirs, &mine, &Decided::default()).unwrap();
        assert!(merged.clashes.is_empty());
        let input = merged.input;
        assert_eq!((input.title.as_str(), input.body.as_str(), input.note.as_str()), ("新", "一\n二二", "旧"));
        assert_eq!(input.tags, ["b", "d", "c"]);
        assert_eq!(input.fields.authors(), ["林", "王"]);
    }

    #[test]
    fn a_clash_is_open_until_it_is_decided() {
        let (base, theirs, mine) = (article("0", &[], "x"), article("1", &[], "y"), article("2", &[], "x"));
        let open = merge(&base, &theirs, &mine, &Decided::default()).unwrap();
        assert_eq!(open.clashes.len(), 1);
        assert_eq!((open.clashes[0].field.as_str(), open.clashes[0].stretches[0].theirs.as_str()), ("title", "1"));
        assert_eq!((open.input.title.as_str(), open.input.body.as_str()), ("2", "y"));
        let keep = |side| Decided { against: 2, keep: BTreeMap::from([("title".into(), side)]), overwrite: false };
        let theirs_kept = merge(&base, &theirs, &mine, &keep(Side::Theirs)).unwrap();
        assert_eq!((theirs_kept.input.title.as_str(), theirs_kept.clashes.len()), ("1", 0));
        let overwrite = Decided { overwrite: true, ..Decided::default() };
        let mine_kept = merge(&base, &theirs, &mine, &overwrite).unwrap();
        // What does not clash is theirs all the same.
        assert_eq!((mine_kept.input.title.as_str(), mine_kept.input.body.as_str()), ("2", "y"));
        assert!(mine_kept.clashes.is_empty());
    }
}
