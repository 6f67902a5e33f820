use super::*;

fn filter(text: &str) -> Vec<Clause<RunColumn>> {
    parse_filter(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn fault(text: &str) -> (usize, Fault) {
    let problem = parse_filter::<RunColumn>(text).expect_err(text);
    assert_eq!(problem.errors[0].field, "filter");
    match &problem.errors[0].issue {
        Issue::Syntax { at, fault } => (*at, fault.clone()),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn conditions_are_read() {
    use Field::{Column, Dataset, Metric, Param, Tag};
    let cases: [(&str, Field<RunColumn>, Test); 21] = [
        ("metrics.x > 0.5", Metric("x".into()), Test::Number(Comparison::Greater, 0.5)),
        ("metric.`a b`<=-1e-3", Metric("a b".into()), Test::Number(Comparison::LessOrEqual, -0.001)),
        ("metrics.\"val/loss\" != 3", Metric("val/loss".into()), Test::Number(Comparison::NotEqual, 3.0)),
        ("metrics.m.n >= 1", Metric("m.n".into()), Test::Number(Comparison::GreaterOrEqual, 1.0)),
        ("params.`a b` = 'c'", Param("a b".into()), Test::Is("c".into())),
        ("param.lr != \"0.1\"", Param("lr".into()), Test::IsNot("0.1".into())),
        ("parameters.lr LIKE '0.%'", Param("lr".into()), Test::Like("0.%".into())),
        ("params.lr ilike 'A_'", Param("lr".into()), Test::Ilike("A_".into())),
        ("params.lr in ('a', \"b\" ,'c')", Param("lr".into()), Test::In(vec!["a".into(), "b".into(), "c".into()])),
        ("params.lr NOT  IN ('a')", Param("lr".into()), Test::NotIn(vec!["a".into()])),
        ("params.lr is null", Param("lr".into()), Test::Missing),
        ("tags.x IS NOT NULL", Tag("x".into()), Test::Present),
        ("tag.mlflow.parentRunId = 'x'", Tag("mlflow.parentRunId".into()), Test::Is("x".into())),
        ("tags.\"mlflow.user\" = 'it''s'", Tag("mlflow.user".into()), Test::Is("it's".into())),
        ("tags.键 = '值 AND 1'", Tag("键".into()), Test::Is("值 AND 1".into())),
        ("attributes.status = 'FINISHED'", Column(RunColumn::State), Test::Is("FINISHED".into())),
        ("run_id IN ('a')", Column(RunColumn::Id), Test::In(vec!["a".into()])),
        ("attr.`run name` LIKE 'a%'", Column(RunColumn::Name), Test::Like("a%".into())),
        (
            "start_time > 1664067852747",
            Column(RunColumn::StartedAt),
            Test::Number(Comparison::Greater, 1_664_067_852_747.0),
        ),
        ("datasets.digest = 's8ds293b'", Dataset(DatasetColumn::Digest), Test::Is("s8ds293b".into())),
        ("dataset.context = 'train'", Dataset(DatasetColumn::Context), Test::Is("train".into())),
    ];
    for (text, field, test) in cases {
        assert_eq!(filter(text), [Clause { field, test }], "{text}");
    }
}

#[test]
fn conditions_are_joined_by_and() {
    assert_eq!(filter("").len(), 0);
    assert_eq!(filter("  ").len(), 0);
    let both = filter("metrics.a = 1 and params.b='x'AND status='RUNNING'");
    assert_eq!(both.len(), 3);
}

#[test]
fn errors_say_where() {
    use Wanted::{And, Comparator as WantedComparator, Field as WantedField, List, Number, Quote, Text};
    let expected = |wanted, found: &str| Fault::Expected { wanted, found: found.to_owned() };
    let cases = [
        ("metrics.x", 10, expected(WantedComparator, "")),
        ("metrics.x >", 12, expected(Number, "")),
        ("metrics.x > 'a'", 13, expected(Number, "'a'")),
        ("metrics.x > NaN", 13, expected(Number, "NaN")),
        ("params.x = 3", 12, expected(Text, "3")),
        ("params.x = 'abc", 16, expected(Quote, "")),
        ("params.x IN 'a'", 13, expected(List, "'a'")),
        ("params.x IN ('a' 'b')", 18, expected(List, "'b')")),
        ("params.x = 'a' OR params.y = 'b'", 16, expected(And, "OR")),
        ("params.x = 'a' AND", 19, expected(WantedField, "")),
        ("(params.x = 'a')", 1, expected(WantedField, "(params.x")),
        ("params. = 'a'", 8, expected(WantedField, "")),
    ];
    for (text, at, wanted) in cases {
        assert_eq!(fault(text), (at, wanted), "{text}");
    }
    assert!(matches!(fault("metrics.x LIKE 'a'"), (11, Fault::Comparator { .. })));
    assert!(matches!(fault("params.x > 'a'"), (10, Fault::Comparator { .. })));
    assert!(matches!(fault("status IS NULL"), (8, Fault::Comparator { .. })));
    assert!(matches!(fault("things.x = 'a'"), (1, Fault::Scope { .. })));
    assert!(matches!(fault("attributes.colour = 'a'"), (12, Fault::Column { .. })));
    assert!(matches!(fault("datasets.colour = 'a'"), (10, Fault::Column { .. })));
}

#[test]
fn each_sort_of_thing_has_its_own_columns() {
    assert!(parse_filter::<ExperimentColumn>("name LIKE 'a%' AND tags.x = 'y' AND creation_time > 3").is_ok());
    assert!(parse_filter::<ExperimentColumn>("metrics.x > 1").is_err());
    assert!(parse_filter::<LoggedModelColumn>("source_run_id = 'x' AND metrics.x > 1").is_ok());
    assert!(parse_filter::<LoggedModelColumn>("datasets.name = 'x'").is_err());
}

#[test]
fn orders_are_read() {
    let order = parse_order::<RunColumn, _>(&["metrics.`a b` DESC", "params.x", "start_time asc", "run_id desc"])
        .expect("right");
    let fields: Vec<_> = order.iter().map(|one| (one.field.clone(), one.descending)).collect();
    assert_eq!(
        fields,
        [
            (Field::Metric("a b".into()), true),
            (Field::Param("x".into()), false),
            (Field::Column(RunColumn::StartedAt), false),
            (Field::Column(RunColumn::Id), true),
        ]
    );
    for wrong in ["", "metrics.x DOWN", "metrics.x DESC DESC", "x", "datasets.name", "metrics."] {
        assert!(parse_order::<RunColumn, _>(&[wrong]).is_err(), "{wrong}");
    }
    assert!(parse_order::<RunColumn, _>(&["metrics.x", "metric.x DESC"]).is_err(), "the same twice");
}

#[test]
fn nothing_that_is_typed_makes_it_panic() {
    // Every prefix, and every text with one character left out.
    let whole =
        "metrics.`a b` >= -1.5e3 AND params.\"x\" NOT IN ('a', 'b''c') AND tags.键 IS NOT NULL AND status ILIKE 'f%'";
    let chars: Vec<char> = whole.chars().collect();
    assert_eq!(filter(whole).len(), 4);
    for cut in 0..chars.len() {
        let prefix: String = chars[..cut].iter().collect();
        let without: String = chars.iter().enumerate().filter(|(at, _)| *at != cut).map(|(_, char)| char).collect();
        for text in [prefix, without] {
            if let Err(problem) = parse_filter::<RunColumn>(&text) {
                let Issue::Syntax { at, .. } = problem.errors[0].issue else { panic!("{text}: {problem}") };
                assert!((1..=text.chars().count() + 1).contains(&at), "{text}: {at}");
            }
        }
    }
    let many = vec!["metrics.a > 1"; 41].join(" AND ");
    assert!(parse_filter::<RunColumn>(&many).is_err());
    assert!(parse_filter::<RunColumn>(&"x".repeat(10_001)).is_err());
}
