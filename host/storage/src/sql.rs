//! SQL that depends on what is asked, written once for both databases.

/// A value that takes a placeholder's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A statement in the making: fixed text, and values that only ever become `$1`, `$2`, ….
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Itself, by reference: lets the macros below take either.
    pub(crate) fn by_ref(&self) -> &Self {
        self
    }

    /// Adds text of ours.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value of anybody's.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds values, parted by commas.
    pub(crate) fn bind_list<T: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }
}

/// Binds the values of a [`Sql`] to the query made of its text.
macro_rules! bind_all {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                $crate::sql::Value::Flag(flag) => query.bind(*flag),
                $crate::sql::Value::Number(number) => query.bind(*number),
                $crate::sql::Value::Text(text) => query.bind(text.as_str()),
            };
        }
        query
    }};
}

/// Runs a [`Sql`] on a unit and fetches all rows, each a `FromRow`.
macro_rules! fetch_all {
    ($unit:expr, $sql:expr) => {{
        let $crate::sql::Sql { text, values } = ($sql).by_ref();
        // The text holds nothing but what this crate wrote; values are bound.
        on!($unit, c => {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(text.as_str()));
            $crate::sql::bind_all!(query, values).fetch_all(c).await
        })
    }};
}

/// Runs a [`Sql`] on a unit and fetches its one number.
macro_rules! fetch_number {
    ($unit:expr, $sql:expr) => {{
        let $crate::sql::Sql { text, values } = ($sql).by_ref();
        on!($unit, c => {
            let query = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(text.as_str()));
            $crate::sql::bind_all!(query, values).fetch_one(c).await
        })
    }};
}

pub(crate) use {bind_all, fetch_all, fetch_number};
