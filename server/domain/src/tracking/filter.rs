//! The filter and order expressions of MLflow, as typed conditions.
//!
//! `metrics.loss < 0.5 AND params."batch size" = '32' AND tags.`mlflow.user` LIKE 'a%' AND status = 'FINISHED'`: conditions joined by AND. What a
//! condition may be about is said by a [`Column`] type, one for each sort of thing that is searched ([`RunColumn`], [`ExperimentColumn`],
//! [`LoggedModelColumn`]). Nothing here is SQL: the store binds every key and value.

mod fault;
mod scan;

use std::fmt;

use super::limits;
use crate::problem::{Issue, Problem};

pub use fault::{Fault, Wanted};
use scan::Scanner;

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The last value of a metric.
    Metric,
    /// A parameter.
    Param,
    /// A tag.
    Tag,
    /// A column.
    Attribute,
    /// A data set that was read.
    Dataset,
}

impl Scope {
    fn parse(text: &str) -> Option<Scope> {
        Some(match text {
            "metric" | "metrics" => Scope::Metric,
            "param" | "params" | "parameter" | "parameters" => Scope::Param,
            "tag" | "tags" => Scope::Tag,
            "attribute" | "attributes" | "attr" | "run" => Scope::Attribute,
            "dataset" | "datasets" => Scope::Dataset,
            _ => return None,
        })
    }

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Metric => "metric",
            Scope::Param => "parameter",
            Scope::Tag => "tag",
            Scope::Attribute => "attribute",
            Scope::Dataset => "dataset",
        }
    }
}

/// The columns of one sort of thing.
pub trait Column: Copy + PartialEq + fmt::Debug + 'static {
    /// What else conditions may be about.
    const SCOPES: &'static [Scope];
    /// Names and other names, as expressions spell them.
    const NAMES: &'static [(&'static str, Self)];

    /// Whether it is compared with numbers; else with texts.
    fn is_number(self) -> bool;
}

/// Defines a column type: variants, whether each is a number, and its names.
macro_rules! columns {
    ($(#[$meta:meta])* $name:ident [$($scope:ident),*] { $($(#[$vmeta:meta])* $variant:ident $number:literal = $($text:literal),+;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl Column for $name {
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),*];
            const NAMES: &'static [(&'static str, Self)] = &[$($(($text, $name::$variant)),+),+];

            fn is_number(self) -> bool {
                match self { $($name::$variant => $number),+ }
            }
        }
    };
}

columns! {
    /// Columns of a run.
    RunColumn [Metric, Param, Tag, Attribute, Dataset] {
        /// Id, 32 hexadecimal digits.
        Id false = "run_id";
        /// Name.
        Name false = "run_name", "run name", "Run name", "Run Name";
        /// Who, as the program said.
        User false = "user_id";
        /// `RUNNING`, `FINISHED`... in capitals or not.
        State false = "status";
        /// Where its artifacts are.
        ArtifactUri false = "artifact_uri";
        /// Milliseconds since 1970.
        StartedAt true = "start_time", "created", "Created";
        /// Milliseconds since 1970.
        EndedAt true = "end_time";
    }
}

columns! {
    /// Columns of an experiment.
    ExperimentColumn [Tag, Attribute] {
        /// Number, as text.
        Id false = "experiment_id";
        /// Name.
        Name false = "name";
        /// Milliseconds since 1970.
        CreatedAt true = "creation_time";
        /// Milliseconds since 1970.
        UpdatedAt true = "last_update_time";
    }
}

columns! {
    /// Columns of a logged model.
    LoggedModelColumn [Metric, Param, Tag, Attribute] {
        /// Id.
        Id false = "model_id";
        /// Name.
        Name false = "name";
        /// What sort of model.
        Kind false = "model_type";
        /// `PENDING`, `READY`...
        State false = "status";
        /// The run that made it.
        Run false = "source_run_id";
        /// Milliseconds since 1970.
        CreatedAt true = "creation_timestamp", "creation_time";
        /// Milliseconds since 1970.
        UpdatedAt true = "last_updated_timestamp", "last_updated_time";
    }
}

