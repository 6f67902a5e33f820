//! The difference of two texts: by line, and within changed lines by word or Chinese character.

use std::ops::Range;
use std::time::{Duration, Instant};

use alluvium_domain::{Diff, DiffLine, DiffOp};
use similar::{Algorithm, capture_diff_slices_deadline, group_diff_ops};

/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// Time after which the rest is compared more coarsely: two texts may have nothing in common.
const TIME: Duration = Duration::from_millis(500);

/// Most words and characters of one changed stretch that are compared one by one.
const MOST_TOKENS: usize = 20_000;

/// Below this share of equal text a stretch counts as rewritten, and its words are not marked: every second one would be.
const LEAST_ALIKE: f32 = 0.3;

/// Pieces of a line; `true` marks what changed.
type Pieces = Vec<(bool, String)>;

/// Compares two texts. A line that is new or gone as a whole is one unmarked piece. White space at the end of the text does not count.
pub(crate) fn diff(old: &str, new: &str) -> Diff {
    let deadline = Instant::now() + TIME;
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline));
    let mut diff = Diff { added: 0, removed: 0, hunks: Vec::new() };
    for group in group_diff_ops(ops, CONTEXT) {
        let mut hunk = Vec::new();
        for op in group {
            let (from, to) = (op.old_range(), op.new_range());
            if op.tag() == similar::DiffTag::Equal {
                hunk.extend(from.zip(to).map(|(a, b)| line(DiffOp::Equal, Some(a), Some(b), whole(old[a]))));
                continue;
            }
            diff.removed += from.len();
            diff.added += to.len();
            let (mut gone, mut come) = words(&old[from.clone()], &new[to.clone()], deadline);
            hunk.extend(from.zip(gone.drain(..)).map(|(a, pieces)| line(DiffOp::Delete, Some(a), None, pieces)));
            hunk.extend(to.zip(come.drain(..)).map(|(b, pieces)| line(DiffOp::Insert, None, Some(b), pieces)));
        }
        if hunk.iter().any(|line| line.op != DiffOp::Equal) {
            diff.hunks.push(hunk);
        }
    }
    diff
}

fn line(op: DiffOp, old: Option<usize>, new: Option<usize>, pieces: Pieces) -> DiffLine {
    let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
    DiffLine { op, old_line: old.map(number), new_line: new.map(number), pieces }
}

fn whole(line: &str) -> Pieces {
    vec![(false, line.to_owned())]
}

/// The lines of a changed stretch with the words that changed marked.
fn words(old: &[&str], new: &[&str], deadline: Instant) -> (Vec<Pieces>, Vec<Pieces>) {
    let plain = || (old.iter().map(|line| whole(line)).collect(), new.iter().map(|line| whole(line)).collect());
    if old.is_empty() || new.is_empty() {
        return plain();
    }
    let (from, to) = (tokens(old), tokens(new));
    if from.len() + to.len() > MOST_TOKENS {
        return plain();
    }
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &from, &to, Some(deadline));
    let mut changed = (vec![true; from.len()], vec![true; to.len()]);
    let mut alike = 0;
    for op in ops.iter().filter(|op| op.tag() == similar::DiffTag::Equal) {
        changed.0[op.old_range()].fill(false);
        changed.1[op.new_range()].fill(false);
        alike += length(&from, op.old_range());
    }
    let all = length(&from, 0..from.len()) + length(&to, 0..to.len());
    if 2.0 * alike as f32 <= LEAST_ALIKE * all as f32 {
        return plain();
    }
    (marked(&from, &mut changed.0), marked(&to, &mut changed.1))
}

/// Bytes of the tokens that are not white space.
fn length(tokens: &[&str], range: Range<usize>) -> usize {
    tokens[range].iter().filter(|token| !is_space(token)).map(|token| token.len()).sum()
}

fn is_space(token: &str) -> bool {
    token.chars().all(char::is_whitespace)
}

/// Cuts lines into words, Chinese characters, stretches of white space and single other characters; `\n` stands between lines.
fn tokens<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut tokens = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            tokens.push("\n");
        }
        let mut rest = *line;
        while let Some(first) = rest.chars().next() {
            let sort = sort(first);
            let length = match sort {
                Sort::Single => first.len_utf8(),
                _ => rest.find(|c| self::sort(c) != sort).unwrap_or(rest.len()),
            };
            let (token, after) = rest.split_at(length);
            tokens.push(token);
            rest = after;
        }
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Word,
    Space,
    Single,
}

fn sort(c: char) -> Sort {
    if c.is_whitespace() {
        Sort::Space
    } else if (c.is_alphanumeric() || c == '_') && !crate::render::is_cjk(c) {
        Sort::Word
    } else {
        Sort::Single
    }
}

