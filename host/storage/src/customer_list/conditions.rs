//! What a filter asks of a customer, ready to be written as SQL.

use std::net::IpAddr;

use galleria_domain::{
    CountryCode, CustomerFilter, CustomerId, CustomerKind, CustomerStage, Day, FacetCondition,
    FacetOp, FacetValue, Instant, StoreId, digits, fold, fold_strip, like_pattern, phone_needle,
    postal_key,
};

use crate::customer_search::grams_of_words;
use crate::sql::Sql;

/// A condition on a facet, with the kinds of account from which a value follows that meets it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FacetTest {
    /// What is asked of the stored values; a list of no values is met by none.
    pub condition: FacetCondition,
    /// Kinds of account that meet it in any case.
    pub or_kinds: Vec<CustomerKind>,
}

/// One text looked for in one place.
pub(super) struct TextTest {
    /// Where, with accents counting or not.
    column: &'static str,
    /// It is found if all parts of one of these are.
    alternatives: Vec<Vec<String>>,
}

const PHONE_DIGITS_MIN: usize = 3;

impl TextTest {
    fn new(columns: [&'static str; 2], text: &str, ignore_accents: bool) -> Self {
        let [with_accents, without] = columns;
        let column = if ignore_accents { without } else { with_accents };
        let folded = if ignore_accents { fold_strip(text) } else { fold(text) };
        let words: Vec<_> = folded.split_whitespace().map(str::to_owned).collect();
        let alternatives = if words.is_empty() { Vec::new() } else { vec![words] };
        Self { column, alternatives }
    }

    fn phone(text: &str) -> Self {
        Self { column: "c.phone_digits", alternatives: phone_parts(text).into_iter().collect() }
    }

    /// All text tests of a filter.
    pub(super) fn of(filter: &CustomerFilter) -> Vec<Self> {
        let mut tests = Vec::new();
        let mut add = |columns, text: &Option<String>| {
            tests.extend(text.as_ref().map(|text| Self::new(columns, text, filter.ignore_accents)));
        };
        add(["c.name_fold", "COALESCE(c.name_strip, c.name_fold)"], &filter.name);
        add(["c.email_fold", "COALESCE(c.email_strip, c.email_fold)"], &filter.email);
        add(["c.company_fold", "COALESCE(c.company_strip, c.company_fold)"], &filter.company);
        tests.extend(filter.phone.as_deref().map(Self::phone));
        tests.extend(filter.q.as_deref().map(|q| {
            let columns = ["COALESCE(c.search_fold, c.search)", "c.search"];
            let mut test = Self::new(columns, q, filter.ignore_accents);
            test.alternatives.extend(phone_parts(q).filter(|_| looks_like_phone(q)));
            test
        }));
        tests
    }

    /// ` AND …`
    pub(super) fn push(&self, sql: &mut Sql) {
        sql.push(" AND (");
        for (at, parts) in self.alternatives.iter().enumerate() {
            sql.push(if at == 0 { "(" } else { " OR (" });
            push_contains_all(sql, self.column, parts);
            sql.push(")");
        }
        sql.push(if self.alternatives.is_empty() { "FALSE)" } else { ")" });
    }

    /// The same on the column that all texts are in, without accents: what an index is made of.
    pub(super) fn push_on_search(&self, sql: &mut Sql) {
        let bare = self
            .alternatives
            .iter()
            .map(|parts| parts.iter().map(|part| fold_strip(part)).collect());
        Self { column: "c.search", alternatives: bare.collect() }.push(sql);
    }

    /// What to ask the index of fragments; `None` if it can't narrow this down.
    pub(super) fn grams(&self) -> Option<String> {
        let asked: Vec<_> = self.alternatives.iter().map(|parts| grams_of_words(parts)).collect();
        let narrows = !asked.is_empty() && asked.iter().all(|grams| !grams.is_empty());
        narrows.then(|| format!("({})", asked.join(") OR (")))
    }
}

/// That all parts are in the column; where nothing is looked for, nothing is found.
fn push_contains_all(sql: &mut Sql, column: &str, parts: &[String]) {
    if parts.is_empty() {
        sql.push("FALSE");
    }
    for (at, part) in parts.iter().enumerate() {
        sql.push(if at == 0 { "" } else { " AND " }).push(column).push(" LIKE ");
        sql.bind(like_pattern(part)).push(" ESCAPE '\\'");
    }
}

/// A number without the zeros in front; of nothing but zeros, all of it.
fn phone_parts(text: &str) -> Option<Vec<String>> {
    let needle = Some(phone_needle(text)).filter(|needle| !needle.is_empty());
    needle.or_else(|| Some(digits(text)).filter(|digits| !digits.is_empty())).map(|part| vec![part])
}

/// Whether a text is written as people write phone numbers.
fn looks_like_phone(text: &str) -> bool {
    let is_dialled = |c: char| c.is_numeric() || c.is_whitespace() || "+-()/.".contains(c);
    text.chars().all(is_dialled) && digits(text).len() >= PHONE_DIGITS_MIN
}

/// What is asked of an address, all of it of the same one.
pub(super) struct PlaceTest {
    pub(super) country: Option<CountryCode>,
    pub(super) postal: Option<String>,
    city: Option<Vec<String>>,
    place: Option<Vec<String>>,
    ignore_accents: bool,
}

impl PlaceTest {
    pub(super) fn of(filter: &CustomerFilter) -> Option<Self> {
        let folded = |text: &str| if filter.ignore_accents { fold_strip(text) } else { fold(text) };
        let words = |text: &Option<String>| -> Option<Vec<String>> {
            let text = text.as_deref().map(folded)?;
            Some(text.split_whitespace().map(str::to_owned).collect())
        };
        let asks = filter.country.is_some()
            || [&filter.zip, &filter.city, &filter.address].iter().any(|text| text.is_some());
        asks.then(|| Self {
            country: filter.country,
            postal: filter.zip.as_deref().map(postal_key),
            city: words(&filter.city),
            place: words(&filter.address),
            ignore_accents: filter.ignore_accents,
        })
    }

