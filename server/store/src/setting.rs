//! Settings of the installation: chosen, or made while it runs.

use crate::{Store, StoreError};

impl Store {
    /// A setting that is a text.
    pub async fn setting_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        let value = sqlx::query_scalar!("select value #>> '{}' from setting where name = $1", name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(value.flatten())
    }

    /// A secret key of this installation: `new` from the first time on.
    pub async fn secret_key(&self, name: &str, new: [u8; 32]) -> Result<[u8; 32], StoreError> {
        sqlx::query!(
            "insert into setting (name, value) values ($1, to_jsonb(encode($2, 'hex'))) on conflict (name) do nothing",
            name,
            new.as_slice()
        )
        .execute(&self.pool)
        .await?;
        let key =
            sqlx::query_scalar!(r#"select decode(value #>> '{}', 'hex') as "key!" from setting where name = $1"#, name)
                .fetch_one(&self.pool)
                .await?;
        key.try_into().map_err(|_| StoreError::Decode { column: "setting.value", value: name.to_owned() })
    }
}
