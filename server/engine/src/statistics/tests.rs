//! Against `SciPy` and `statsmodels`: `tests/peers.json`, made by `tests/peers.py`.

use serde_json::Value;

use super::distributions::{chi_square_tail, normal_quantile, normal_tail, student_quantile, student_tail};
use super::*;

fn fixture() -> Value {
    serde_json::from_str(include_str!("tests/peers.json")).unwrap()
}

fn cases<'a>(fixture: &'a Value, name: &str) -> &'a Vec<Value> {
    fixture[name].as_array().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn near(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let allowed = 1e-9 * expected.abs().max(1e-3);
    assert!((found - expected).abs() <= allowed, "{found} is not {expected}");
}

#[test]
fn tails_are_scipys_and_quantiles_undo_them() {
    let fixture = fixture();
    for case in cases(&fixture, "tails") {
        if let Some(x) = case["normal"].as_f64() {
            near(normal_tail(x), &case["tail"]);
        } else if case["student"].is_array() {
            let x = numbers(&case["student"]);
            near(student_tail(x[0], x[1]), &case["tail"]);
        } else {
            let x = numbers(&case["square"]);
            near(chi_square_tail(x[0], x[1]), &case["tail"]);
        }
    }
    assert!((normal_tail(normal_quantile(0.025)) - 0.025).abs() < 1e-12);
    assert!((student_tail(student_quantile(0.1, 3.3), 3.3) - 0.1).abs() < 1e-12);
}

#[test]
fn shares_are_compared_as_statsmodels_does() {
    for case in cases(&fixture(), "shares") {
        let n: Vec<u64> = numbers(&case["counts"]).into_iter().map(|count| count as u64).collect();
        let (first, second) = (Counts { did: n[0], of: n[1] }, Counts { did: n[2], of: n[3] });
        let (low, high) = wilson(first);
        near(low, &case["wilson"][0]);
        near(high, &case["wilson"][1]);
        let found = newcombe(first, second);
        near(found.interval.0, &case["interval"][0]);
        near(found.interval.1, &case["interval"][1]);
        near(found.p, &case["p"]);
    }
}

#[test]
fn means_are_compared_as_scipy_does() {
    for case in cases(&fixture(), "means") {
        let (first, second) = (numbers(&case["first"]), numbers(&case["second"]));
        let found = welch(Sample::of(&first).unwrap(), Sample::of(&second).unwrap());
        near(found.interval.0, &case["interval"][0]);
        near(found.interval.1, &case["interval"][1]);
        near(found.p, &case["p"]);
    }
}

#[test]
fn splits_power_and_adjusted_p_are_those_of_scipy() {
    let fixture = fixture();
    for case in cases(&fixture, "ratio") {
        let counts = numbers(&case["counts"]);
        near(sample_ratio(counts[0] as u64, counts[1] as u64, case["share"].as_f64().unwrap()), &case["p"]);
    }
    for case in cases(&fixture, "power") {
        let (shares, n) = (numbers(&case["shares"]), numbers(&case["n"]));
        near(power(shares[0], shares[1], n[0], n[1]), &case["power"]);
    }
    for (found, expected) in holm(&numbers(&fixture["holm"]["p"])).iter().zip(cases(&fixture["holm"], "adjusted")) {
        near(*found, expected);
    }
}

#[test]
fn a_test_of_the_size_asked_for_has_the_power_asked_for() {
    let n = sample_size(0.1, 0.11, 0.8);
    assert!((power(0.1, 0.11, n, n) - 0.8).abs() < 0.001, "{n}");
    let least = smallest_difference(0.1, n, n, 0.8).unwrap();
    assert!((least - 0.01).abs() < 1e-4, "{least}");
    assert_eq!(smallest_difference(0.5, 3.0, 3.0, 0.999), None);
}

/// Two bootstraps are two draws: they agree up to the error of drawing.
#[test]
fn the_bootstrap_of_pairs_agrees_with_scipys() {
    let fixture = fixture();
    let values = numbers(&fixture["bootstrap"]["values"]);
    let expected = numbers(&fixture["bootstrap"]["interval"]);
    let zeros = vec![0.0; values.len()];
    let found = paired(&values, &zeros).interval;
    let width = expected[1] - expected[0];
    assert!((found.0 - expected[0]).abs() < 0.06 * width && (found.1 - expected[1]).abs() < 0.06 * width, "{found:?}");
}

#[test]
fn nothing_and_certainty_have_answers_too() {
    let none = Counts { of: 0, did: 0 };
    assert_eq!(wilson(none), (0.0, 1.0));
    let all = Counts { of: 9, did: 9 };
    assert_eq!(wilson(all).1, 1.0);
    let same = newcombe(all, all);
    assert!(same.is_noise() && same.p == 1.0, "{same:?}");
    assert_eq!(Sample::of(&[1.0]), None);
    let flat = Sample::of(&[2.0, 2.0]).unwrap();
    assert!(welch(flat, flat).is_noise());
    assert_eq!(sample_ratio(0, 0, 0.5), 1.0);
    assert!(holm(&[]).is_empty());
}