    /// ` AND …` on an address `a`.
    pub(super) fn push(&self, sql: &mut Sql) {
        if let Some(country) = self.country {
            sql.push(" AND a.country = ").bind(country.as_str());
        }
        if let Some(postal) = &self.postal {
            push_starts_with(sql, "a.postal_key", postal);
        }
        let columns = if self.ignore_accents {
            ["a.city_strip", "a.place_strip"]
        } else {
            ["a.city_fold", "a.place_fold"]
        };
        for (column, words) in columns.into_iter().zip([&self.city, &self.place]) {
            if let Some(words) = words {
                sql.push(" AND ");
                push_contains_all(sql, column, words);
            }
        }
    }

    pub(super) fn grams(&self) -> Option<String> {
        let words: Vec<_> =
            [&self.city, &self.place].into_iter().flatten().flatten().cloned().collect();
        Some(grams_of_words(&words)).filter(|grams| !grams.is_empty())
    }
}

/// ` AND` that a column starts with a text, in a way that an index by bytes serves.
pub(super) fn push_starts_with(sql: &mut Sql, column: &str, start: &str) {
    sql.push(" AND ").push(column).push(" >= ").bind(start);
    sql.push(" AND ").push(column).push(" < ").bind(format!("{start}{}", char::MAX));
}

impl FacetTest {
    /// ` AND …`
    pub(super) fn push(&self, sql: &mut Sql) {
        let FacetCondition { plugin, key, op } = &self.condition;
        sql.push(" AND (");
        for kind in &self.or_kinds {
            sql.push("c.kind = ").bind(kind.as_str()).push(" OR ");
        }
        if *op == FacetOp::None {
            sql.push("NOT ");
        }
        sql.push("EXISTS (SELECT 1 FROM facets f WHERE f.customer_id = c.id AND f.plugin = ");
        sql.bind(plugin.as_str()).push(" AND f.key = ").bind(key.as_str());
        self.push_value(sql);
        sql.push("))");
    }

