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

/// Parses a text column into one of the domain's enums or names.
pub(crate) fn parsed<T: std::str::FromStr>(column: &'static str, value: &str) -> Result<T, StoreError> {
    value.parse().map_err(|_| StoreError::Decode { column, value: value.to_owned() })
}
