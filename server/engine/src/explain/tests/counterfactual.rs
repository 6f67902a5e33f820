use crate::explain::{Effort, counterfactual};

/// The item is in while the kept events weigh more than `limit` together.
fn weighed(weights: &'static [f32], limit: f32) -> impl Fn(&[f32]) -> Vec<f32> {
    move |masks| {
        let weigh = |mask: &[f32]| mask.iter().zip(weights).map(|(kept, weight)| kept * weight).sum::<f32>() - limit;
        masks.chunks_exact(weights.len()).map(weigh).collect()
    }
}

#[test]
fn one_event_is_enough_where_it_carries_the_item() {
    let found = counterfactual(&weighed(&[1.0, 5.0, 1.0], 4.0), 3, &Effort::default()).expect("it answers");
    let found = found.expect("there is one");
    assert_eq!((found.removed, found.smallest, found.rankings), (vec![1], true, 3));
    assert!((found.margin + 2.0).abs() < 1e-6);
}

#[test]
fn a_smaller_set_than_the_greedy_one_is_found() {
    // Event 0 tempts the greedy search, but only 1, 2 together do: they hold the item up by their product.
    let margin = |masks: &[f32]| -> Vec<f32> {
        let one = |mask: &[f32]| {
            let alone = mask[0] + 0.4 * (mask[3] + mask[4]);
            let pair = 2.0 * mask[1].max(mask[2]);
            alone.min(0.9) + pair - 1.0
        };
        masks.chunks_exact(5).map(one).collect()
    };
    let found = counterfactual(&margin, 5, &Effort::default()).expect("it answers").expect("there is one");
    assert_eq!((found.removed.as_slice(), found.smallest), ([1, 2].as_slice(), true));
    let hurried = Effort { rankings: 20, ..Effort::default() };
    let found = counterfactual(&margin, 5, &hurried).expect("it answers").expect("there is one");
    assert!(found.removed.len() > 2 && !found.smallest, "{found:?}");
}

#[test]
fn nothing_is_reported_where_nothing_removes_it() {
    assert_eq!(counterfactual(&weighed(&[1.0, 1.0], -1.0), 2, &Effort::default()).expect("it answers"), None);
    assert_eq!(counterfactual(&weighed(&[], 0.0), 0, &Effort::default()).expect("it answers"), None);
    let short = Effort { removed: 1, ..Effort::default() };
    assert_eq!(counterfactual(&weighed(&[1.0, 1.0], 0.5), 2, &short).expect("it answers"), None);
}
