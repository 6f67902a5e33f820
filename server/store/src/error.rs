//! What can go wrong with the database.

/// A failed statement, migration or decoding.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or was not reached.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// A name that must be unique is taken; the constraint says which.
    #[error("unique constraint {constraint}")]
    Taken {
        /// Name of the constraint.
        constraint: String,
    },
    /// A row breaks a rule of the tables; the constraint says which.
    #[error("check constraint {constraint}")]
    Refused {
        /// Name of the constraint.
        constraint: String,
    },
    /// A migration failed.
    #[error("migration")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row holds what this version does not understand.
    #[error("column {column} holds an unknown value {value}")]
    Decode {
        /// Column.
        column: &'static str,
        /// Its value.
        value: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(inner) = &error
            && let Some(constraint) = inner.constraint()
        {
            let constraint = constraint.to_owned();
            if inner.is_unique_violation() {
                return StoreError::Taken { constraint };
            }
            if inner.is_check_violation() {
                return StoreError::Refused { constraint };
            }
        }
        StoreError::Database(error)
    }
}

impl StoreError {
    /// Whether a text holds what Postgres' text cannot: a NUL character (SQLSTATE 22021, or 22P05 in JSON).
    pub fn is_unstorable_text(&self) -> bool {
        let StoreError::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == "22021" || code == "22P05")
    }

    /// Whether the database cannot do anything for a while, whatever is asked: it is not reached, recovers, stops, has no room on its disk or no
    /// connection to give (Postgres, appendix A, classes 08, 53 and 57P, 58030 and 55000).
    pub fn is_outage(&self) -> bool {
        match self {
            StoreError::Database(error) => is_outage(error),
            StoreError::Migrate(sqlx::migrate::MigrateError::Execute(error)) => is_outage(error),
            _ => false,
        }
    }
}

fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["08", "53", "57P", "58030", "55000"].iter().any(|class| code.starts_with(class))),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Parses a text column into one of the domain's enums or names.
pub(crate) fn parsed<T: std::str::FromStr>(column: &'static str, value: &str) -> Result<T, StoreError> {
    value.parse().map_err(|_| StoreError::Decode { column, value: value.to_owned() })
}
