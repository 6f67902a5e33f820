//! What masked language modelling hides (Devlin et al. 2019, section 3.1 and appendix A.1).

use sha2::{Digest, Sha256};

use crate::encoder::EncoderError;
use crate::encoder::tokens::Cutter;
use crate::random::SplitMix;

/// Share of a text's tokens that are to be guessed.
pub const MASKED: f64 = 0.15;
/// Of these, so many become the mask, and so many a word drawn by chance; the others stay.
const HIDDEN: f32 = 0.8;
const DRAWN: f32 = 0.1;
/// The largest step of Adam for the head.
pub(super) const HEAD_LEARNING_RATE: f64 = 1e-3;
/// One in so many texts is held out, and no more than so many of them are measured.
const HELD_OUT: u8 = 10;
pub(super) const MOST_HELD_OUT: usize = 256;

/// A text as tokens.
pub(super) struct Text {
    ids: Vec<u32>,
    /// Places of tokens that belong to the text itself.
    own: Vec<usize>,
    held_out: bool,
}

impl Text {
    pub(super) fn cut(cutter: &Cutter, text: &str) -> Result<Text, EncoderError> {
        let (ids, tokens) = cutter.tokens(text)?;
        let own = tokens.iter().enumerate().filter(|(_, token)| !token.special).map(|(place, _)| place).collect();
        // By the text itself: more texts do not move others to the other side.
        let held_out = Sha256::digest(text.as_bytes())[0] % HELD_OUT == 0;
        Ok(Text { ids, own, held_out })
    }

    pub(super) fn can_be_masked(&self) -> bool {
        !self.own.is_empty()
    }

    pub(super) fn is_held_out(&self) -> bool {
        self.held_out
    }
}

/// Texts with tokens hidden.
pub(super) struct Hidden {
    pub(super) texts: Vec<Vec<u32>>,
    /// Text and place of each token to be guessed.
    pub(super) places: Vec<(usize, usize)>,
    /// What it was.
    pub(super) words: Vec<u32>,
}

/// Hides tokens of each text, at least one.
pub(super) fn hide(texts: &[&Text], mask: u32, vocabulary: usize, random: &mut SplitMix) -> Hidden {
    let mut hidden = Hidden { texts: Vec::new(), places: Vec::new(), words: Vec::new() };
    for (row, text) in texts.iter().enumerate() {
        let mut ids = text.ids.clone();
        let sure = text.own[random.below(text.own.len())];
        for &place in &text.own {
            if place != sure && f64::from(random.unit()) >= MASKED {
                continue;
            }
            hidden.places.push((row, place));
            hidden.words.push(ids[place]);
            let dice = random.unit();
            if dice < HIDDEN {
                ids[place] = mask;
            } else if dice < HIDDEN + DRAWN {
                ids[place] = random.below(vocabulary) as u32;
            }
        }
        hidden.texts.push(ids);
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_hides_the_shares_of_the_paper() {
        let text = Text { ids: (0..400).collect(), own: (1..399).collect(), held_out: false };
        let texts = vec![&text; 100];
        let hidden = hide(&texts, 999, 500, &mut SplitMix::new(7));
        let n = hidden.places.len() as f64;
        assert!((n / 39_800.0 - 0.1525).abs() < 0.01, "{n}");
        let now: Vec<u32> = hidden.places.iter().map(|(row, place)| hidden.texts[*row][*place]).collect();
        let share = |is: &dyn Fn(u32, u32) -> bool| {
            now.iter().zip(&hidden.words).filter(|(now, was)| is(**now, **was)).count() as f64 / n
        };
        assert!((share(&|now, _| now == 999) - 0.8).abs() < 0.02);
        assert!((share(&|now, was| now == was) - 0.1).abs() < 0.02);
        // What was not to be guessed is as it was, special tokens included.
        for (row, ids) in hidden.texts.iter().enumerate() {
            for (place, id) in ids.iter().enumerate() {
                assert!(*id == text.ids[place] || hidden.places.contains(&(row, place)));
            }
            assert_eq!((ids[0], ids[399]), (0, 399));
        }
        assert!(hidden.places.iter().zip(&hidden.words).all(|((_, place), word)| text.ids[*place] == *word));
    }
}
