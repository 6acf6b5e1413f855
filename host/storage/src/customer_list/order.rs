//! Orders of customers, and positions in them.
//!
//! Those without a value come last in either direction, so that a list has two phases: those with
//! a value, by value and then by age; and those without, by age alone. Age is the order in which
//! they were made (`seq`).

use galleria_domain::{CursorValue, CustomerSort, CustomerSortKey};

use crate::sql::Sql;

/// Where a customer stands in a list: what its cursor holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Position {
    value: SortValue,
    tie: Tie,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum SortValue {
    /// None, or none but the age.
    Null,
    Number(i64),
    Text(String),
    /// Of a facet: text and number.
    Facet(String, i64),
}

/// What orders those with equal values.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Tie {
    Seq(i64),
    Id(String),
}

impl Position {
    /// The position that a cursor's values mean in this order; `None` if they mean none.
    pub fn from_values(sort: &CustomerSort, values: &[CursorValue]) -> Option<Self> {
        let order = Order::of(sort);
        let (value, tie) = match (order.column, values) {
            (_, [CursorValue::Null, CursorValue::Number(seq)]) => (SortValue::Null, Tie::Seq(*seq)),
            (Column::Number { .. }, [CursorValue::Number(number), CursorValue::Number(seq)]) => {
                (SortValue::Number(*number), Tie::Seq(*seq))
            }
            (Column::Text { .. }, [CursorValue::Text(text), CursorValue::Number(seq)]) => {
                (SortValue::Text(text.clone()), Tie::Seq(*seq))
            }
            (
                Column::Facet { .. },
                [CursorValue::Text(text), CursorValue::Number(number), CursorValue::Text(id)],
            ) => (SortValue::Facet(text.clone(), *number), Tie::Id(id.clone())),
            _ => return None,
        };
        // The databases would stumble over it, and nothing stored has it.
        let has_nul = values
            .iter()
            .any(|value| matches!(value, CursorValue::Text(text) if text.contains('\0')));
        (!has_nul).then_some(Self { value, tie })
    }

    /// The values for a cursor.
    pub fn to_values(&self) -> Vec<CursorValue> {
        let mut values = match &self.value {
            SortValue::Null => vec![CursorValue::Null],
            SortValue::Number(number) => vec![CursorValue::Number(*number)],
            SortValue::Text(text) => vec![CursorValue::Text(text.clone())],
            SortValue::Facet(text, number) => {
                vec![CursorValue::Text(text.clone()), CursorValue::Number(*number)]
            }
        };
        values.push(match &self.tie {
            Tie::Seq(seq) => CursorValue::Number(*seq),
            Tie::Id(id) => CursorValue::Text(id.clone()),
        });
        values
    }
}

/// An order, in the words of the tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) column: Column<'a>,
    pub(super) descending: bool,
}

/// What is ordered by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'a> {
    /// Nothing but the age.
    Seq,
    Number {
        column: &'static str,
        index: &'static str,
        nullable: bool,
    },
    Text {
        column: &'static str,
        index: &'static str,
    },
    Facet {
        plugin: &'a str,
        key: &'a str,
    },
}

impl<'a> Order<'a> {
    pub(super) fn of(sort: &'a CustomerSort) -> Self {
        let number = |column, index, nullable| Column::Number { column, index, nullable };
        let column = match &sort.key {
            CustomerSortKey::CreatedAt => Column::Seq,
            CustomerSortKey::Number => number("c.number", "customers_by_number", false),
            CustomerSortKey::OrdersCount => number("c.orders_count", "customers_by_orders", false),
            CustomerSortKey::LastActivityAt => {
                number("c.last_activity_at", "customers_by_activity", true)
            }
            CustomerSortKey::Email => {
                Column::Text { column: "c.email_norm", index: "customers_by_email" }
            }
            CustomerSortKey::Name => {
                Column::Text { column: "c.name_sort", index: "customers_by_name" }
            }
            CustomerSortKey::Facet { plugin, key } => {
                Column::Facet { plugin: plugin.as_str(), key }
            }
        };
        Self { column, descending: sort.descending }
    }

