//! Between a customer and the row that holds it.

use galleria_domain::{
    AddressId, CreatedVia, Customer, CustomerId, CustomerKind, CustomerStage, EmailAddress,
    Instant, fold,
};

use crate::customer_search::SearchColumns;
use crate::error::{Result, StorageError};
use crate::row::{from_json, instant_if, micros_if, parsed, parsed_if, signed, to_json, unsigned};
use crate::sql::{Sql, Value};

/// What [`CustomerRow`] is read from, of a table called `c`.
pub(crate) const COLUMNS: &str = "c.seq, c.id, c.store_id, c.version, c.number, c.kind, c.stage, c.active, \
    c.email, c.email_verified_at, c.email_alt, c.phone, c.phone_alt, c.fax, c.title, c.first_name, \
    c.last_name, c.company, c.gender, c.date_of_birth, c.language, c.time_zone, c.vat_number, \
    c.tax_exempt, c.accepts_marketing, c.admin_comment, c.external_ref, c.custom, \
    c.default_billing_id, c.default_shipping_id, c.orders_count, c.total_spent, \
    c.first_purchase_at, c.last_order_at, c.created_at, c.created_via, c.created_by, \
    c.last_login_at, c.last_activity_at, c.last_ip, c.merged_into, c.deleted_at, c.anonymized_at";

#[derive(sqlx::FromRow)]
pub(crate) struct CustomerRow {
    pub(crate) seq: i64,
    id: String,
    store_id: String,
    version: i64,
    number: i64,
    kind: String,
    stage: String,
    active: bool,
    email: Option<String>,
    email_verified_at: Option<i64>,
    email_alt: Option<String>,
    phone: Option<String>,
    phone_alt: Option<String>,
    fax: Option<String>,
    title: Option<String>,
    first_name: String,
    last_name: String,
    company: Option<String>,
    gender: Option<String>,
    date_of_birth: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    vat_number: Option<String>,
    tax_exempt: bool,
    accepts_marketing: Option<bool>,
    admin_comment: String,
    external_ref: Option<String>,
    custom: String,
    default_billing_id: Option<String>,
    default_shipping_id: Option<String>,
    orders_count: i64,
    total_spent: String,
    first_purchase_at: Option<i64>,
    last_order_at: Option<i64>,
    created_at: i64,
    created_via: String,
    created_by: Option<String>,
    last_login_at: Option<i64>,
    last_activity_at: Option<i64>,
    last_ip: Option<String>,
    merged_into: Option<String>,
    deleted_at: Option<i64>,
    anonymized_at: Option<i64>,
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StorageError;

    fn try_from(row: CustomerRow) -> Result<Self> {
        Ok(Self {
            id: parsed("customers.id", &row.id)?,
            store: parsed("customers.store_id", &row.store_id)?,
            number: unsigned("customers.number", row.number)?,
            version: unsigned("customers.version", row.version)?,
            kind: parsed("customers.kind", &row.kind)?,
            stage: parsed("customers.stage", &row.stage)?,
            active: row.active,
            email: parsed_if("customers.email", row.email.as_deref())?,
            email_verified_at: instant_if(row.email_verified_at),
            email_alt: parsed_if("customers.email_alt", row.email_alt.as_deref())?,
            phone: row.phone,
            phone_alt: row.phone_alt,
            fax: row.fax,
            title: row.title,
            first_name: row.first_name,
            last_name: row.last_name,
            company: row.company,
            gender: row.gender,
            date_of_birth: parsed_if("customers.date_of_birth", row.date_of_birth.as_deref())?,
            language: parsed_if("customers.language", row.language.as_deref())?,
            time_zone: parsed_if("customers.time_zone", row.time_zone.as_deref())?,
            vat_number: row.vat_number,
            tax_exempt: row.tax_exempt,
            accepts_marketing: row.accepts_marketing,
            admin_comment: row.admin_comment,
            external_ref: row.external_ref,
            custom: from_json("customers.custom", &row.custom)?,
            default_billing_id: parsed_if(
                "customers.default_billing_id",
                row.default_billing_id.as_deref(),
            )?,
            default_shipping_id: parsed_if(
                "customers.default_shipping_id",
                row.default_shipping_id.as_deref(),
            )?,
            orders_count: unsigned("customers.orders_count", row.orders_count)?,
            total_spent: from_json("customers.total_spent", &row.total_spent)?,
            first_purchase_at: instant_if(row.first_purchase_at),
            last_order_at: instant_if(row.last_order_at),
            created_at: Instant::from_micros(row.created_at),
            created_via: parsed("customers.created_via", &row.created_via)?,
            created_by: parsed_if("customers.created_by", row.created_by.as_deref())?,
            last_login_at: instant_if(row.last_login_at),
            last_activity_at: instant_if(row.last_activity_at),
            last_ip: parsed_if("customers.last_ip", row.last_ip.as_deref())?,
            merged_into: parsed_if("customers.merged_into", row.merged_into.as_deref())?,
            deleted_at: instant_if(row.deleted_at),
            anonymized_at: instant_if(row.anonymized_at),
        })
    }
}

/// A value for a column, or null.
type Cell = Option<Value>;

fn text(value: Option<&str>) -> Cell {
    value.map(Value::from)
}

fn email(value: Option<&EmailAddress>) -> Cell {
    text(value.map(EmailAddress::as_str))
}

fn shown<T: ToString>(value: Option<T>) -> Cell {
    value.map(|value| Value::Text(value.to_string()))
}

fn micros(value: Option<Instant>) -> Cell {
    micros_if(value).map(Value::Number)
}

