//! Conditions that people type, as SQL: every key and value is bound, only our own words are written.

use alluvium_domain::tracking::filter::{Comparison, Test};
use sqlx::{Postgres, QueryBuilder};

/// A statement that is put together as it is needed.
pub(crate) type Sql = QueryBuilder<Postgres>;

/// Writes how the expression before it must be.
pub(crate) fn push_test(sql: &mut Sql, test: &Test) {
    match test {
        Test::Number(comparison, value) => sql.push(symbol(*comparison)).push_bind(*value),
        Test::Is(text) => sql.push(" = ").push_bind(text.clone()),
        Test::IsNot(text) => sql.push(" <> ").push_bind(text.clone()),
        // Without an escape character there is no pattern that is wrong.
        Test::Like(pattern) => sql.push(" like ").push_bind(pattern.clone()).push(" escape ''"),
        Test::Ilike(pattern) => sql.push(" ilike ").push_bind(pattern.clone()).push(" escape ''"),
        Test::In(texts) => sql.push(" = any(").push_bind(texts.clone()).push(")"),
        Test::NotIn(texts) => sql.push(" <> all(").push_bind(texts.clone()).push(")"),
        Test::Missing => sql.push(" is null"),
        Test::Present => sql.push(" is not null"),
    };
}

/// A metric's value compared: NaN, which Postgres orders above all numbers, is only ever unequal.
pub(crate) fn push_metric_test(sql: &mut Sql, value: &'static str, test: &Test) {
    if !matches!(test, Test::Number(Comparison::NotEqual, _)) {
        sql.push(value).push(" <> 'NaN' and ");
    }
    sql.push(value);
    push_test(sql, test);
}

/// The same condition on capitals.
pub(crate) fn in_capitals(test: &Test) -> Test {
    let all = |texts: &[String]| texts.iter().map(|text| text.to_uppercase()).collect();
    match test {
        Test::Is(text) => Test::Is(text.to_uppercase()),
        Test::IsNot(text) => Test::IsNot(text.to_uppercase()),
        Test::Like(text) => Test::Like(text.to_uppercase()),
        Test::In(texts) => Test::In(all(texts)),
        Test::NotIn(texts) => Test::NotIn(all(texts)),
        other => other.clone(),
    }
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
    }
}
