//! The query of a list of customers: the host's own filters, and those that plugins bring.

use std::net::IpAddr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use galleria_domain::{
    CountryCode, CustomerFilter, CustomerId, CustomerSort, CustomerStage, Day, FacetCondition,
    FieldCode, FieldError, Instant, InvalidId, Mistakes, Money, UnknownSort,
};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::{PageQuery, describe, page_query, pairs, read};
use crate::problem::Problem;
use crate::state::HttpState;

/// Which customers to list. Besides these there are the filters of plugins: `x.{plugin}.{facet}`
/// and their short names, such as `role` and `role_none`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerParams {
    /// Part of a name, an email, a company or a phone number.
    q: Option<String>,
    /// Part of an email.
    email: Option<String>,
    /// Part of first and last name.
    name: Option<String>,
    /// Part of a phone number, by its digits.
    phone: Option<String>,
    /// Beginning of the postal code of an address.
    zip: Option<String>,
    /// Part of the city of an address.
    city: Option<String>,
    /// Part of any line of an address.
    address: Option<String>,
    /// Country of an address, by its two letters.
    #[schemars(with = "Option<String>")]
    country: Option<CountryCode>,
    /// Part of the company.
    company: Option<String>,
    /// The very IP address that they were last seen at.
    #[schemars(with = "Option<String>")]
    ip: Option<IpAddr>,
    /// Date of birth.
    #[schemars(with = "Option<String>")]
    dob: Option<Day>,
    /// Day of the month of birth.
    birth_day: Option<u8>,
    /// Month of birth.
    birth_month: Option<u8>,
    /// How far they have come: `visitor`, `lead` or `customer`.
    #[schemars(with = "Option<String>")]
    stage: Option<CustomerStage>,
    /// Whether they are registered.
    has_account: Option<bool>,
    /// Whether they are active.
    active: Option<bool>,
    /// Whether they pay no tax by themselves.
    tax_exempt: Option<bool>,
    /// Made at this time or later.
    #[schemars(with = "Option<String>")]
    created_from: Option<Instant>,
    /// Made before this time.
    #[schemars(with = "Option<String>")]
    created_to: Option<Instant>,
    /// Last active at this time or later.
    #[schemars(with = "Option<String>")]
    active_from: Option<Instant>,
    /// Last active before this time.
    #[schemars(with = "Option<String>")]
    active_to: Option<Instant>,
    /// With so many orders or more.
    orders_min: Option<u32>,
    /// With so many orders or fewer.
    orders_max: Option<u32>,
    /// Who spent so many minor units or more in `spent_currency`.
    spent_min: Option<i64>,
    /// The currency of `spent_min`.
    spent_currency: Option<String>,
    /// Among these, parted by commas.
    ids: Option<String>,
    /// Whether `a` finds `å` as well.
    #[serde(default)]
    ignore_accents: bool,
    /// In which order: `-created_at` unless said otherwise; `name`, `email`, `number`,
    /// `orders_count`, `last_activity_at`, `x.{plugin}.{facet}`, with `-` for backwards.
    sort: Option<String>,
}

/// A filter's name that is the host's own; a plugin that brings one of the same name has its long
/// name only.
const OWN: &[&str] = &[
    "q",
    "email",
    "name",
    "phone",
    "zip",
    "city",
    "address",
    "country",
    "company",
    "ip",
    "dob",
    "birth_day",
    "birth_month",
    "stage",
    "has_account",
    "active",
    "tax_exempt",
    "created_from",
    "created_to",
    "active_from",
    "active_to",
    "orders_min",
    "orders_max",
    "spent_min",
    "spent_currency",
    "ids",
    "ignore_accents",
    "sort",
];

/// Which customers are wanted, in which order, and which part of them.
#[derive(Debug)]
pub(super) struct CustomerQuery {
    pub(super) page: PageQuery,
    pub(super) filter: CustomerFilter,
    pub(super) sort: CustomerSort,
}

impl FromRequestParts<HttpState> for CustomerQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let (page, filters) = page_query(pairs(parts.uri.query())?)?;
        let facets = state.app.facets();
        let (mut own, mut conditions) = (Vec::new(), Vec::new());
        for (name, value) in filters {
            let is_own = OWN.contains(&name.as_str());
            match facets.condition(&name, &value).filter(|_| !is_own) {
                Some(condition) => {
                    conditions.push(condition.map_err(|error| Problem::invalid(vec![error]))?);
                }
                None => own.push((name, value)),
            }
        }
        let params: CustomerParams = read(&own)?;
        let (filter, sort) = params.into_parts(conditions).map_err(Problem::invalid)?;
        Ok(Self { page, filter, sort })
    }
}

impl CustomerParams {
    fn into_parts(
        self,
        facets: Vec<FacetCondition>,
    ) -> Result<(CustomerFilter, CustomerSort), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let sort: Result<Option<CustomerSort>, UnknownSort> =
            self.sort.as_deref().map(str::parse).transpose();
        let sort = mistakes.keep("sort", sort);
        let read_ids = |ids: &str| ids.split(',').map(str::parse).collect();
        let ids: Result<Option<Vec<CustomerId>>, InvalidId> =
            self.ids.as_deref().map(read_ids).transpose();
        let ids = mistakes.keep("ids", ids);
        let spent_min = match (self.spent_min, &self.spent_currency) {
            (Some(amount), Some(currency)) => mistakes
                .parse("spent_currency", currency)
                .map(|currency| Money::new(amount, currency)),
            (Some(_), None) => {
                mistakes.add("spent_currency", FieldCode::Required, "is missing");
                None
            }
            (None, Some(_)) => {
                mistakes.add("spent_min", FieldCode::Required, "is missing");
                None
            }
            (None, None) => None,
        };
        let filter = CustomerFilter {
            q: self.q,
            email: self.email,
            name: self.name,
            phone: self.phone,
            zip: self.zip,
            city: self.city,
            address: self.address,
            country: self.country,
            company: self.company,
            ip: self.ip,
            dob: self.dob,
            birth_day: self.birth_day,
            birth_month: self.birth_month,
            stage: self.stage,
            has_account: self.has_account,
            active: self.active,
            tax_exempt: self.tax_exempt,
            created_from: self.created_from,
            created_to: self.created_to,
            active_from: self.active_from,
            active_to: self.active_to,
            orders_min: self.orders_min,
            orders_max: self.orders_max,
            spent_min,
            ids: ids.flatten(),
            ignore_accents: self.ignore_accents,
            facets,
        };
        mistakes.finish((filter, sort.flatten().unwrap_or_default()))
    }
}

impl OperationInput for CustomerQuery {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe::<PageQuery>(ctx, operation);
        describe::<CustomerParams>(ctx, operation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_filters_are_all_named() {
        let schema = schemars::schema_for!(CustomerParams);
        let fields = schema.get("properties").and_then(|fields| fields.as_object()).unwrap();
        let mut named: Vec<_> = fields.keys().map(String::as_str).collect();
        let mut own = OWN.to_vec();
        named.sort_unstable();
        own.sort_unstable();
        assert_eq!(named, own);
    }
}