/// All columns but `seq`, with what stands in them for this customer.
///
/// The customer is taken apart by name: a new field doesn't compile until it has a column.
pub(crate) fn cells(customer: &Customer, search: &SearchColumns) -> Vec<(&'static str, Cell)> {
    let mut cells = account_cells(customer);
    cells.extend(person_cells(customer));
    cells.extend(search.cells());
    cells
}

fn account_cells(customer: &Customer) -> Vec<(&'static str, Cell)> {
    let Customer {
        id,
        store,
        number,
        version,
        kind,
        stage,
        active,
        tax_exempt,
        accepts_marketing,
        admin_comment,
        external_ref,
        custom,
        default_billing_id,
        default_shipping_id,
        orders_count,
        total_spent,
        first_purchase_at,
        last_order_at,
        created_at,
        created_via,
        created_by,
        last_login_at,
        last_activity_at,
        last_ip,
        merged_into,
        deleted_at,
        anonymized_at,
        ..
    } = customer;
    vec![
        ("id", text(Some(id.as_str()))),
        ("store_id", text(Some(store.as_str()))),
        ("version", Some(signed(*version).into())),
        ("number", Some(signed(*number).into())),
        ("kind", text(Some(CustomerKind::as_str(*kind)))),
        ("stage", text(Some(CustomerStage::as_str(*stage)))),
        ("active", Some((*active).into())),
        ("tax_exempt", Some((*tax_exempt).into())),
        ("accepts_marketing", accepts_marketing.map(Value::Flag)),
        ("admin_comment", text(Some(admin_comment))),
        ("external_ref", text(external_ref.as_deref())),
        ("custom", Some(to_json(custom).into())),
        ("default_billing_id", text(default_billing_id.as_ref().map(AddressId::as_str))),
        ("default_shipping_id", text(default_shipping_id.as_ref().map(AddressId::as_str))),
        ("orders_count", Some(i64::from(*orders_count).into())),
        ("total_spent", Some(to_json(total_spent).into())),
        ("first_purchase_at", micros(*first_purchase_at)),
        ("last_order_at", micros(*last_order_at)),
        ("created_at", Some(created_at.as_micros().into())),
        ("created_via", text(Some(CreatedVia::as_str(*created_via)))),
        ("created_by", shown(created_by.as_ref())),
        ("last_login_at", micros(*last_login_at)),
        ("last_activity_at", micros(*last_activity_at)),
        ("last_ip", shown(last_ip.as_ref())),
        ("merged_into", text(merged_into.as_ref().map(CustomerId::as_str))),
        ("deleted_at", micros(*deleted_at)),
        ("anonymized_at", micros(*anonymized_at)),
    ]
}

fn person_cells(customer: &Customer) -> Vec<(&'static str, Cell)> {
    // The other half of `account_cells`, which names the rest of the fields.
    let Customer {
        email: own_email,
        email_verified_at,
        email_alt,
        phone,
        phone_alt,
        fax,
        title,
        first_name,
        last_name,
        company,
        gender,
        date_of_birth,
        language,
        time_zone,
        vat_number,
        ..
    } = customer;
    vec![
        ("email", email(own_email.as_ref())),
        ("email_norm", text(own_email.as_ref().map(EmailAddress::normalized))),
        ("email_verified_at", micros(*email_verified_at)),
        ("email_alt", email(email_alt.as_ref())),
        ("phone", text(phone.as_deref())),
        ("phone_alt", text(phone_alt.as_deref())),
        ("fax", text(fax.as_deref())),
        ("title", text(title.as_deref())),
        ("first_name", text(Some(first_name))),
        ("last_name", text(Some(last_name))),
        ("company", text(company.as_deref())),
        ("gender", text(gender.as_deref())),
        ("date_of_birth", shown(date_of_birth.as_ref())),
        ("birth_month", date_of_birth.map(|day| i64::from(day.month()).into())),
        ("birth_day", date_of_birth.map(|day| i64::from(day.day()).into())),
        ("language", shown(language.as_ref())),
        ("time_zone", shown(time_zone.as_ref())),
        ("vat_number", text(vat_number.as_deref())),
        ("name_sort", text(name_sort(first_name, last_name).as_deref())),
    ]
}

/// Last name, then first name, folded; nothing if there is neither.
fn name_sort(first: &str, last: &str) -> Option<String> {
    let joined = fold(&format!("{last} {first}"));
    let name = joined.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// `INSERT INTO customers (…) VALUES (…)`, with the first free `seq` of a window of 1,024; a null is
/// written as such and needs no value.
pub(crate) fn insert_sql(cells: &[(&'static str, Cell)], window: i64) -> Sql {
    let mut sql = Sql::new("INSERT INTO customers (seq");
    for (column, _) in cells {
        sql.push(", ").push(column);
    }
    sql.push(") VALUES ((SELECT COALESCE(MAX(seq) + 1, ").bind(window);
    sql.push(") FROM customers WHERE seq >= ").bind(window);
    sql.push(" AND seq < ").bind(window + super::SEQS_PER_MILLISECOND).push(")");
    for (_, cell) in cells {
        sql.push(", ");
        push_cell(&mut sql, cell.clone());
    }
    sql.push(")");
    sql
}

/// `UPDATE customers SET …` for those cells that differ.
pub(crate) fn update_sql(before: &[(&'static str, Cell)], after: Vec<(&'static str, Cell)>) -> Sql {
    let mut sql = Sql::new("UPDATE customers SET ");
    let mut first = true;
    for ((column, cell), (_, stored)) in after.into_iter().zip(before) {
        if cell != *stored {
            sql.push(if first { "" } else { ", " }).push(column).push(" = ");
            push_cell(&mut sql, cell);
            first = false;
        }
    }
    sql
}

fn push_cell(sql: &mut Sql, cell: Cell) {
    match cell {
        Some(value) => sql.bind(value),
        None => sql.push("NULL"),
    };
}