    /// The index that has the order; that of age where there is none.
    pub(super) fn index(&self) -> &'static str {
        match self.column {
            Column::Number { index, .. } | Column::Text { index, .. } => index,
            Column::Seq | Column::Facet { .. } => "customers_by_seq",
        }
    }

    fn is_nullable(&self) -> bool {
        match self.column {
            Column::Seq => false,
            Column::Number { nullable, .. } => nullable,
            Column::Text { .. } | Column::Facet { .. } => true,
        }
    }
}

const AGE: &str = "c.seq";

/// A part of a list that is one walk: those with a value, or those without.
#[derive(Clone, Copy)]
pub(super) struct Phase<'a> {
    pub(super) order: &'a Order<'a>,
    /// The column to read the age from; there may be another that has it in order.
    pub(super) age: &'static str,
    pub(super) has_value: bool,
    pub(super) after: Option<&'a Position>,
}

impl<'a> Phase<'a> {
    /// The phases that are left behind a position.
    pub(super) fn from(order: &'a Order<'a>, after: Option<&'a Position>) -> Vec<Self> {
        let in_last = after.is_some_and(|after| after.value == SortValue::Null);
        if matches!(order.column, Column::Seq) {
            return vec![Self { order, age: AGE, has_value: false, after }];
        }
        let first = (!in_last).then_some(Self { order, age: AGE, has_value: true, after });
        let last = order.is_nullable().then_some(Self {
            order,
            age: AGE,
            has_value: false,
            after: after.filter(|_| in_last),
        });
        first.into_iter().chain(last).collect()
    }

    /// The two columns of the value, as `sort_text` and `sort_number`.
    pub(super) fn sort_columns(&self) -> String {
        let (text, number) = match (self.has_value, self.order.column) {
            (true, Column::Number { column, .. }) => ("CAST(NULL AS TEXT)", column),
            (true, Column::Text { column, .. }) => (column, "CAST(NULL AS BIGINT)"),
            (true, Column::Facet { .. }) => ("v.text_value", "v.number_value"),
            _ => ("CAST(NULL AS TEXT)", "CAST(NULL AS BIGINT)"),
        };
        format!("{text} AS sort_text, {number} AS sort_number")
    }

    /// ` AND …`: that a row is of this phase, and behind the position.
    pub(super) fn push_bounds(&self, sql: &mut Sql) {
        match (self.has_value, self.order.column) {
            // A bound rather than IS NOT NULL: SQLite skips the nulls in the index by it.
            (true, Column::Number { column, .. }) => {
                sql.push(" AND ").push(column).push(" >= ").bind(i64::MIN);
            }
            (true, Column::Text { column, .. }) => {
                sql.push(" AND ").push(column).push(" >= ''");
            }
            (true, Column::Facet { .. }) => self.push_facet_bounds(sql),
            (false, Column::Number { column, .. } | Column::Text { column, .. }) => {
                sql.push(" AND ").push(column).push(" IS NULL");
            }
            (false, Column::Facet { plugin, key }) => {
                sql.push(" AND NOT EXISTS (SELECT 1 FROM facets n WHERE n.customer_id = c.id");
                sql.push(" AND n.plugin = ").bind(plugin).push(" AND n.key = ").bind(key).push(")");
            }
            _ => {}
        }
        if let Some(after) = self.after {
            self.push_compare(sql, after, if self.order.descending { " < " } else { " > " });
        }
    }