/// Puts tokens together to lines again. White space between two changed words counts as changed.
fn marked(tokens: &[&str], changed: &mut [bool]) -> Vec<Pieces> {
    for at in 1..tokens.len().saturating_sub(1) {
        if is_space(tokens[at]) && tokens[at] != "\n" && changed[at - 1] && changed[at + 1] {
            changed[at] = true;
        }
    }
    let mut lines = vec![Pieces::new()];
    for (token, changed) in tokens.iter().zip(changed.iter()) {
        if *token == "\n" {
            lines.push(Pieces::new());
        } else if let Some(line) = lines.last_mut() {
            match line.last_mut() {
                Some((same, text)) if same == changed => text.push_str(token),
                _ => line.push((*changed, (*token).to_owned())),
            }
        }
    }
    for line in lines.iter_mut().filter(|line| line.is_empty()) {
        line.push((false, String::new()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line each: sign, line numbers, text with changed pieces in braces.
    fn shown(old: &str, new: &str) -> Vec<Vec<String>> {
        let show = |line: &DiffLine| {
            let sign = match line.op {
                DiffOp::Equal => ' ',
                DiffOp::Insert => '+',
                DiffOp::Delete => '-',
            };
            let numbers: Vec<_> = [line.old_line, line.new_line].iter().flatten().map(u32::to_string).collect();
            let text: String = line
                .pieces
                .iter()
                .map(|(changed, text)| if *changed { format!("{{{text}}}") } else { text.clone() })
                .collect();
            format!("{sign}{} {text}", numbers.join(","))
        };
        diff(old, new).hunks.iter().map(|hunk| hunk.iter().map(show).collect()).collect()
    }

    #[test]
    fn words_and_characters_are_marked() {
        assert_eq!(
            shown("one two three\n同样的一行\n召回阶段找候选商品。", "one 2 three\n同样的一行\n召回阶段选候选内容。"),
            [[
                "-1 one {two} three",
                "+1 one {2} three",
                " 2,2 同样的一行",
                "-3 召回阶段{找}候选{商品}。",
                "+3 召回阶段{选}候选{内容}。"
            ]]
        );
        assert_eq!(
            shown("keep this old text here and there", "keep this new words here and there"),
            [["-1 keep this {old text} here and there", "+1 keep this {new words} here and there"]]
        );
    }

    #[test]
    fn rewritten_lines_are_not_marked() {
        assert_eq!(shown("alpha beta gamma", "完全不同的句子"), [["-1 alpha beta gamma", "+1 完全不同的句子"]]);
    }

    #[test]
    fn three_lines_of_context_and_separate_hunks() {
        let old: Vec<String> = (1..=30).map(|n| format!("line {n}")).collect();
        let mut new = old.clone();
        new[4] = "line five".into();
        new.insert(25, "added".into());
        let diff = diff(&old.join("\n"), &new.join("\n"));
        assert_eq!((diff.added, diff.removed, diff.hunks.len()), (2, 1, 2));
        assert_eq!(diff.hunks[0].len(), 8);
        assert_eq!(diff.hunks[1].len(), 7);
        assert_eq!((diff.hunks[1][3].old_line, diff.hunks[1][3].new_line), (None, Some(26)));
        assert_eq!((diff.hunks[1][4].old_line, diff.hunks[1][4].new_line), (Some(26), Some(27)));
    }

    #[test]
    fn equal_and_empty_texts() {
        assert_eq!(diff("a\nb\n", "a\nb"), Diff { added: 0, removed: 0, hunks: Vec::new() });
        assert_eq!(diff("", ""), Diff { added: 0, removed: 0, hunks: Vec::new() });
        assert_eq!(shown("", "a\n\nb"), [["+1 a", "+2 ", "+3 b"]]);
        assert_eq!(shown("a\n\nb", ""), [["-1 a", "-2 ", "-3 b"]]);
    }

    /// Applying the lines of a difference gives the newer text, whatever the texts are.
    #[test]
    fn nothing_is_lost() {
        let texts = [
            "",
            "a",
            "a\nb\nc",
            "b\n\nc\n x y",
            "召回\n排序 a\n\n重排",
            "c\nb\na",
            "a b c\nb c d\nc d e\n",
            "  \n\t\n",
        ];
        for old in texts {
            for new in texts {
                let diff = diff(old, new);
                let text = |skip: DiffOp| -> Vec<String> {
                    let lines = diff.hunks.iter().flatten().filter(|line| line.op != skip);
                    lines.map(|line| line.pieces.iter().map(|(_, text)| text.as_str()).collect()).collect()
                };
                if old.lines().eq(new.lines()) {
                    assert!(diff.hunks.is_empty());
                } else {
                    assert_eq!(text(DiffOp::Insert), old.lines().collect::<Vec<_>>(), "{old:?} {new:?}");
                    assert_eq!(text(DiffOp::Delete), new.lines().collect::<Vec<_>>(), "{old:?} {new:?}");
                }
            }
        }
    }

    #[test]
    fn the_longest_texts_do_not_hang() {
        let mut state = 1_u64;
        let mut random = |unit: &str, separator: &str| -> String {
            let mut text = String::new();
            while text.chars().count() + 20 < 400_000 && text.len() < 400_000 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(&format!("{unit}{}{separator}", state >> 58));
            }
            text
        };
        for (unit, separator) in [("", "\n"), ("word", " "), ("字", ""), ("", "\n\n"), ("x", "a b\n")] {
            let (old, new) = (random(unit, separator), random(unit, separator));
            let begin = Instant::now();
            let diff = diff(&old, &new);
            assert!(begin.elapsed() < Duration::from_secs(15), "{unit:?} took {:?}", begin.elapsed());
            assert!(diff.added > 0);
        }
    }
}
