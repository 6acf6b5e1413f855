//! On SQLite: where the few that match may be found, and how many there are.

use std::net::IpAddr;

use galleria_domain::{CountryCode, CustomerFilter, CustomerId, Day, StoreId};

use super::conditions::{FacetTest, PlaceTest, TextTest, push_ids, push_starts_with};
use crate::conn::on;
use crate::customer_search::Index;
use crate::error::Result;
use crate::sql::{Sql, fetch_number};
use crate::unit::Unit;

/// A condition that an index answers with the `seq` of all who meet it.
pub(super) enum Source<'a> {
    /// Fragments of texts, as FTS5 is asked for them.
    Grams(Index, String),
    Ids(&'a [CustomerId]),
    Ip(IpAddr),
    Born(Day),
    Birthday(u8, Option<u8>),
    Country(CountryCode),
    Postal(String),
    Facet(&'a FacetTest),
}

impl<'a> Source<'a> {
    /// All that a filter offers.
    pub(super) fn of(
        filter: &'a CustomerFilter,
        facets: &'a [FacetTest],
        texts: &[TextTest],
        place: Option<&PlaceTest>,
    ) -> Vec<Self> {
        let grams: Vec<_> = texts.iter().filter_map(TextTest::grams).collect();
        let grams = (!grams.is_empty()).then(|| format!("({})", grams.join(") AND (")));
        let place_grams = place.and_then(PlaceTest::grams);
        let postal = place.and_then(|place| place.postal.clone()).map(Self::Postal);
        [
            grams.map(|grams| Self::Grams(Index::Customers, grams)),
            place_grams.map(|grams| Self::Grams(Index::Places, grams)),
            filter.ids.as_deref().map(Self::Ids),
            filter.ip.map(Self::Ip),
            filter.dob.map(Self::Born),
            filter.birth_month.map(|month| Self::Birthday(month, filter.birth_day)),
            filter.country.map(Self::Country),
            postal,
        ]
        .into_iter()
        .flatten()
        .chain(facets.iter().filter(|facet| facet.is_narrow()).map(Self::Facet))
        .collect()
    }

    /// Whether its rows come in the order of age, one by one.
    pub(super) fn is_along_age(&self) -> bool {
        matches!(self, Self::Grams(Index::Customers, _))
    }

    /// How many rows it has, counted up to `max`.
    pub(super) async fn count(&self, unit: &mut Unit, store: &StoreId, max: i64) -> Result<i64> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM (");
        self.push(&mut sql, store, Wanted::Rows);
        sql.push(" LIMIT ").bind(max).push(")");
        Ok(fetch_number!(unit, sql)?)
    }

    /// `SELECT …` of the `seq` of everybody in it, some of them maybe twice.
    pub(super) fn push_seqs(&self, sql: &mut Sql, store: &StoreId) {
        self.push(sql, store, Wanted::Seqs);
    }

    fn push(&self, sql: &mut Sql, store: &StoreId, wanted: Wanted) {
        match self {
            Self::Grams(index, grams) => {
                let table = index.table();
                sql.push("SELECT rowid FROM ").push(table).push(" WHERE ").push(table);
                sql.push(" MATCH ").bind(grams.as_str());
            }
            Self::Ids(ids) => {
                sql.push("SELECT c.seq FROM customers c WHERE TRUE");
                push_ids(sql, ids);
            }
            Self::Ip(ip) => {
                push_customers(sql, store);
                sql.push(" AND c.last_ip = ").bind(ip.to_string());
            }
            Self::Born(day) => {
                push_customers(sql, store);
                sql.push(" AND c.date_of_birth = ").bind(day.to_string());
            }
            Self::Birthday(month, day) => {
                push_customers(sql, store);
                sql.push(" AND c.birth_month = ").bind(i64::from(*month));
                if let Some(day) = day {
                    sql.push(" AND c.birth_day = ").bind(i64::from(*day));
                }
            }
            Self::Country(country) => {
                wanted.push_from(sql, "addresses", "x");
                sql.push(" WHERE x.store_id = ").bind(store.as_str());
                sql.push(" AND x.country = ").bind(country.as_str());
            }
            Self::Postal(postal) => {
                wanted.push_from(sql, "addresses", "x");
                sql.push(" WHERE x.store_id = ").bind(store.as_str());
                push_starts_with(sql, "x.postal_key", postal);
            }
            Self::Facet(facet) => {
                wanted.push_from(sql, "facets", "f");
                sql.push(" WHERE f.plugin = ").bind(facet.condition.plugin.as_str());
                sql.push(" AND f.key = ").bind(facet.condition.key.as_str());
                facet.push_value(sql);
            }
        }
    }
}

/// What is read of a table that is about customers.
#[derive(Clone, Copy)]
enum Wanted {
    /// Just that there is a row.
    Rows,
    /// The customer's `seq`, which stands in another table.
    Seqs,
}

impl Wanted {
    fn push_from(self, sql: &mut Sql, table: &str, alias: &str) {
        match self {
            Self::Rows => sql.push("SELECT 1 FROM ").push(table).push(" ").push(alias),
            Self::Seqs => {
                sql.push("SELECT o.seq FROM ").push(table).push(" ").push(alias);
                sql.push(" CROSS JOIN customers o ON o.id = ").push(alias).push(".customer_id")
            }
        };
    }
}

fn push_customers(sql: &mut Sql, store: &StoreId) {
    sql.push("SELECT c.seq FROM customers c WHERE c.store_id = ").bind(store.as_str());
}
