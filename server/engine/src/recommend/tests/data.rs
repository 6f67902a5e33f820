use super::super::*;

const THREE: &str = "a x y z v\nb y x\nc z y x\n";

#[test]
fn reads_users_and_numbers_items_as_they_come() {
    let sequences = Sequences::parse(THREE).unwrap();
    assert_eq!((sequences.user_count(), sequences.item_count(), sequences.event_count()), (3, 4, 9));
    assert_eq!(sequences.histories(), [&[0, 1, 2, 3][..], &[1, 0], &[2, 1, 0]]);
    assert_eq!(sequences.item_name(3), Some("v"));
    assert_eq!(sequences.item_name(4), None);
}

#[test]
fn a_bad_line_is_named_with_its_reason() {
    let error = |text| Sequences::parse(text).unwrap_err().to_string();
    assert_eq!(error("a x y\n\nb\n"), "line 3: user b has no items");
    assert_eq!(error("a x y\nb x\na y\n"), "line 3: user a has line 1 already");
    assert!(Sequences::read("/no/such/file").unwrap_err().to_string().contains("/no/such/file"));
}

#[test]
fn the_last_two_items_are_held_back_from_those_who_have_three() {
    let sequences = Sequences::parse(THREE).unwrap();
    let validation = sequences.cases(Holdout::Validation);
    assert_eq!(validation, [Case { history: &[0, 1], target: 2 }, Case { history: &[2], target: 1 }]);
    assert_eq!(sequences.training(Holdout::Validation), [&[0, 1][..], &[1, 0], &[2]]);
    let test = sequences.cases(Holdout::Test);
    assert_eq!(test, [Case { history: &[0, 1, 2], target: 3 }, Case { history: &[2, 1], target: 0 }]);
    assert_eq!(sequences.training(Holdout::Test), [&[0, 1, 2][..], &[1, 0], &[2, 1]]);
}

/// Gives every history the same scores.
struct Fixed(Vec<f32>);

impl Recommender for Fixed {
    fn item_count(&self) -> usize {
        self.0.len()
    }

    fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError> {
        Ok(self.0.repeat(histories.len()))
    }
}

#[test]
fn ranks_leave_out_the_history_and_count_ties_against_the_target() {
    let rank = |scores: &[f32], history: &[u32], target| {
        ranks(&Fixed(scores.to_vec()), &[Case { history, target }]).unwrap()[0]
    };
    assert_eq!(rank(&[3.0, 2.0, 1.0, 0.0], &[0], 2), 1);
    assert_eq!(rank(&[3.0, 2.0, 1.0, 0.0], &[0, 1, 1], 2), 0);
    assert_eq!(rank(&[1.0, 1.0, 1.0, 0.0], &[0], 2), 1, "a tie is lost");
    assert_eq!(rank(&[1.0, 2.0, 0.0], &[0, 2], 0), 1, "a target in the history is a candidate");
    assert_eq!(rank(&[f32::NAN, 2.0, 0.0], &[2], 1), 1);
    assert_eq!(rank(&[0.0, f32::NAN, 0.0], &[2], 1), 1);
    let unknown = ranks(&Fixed(vec![0.0]), &[Case { history: &[0], target: 1 }]);
    assert!(matches!(unknown, Err(RecommendError::UnknownItem { item: 1, known: 1 })));
}

#[test]
fn quality_is_what_the_ranks_say() {
    let quality = RankQuality::of(&[0, 1, 9, 10]);
    assert_eq!((quality.users, quality.hit_rate), (4, 0.75));
    let expected = (1.0 + 3_f64.log2().recip() + 11_f64.log2().recip()) / 4.0;
    assert!((quality.ndcg - expected).abs() < 1e-12);
    assert!(quality.ndcg_interval.0 < quality.ndcg && quality.ndcg < quality.ndcg_interval.1);
}