/// What is known of a data set that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetColumn {
    /// Name.
    Name,
    /// Hash.
    Digest,
    /// What it was read for: the tag `mlflow.data.context`.
    Context,
}

/// The left side of a condition, and what an order goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<C> {
    /// The last value of a metric, by key.
    Metric(String),
    /// A parameter, by key.
    Param(String),
    /// A tag, by key.
    Tag(String),
    /// Any data set that was read.
    Dataset(DatasetColumn),
    /// A column.
    Column(C),
}

impl<C: Column> Field<C> {
    fn is_number(&self) -> bool {
        match self {
            Field::Metric(_) => true,
            Field::Column(column) => column.is_number(),
            Field::Param(_) | Field::Tag(_) | Field::Dataset(_) => false,
        }
    }

    /// Whether it may be missing, so that one can ask whether it is.
    fn is_optional(&self) -> bool {
        matches!(self, Field::Param(_) | Field::Tag(_))
    }
}

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The right side of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Compared with a finite number.
    Number(Comparison, f64),
    /// The same text.
    Is(String),
    /// Another text; what is missing is no other text.
    IsNot(String),
    /// A pattern of SQL: `%` any characters, `_` one.
    Like(String),
    /// The same without regard to case.
    Ilike(String),
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// It is not there.
    Missing,
    /// It is there.
    Present,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause<C> {
    /// About what.
    pub field: Field<C>,
    /// How it must be.
    pub test: Test,
}

/// A part of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<C> {
    /// By what.
    pub field: Field<C>,
    /// Largest first. What is missing comes last in both directions.
    pub descending: bool,
}

/// Reads a filter; an empty one has no conditions. The problem names the field `filter` and the character.
pub fn parse_filter<C: Column>(text: &str) -> Result<Vec<Clause<C>>, Problem> {
    let actual = text.chars().count();
    if actual > limits::FILTER {
        return Err(Problem::field("filter", Issue::TooLong { limit: limits::FILTER, actual }));
    }
    let mut scanner = Scanner::new(text);
    let mut clauses = Vec::new();
    while !scanner.at_end() {
        if !clauses.is_empty() {
            scanner.keyword("AND").map_err(in_field("filter"))?;
        }
        clauses.push(scanner.clause().map_err(in_field("filter"))?);
        if clauses.len() > limits::CLAUSES {
            return Err(Problem::field("filter", Issue::TooMany { limit: limits::CLAUSES, actual: clauses.len() }));
        }
    }
    Ok(clauses)
}

/// Reads an order, one expression a column: `metrics.loss DESC`, `start_time`. The problem names the field `order_by[N]` and the character.
pub fn parse_order<C: Column, S: AsRef<str>>(texts: &[S]) -> Result<Vec<Order<C>>, Problem> {
    if texts.len() > limits::CLAUSES {
        return Err(Problem::field("order_by", Issue::TooMany { limit: limits::CLAUSES, actual: texts.len() }));
    }
    let mut order: Vec<Order<C>> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let field = format!("order_by[{place}]");
        let next: Order<C> = Scanner::new(text.as_ref()).order().map_err(in_field(&field))?;
        if order.iter().any(|earlier| earlier.field == next.field) {
            return Err(Problem::field(
                "order_by",
                Issue::Repeated { value: text.as_ref().chars().take(100).collect() },
            ));
        }
        order.push(next);
    }
    Ok(order)
}

/// A fault at a character as a problem of a field.
fn in_field(field: &str) -> impl Fn((usize, Fault)) -> Problem + '_ {
    move |(at, fault)| Problem::field(field.to_owned(), Issue::Syntax { at, fault })
}

#[cfg(test)]
mod tests;