    /// The facet `v` is the customer's first in the order.
    fn push_facet_bounds(&self, sql: &mut Sql) {
        let Column::Facet { plugin, key } = self.order.column else { return };
        sql.push(" AND v.plugin = ").bind(plugin).push(" AND v.key = ").bind(key);
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM facets n WHERE n.plugin = v.plugin AND n.key = v.key",
        );
        sql.push(" AND n.customer_id = v.customer_id AND (n.text_value, n.number_value) ");
        sql.push(if self.order.descending { ">" } else { "<" })
            .push(" (v.text_value, v.number_value))");
    }

    /// ` AND` that a row compares so with a position.
    fn push_compare(&self, sql: &mut Sql, position: &Position, compare: &str) {
        let Position { value, tie } = position;
        let column = match self.order.column {
            Column::Number { column, .. } | Column::Text { column, .. } => column,
            Column::Seq | Column::Facet { .. } => "",
        };
        match value {
            SortValue::Null => sql.push(" AND ").push(self.age).push(compare),
            SortValue::Number(number) => sql
                .push(" AND (")
                .push(column)
                .push(", c.seq)")
                .push(compare)
                .push("(")
                .bind(*number),
            SortValue::Text(text) => {
                sql.push(" AND (").push(column).push(", c.seq)").push(compare);
                sql.push("(").bind(text.as_str())
            }
            SortValue::Facet(text, number) => {
                sql.push(" AND (v.text_value, v.number_value, v.customer_id)").push(compare);
                sql.push("(").bind(text.as_str()).push(", ").bind(*number)
            }
        };
        let bracket = *value != SortValue::Null;
        sql.push(if bracket { ", " } else { "" });
        match tie {
            Tie::Seq(seq) => sql.bind(*seq),
            Tie::Id(id) => sql.bind(id.as_str()),
        };
        sql.push(if bracket { ")" } else { "" });
    }

    /// ` AND` that a row is not beyond a position in the direction of the walk.
    pub(super) fn push_up_to(&self, sql: &mut Sql, last: &Position) {
        self.push_compare(sql, last, if self.order.descending { " >= " } else { " <= " });
    }

    /// What to order the rows found by.
    pub(super) fn order_by(&self, of: Rows) -> String {
        let direction = if self.order.descending { "DESC" } else { "ASC" };
        let columns = match (self.has_value, self.order.column, of) {
            (true, Column::Number { column, .. } | Column::Text { column, .. }, Rows::Inner) => {
                vec![column, "c.seq"]
            }
            (true, Column::Facet { .. }, Rows::Inner) => {
                vec!["v.text_value", "v.number_value", "v.customer_id"]
            }
            (true, Column::Number { .. }, Rows::Outer) => vec!["k.sort_number", "k.seq"],
            (true, Column::Text { .. }, Rows::Outer) => vec!["k.sort_text", "k.seq"],
            (true, Column::Facet { .. }, Rows::Outer) => {
                vec!["k.sort_text", "k.sort_number", "c.id"]
            }
            (_, _, Rows::Inner) => vec![self.age],
            (_, _, Rows::Outer) => vec!["k.seq"],
        };
        columns.iter().map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
    }

    /// The position of a row of this phase.
    pub(super) fn position(
        &self,
        sort_text: Option<String>,
        sort_number: Option<i64>,
        seq: i64,
        id: &str,
    ) -> Option<Position> {
        let (value, tie) = match (self.has_value, self.order.column, sort_text, sort_number) {
            (true, Column::Number { .. }, _, Some(number)) => {
                (SortValue::Number(number), Tie::Seq(seq))
            }
            (true, Column::Text { .. }, Some(text), _) => (SortValue::Text(text), Tie::Seq(seq)),
            (true, Column::Facet { .. }, Some(text), Some(number)) => {
                (SortValue::Facet(text, number), Tie::Id(id.to_owned()))
            }
            (false, ..) => (SortValue::Null, Tie::Seq(seq)),
            _ => return None,
        };
        Some(Position { value, tie })
    }
}

/// Whose columns are ordered: those of the rows being found, or of those found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rows {
    Inner,
    Outer,
}