    /// ` AND …` on a facet `f` of the right plugin and key.
    pub(super) fn push_value(&self, sql: &mut Sql) {
        match &self.condition.op {
            FacetOp::None => {}
            FacetOp::Is(value) => push_values(sql, std::slice::from_ref(value)),
            FacetOp::AnyOf(values) => push_values(sql, values),
            FacetOp::AtLeast(least) => {
                sql.push(" AND f.text_value = '' AND f.number_value >= ").bind(*least);
            }
            FacetOp::AtMost(most) => {
                sql.push(" AND f.text_value = '' AND f.number_value <= ").bind(*most);
            }
        }
    }

    /// Whether its stored values alone can decide, and few may have them.
    pub(super) fn is_narrow(&self) -> bool {
        self.or_kinds.is_empty() && self.condition.op != FacetOp::None
    }
}

fn push_values(sql: &mut Sql, values: &[FacetValue]) {
    match values {
        [] => {
            sql.push(" AND FALSE");
        }
        [value] => {
            let (text, number) = facet_columns(value);
            sql.push(" AND f.text_value = ").bind(text).push(" AND f.number_value = ").bind(number);
        }
        values => {
            sql.push(" AND (f.text_value, f.number_value) IN (VALUES ");
            for (at, value) in values.iter().enumerate() {
                let (text, number) = facet_columns(value);
                sql.push(if at == 0 { "(" } else { ", (" });
                sql.bind(text).push(", ").bind(number).push(")");
            }
            sql.push(")");
        }
    }
}

/// What stands in the two columns of a facet's value.
pub(crate) fn facet_columns(value: &FacetValue) -> (&str, i64) {
    match value {
        FacetValue::Text(text) => (text, 0),
        FacetValue::Number(number) => ("", *number),
        FacetValue::Flag(flag) => ("", i64::from(*flag)),
    }
}

/// ` AND …` for all that a filter asks of a customer `c`, but for store and deletion.
pub(super) fn push_plain(sql: &mut Sql, filter: &CustomerFilter) {
    let mut text = |column: &str, value: Option<&str>| {
        if let Some(value) = value {
            sql.push(" AND ").push(column).push(" = ").bind(value);
        }
    };
    text("c.kind", filter.kind().map(CustomerKind::as_str));
    text("c.stage", filter.stage.map(CustomerStage::as_str));
    text("c.last_ip", filter.ip.map(|ip: IpAddr| ip.to_string()).as_deref());
    text("c.date_of_birth", filter.dob.map(|day: Day| day.to_string()).as_deref());
    for (column, flag) in [("c.active", filter.active), ("c.tax_exempt", filter.tax_exempt)] {
        if let Some(flag) = flag {
            sql.push(" AND ").push(column).push(" = ").bind(flag);
        }
    }
    for (test, number) in [
        ("c.birth_day =", filter.birth_day.map(i64::from)),
        ("c.birth_month =", filter.birth_month.map(i64::from)),
        ("c.created_at >=", filter.created_from.map(Instant::as_micros)),
        ("c.created_at <", filter.created_to.map(Instant::as_micros)),
        ("c.last_activity_at >=", filter.active_from.map(Instant::as_micros)),
        ("c.last_activity_at <", filter.active_to.map(Instant::as_micros)),
        ("c.orders_count >=", filter.orders_min.map(i64::from)),
        ("c.orders_count <=", filter.orders_max.map(i64::from)),
    ] {
        if let Some(number) = number {
            sql.push(" AND ").push(test).push(" ").bind(number);
        }
    }
    if let Some(spent) = filter.spent_min {
        sql.push(" AND EXISTS (SELECT 1 FROM customer_spending s WHERE s.customer_id = c.id");
        sql.push(" AND s.currency = ").bind(spent.currency.as_str());
        sql.push(" AND s.amount >= ").bind(spent.amount).push(")");
    }
}

/// ` AND` that the customer is among these.
pub(super) fn push_ids(sql: &mut Sql, ids: &[CustomerId]) {
    sql.push(" AND c.id IN (");
    if ids.is_empty() {
        sql.push("''");
    }
    sql.bind_list(ids.iter().map(CustomerId::as_str)).push(")");
}

/// `c.store_id = … AND c.deleted_at IS NULL`
pub(super) fn push_store(sql: &mut Sql, store: &StoreId) {
    sql.push("c.store_id = ").bind(store.as_str()).push(" AND c.deleted_at IS NULL");
}
