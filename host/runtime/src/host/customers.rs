use galleria_app::addresses::{self, SeenAddress};
use galleria_app::customers::{self, SeenCustomer};
use galleria_domain::{
    Address, Change, Customer, CustomerChange, CustomerDraft, CustomerFilter, CustomerId,
    CustomerKind, CustomerSort, CustomerStage, Instant,
};

use crate::bindings::imports::galleria::customers::customers as wit;
use crate::bindings::imports::galleria::shared::faults::Fault;
use crate::bindings::imports::galleria::shared::values::PageRequest as WitPageRequest;
use crate::fault::HostError;
use crate::host::{HostFunction, page_request};
use crate::state::CallState;

impl wit::Host for CallState {
    async fn get(&mut self, id: String) -> Result<wit::Customer, HostError> {
        let work = self.enter(HostFunction::CustomersGet)?;
        let answer = customers::get(work, &customer_id(&id)?).await;
        self.answer(answer).map(Into::into)
    }

    async fn get_many(&mut self, ids: Vec<String>) -> Result<Vec<wit::Customer>, HostError> {
        let work = self.enter(HostFunction::CustomersGetMany)?;
        // Text that is no id names nobody, like an id of somebody who isn't there.
        let ids: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let answer = customers::get_many(work, &ids).await;
        Ok(self.answer(answer)?.into_iter().map(Into::into).collect())
    }

    async fn find_by_email(&mut self, email: String) -> Result<Option<String>, HostError> {
        let work = self.enter(HostFunction::CustomersFindByEmail)?;
        let answer = customers::find_by_email(work, &email).await;
        Ok(self.answer(answer)?.map(|id| id.to_string()))
    }

    async fn list_page(
        &mut self,
        filter: wit::CustomerFilter,
        page: WitPageRequest,
    ) -> Result<wit::CustomerPage, HostError> {
        let work = self.enter(HostFunction::CustomersListPage)?;
        let answer = match page_request(&page) {
            Ok(page) => {
                let (facets, sort) = (work.app().facets(), CustomerSort::default());
                customers::list(work, &facets, &filter.into(), &sort, &page).await
            }
            Err(mistake) => Err(vec![mistake].into()),
        };
        let page = self.answer(answer)?;
        let next = page.next.map(|cursor| cursor.to_string());
        Ok(wit::CustomerPage { items: page.items.into_iter().map(Into::into).collect(), next })
    }

    async fn create(&mut self, draft: wit::CustomerDraft) -> Result<wit::Customer, HostError> {
        let work = self.enter(HostFunction::CustomersCreate)?;
        let answer = customers::create(work, draft.into()).await;
        self.answer(answer).map(Into::into)
    }

    async fn update(
        &mut self,
        id: String,
        version: u64,
        change: wit::CustomerChange,
    ) -> Result<wit::Customer, HostError> {
        let work = self.enter(HostFunction::CustomersUpdate)?;
        let answer =
            customers::update(work, &customer_id(&id)?, &change.into(), Some(version)).await;
        self.answer(answer).map(Into::into)
    }

    async fn addresses(&mut self, id: String) -> Result<Vec<wit::Address>, HostError> {
        let work = self.enter(HostFunction::CustomersAddresses)?;
        let answer = addresses::list(work, &customer_id(&id)?).await;
        Ok(self.answer(answer)?.into_iter().map(Into::into).collect())
    }
}

/// Text that is no id can't name a customer: the same answer as for one who isn't there.
fn customer_id(text: &str) -> Result<CustomerId, HostError> {
    text.parse().map_err(|_| HostError::Fault(Fault::NotFound))
}

impl From<SeenCustomer> for wit::Customer {
    fn from(seen: SeenCustomer) -> Self {
        let SeenCustomer { customer, is_masked } = seen;
        Self {
            id: customer.id.to_string(),
            version: customer.version,
            number: customer.number,
            kind: kind(customer.kind),
            stage: stage(customer.stage),
            active: customer.active,
            tax_exempt: customer.tax_exempt,
            language: text(customer.language.as_ref()),
            time_zone: text(customer.time_zone.as_ref().map(galleria_domain::TimeZoneName::as_str)),
            created_at: customer.created_at.as_micros(),
            last_login_at: customer.last_login_at.map(Instant::as_micros),
            last_activity_at: customer.last_activity_at.map(Instant::as_micros),
            personal: (!is_masked).then(|| personal(customer)),
        }
    }
}

fn personal(customer: Customer) -> wit::PersonalData {
    wit::PersonalData {
        email: text(customer.email.as_ref().map(galleria_domain::EmailAddress::as_str)),
        email_verified: customer.email_verified_at.is_some(),
        email_alt: text(customer.email_alt.as_ref().map(galleria_domain::EmailAddress::as_str)),
        phone: customer.phone,
        phone_alt: customer.phone_alt,
        fax: customer.fax,
        title: customer.title,
        first_name: customer.first_name,
        last_name: customer.last_name,
        company: customer.company,
        gender: customer.gender,
        date_of_birth: text(customer.date_of_birth),
        vat_number: customer.vat_number,
        last_ip: text(customer.last_ip),
    }
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn kind(kind: CustomerKind) -> wit::CustomerKind {
    match kind {
        CustomerKind::Guest => wit::CustomerKind::Guest,
        CustomerKind::Registered => wit::CustomerKind::Registered,
    }
}

fn stage(stage: CustomerStage) -> wit::CustomerStage {
    match stage {
        CustomerStage::Visitor => wit::CustomerStage::Visitor,
        CustomerStage::Lead => wit::CustomerStage::Lead,
        CustomerStage::Customer => wit::CustomerStage::Customer,
    }
}

impl From<wit::CustomerKind> for CustomerKind {
    fn from(kind: wit::CustomerKind) -> Self {
        match kind {
            wit::CustomerKind::Guest => Self::Guest,
            wit::CustomerKind::Registered => Self::Registered,
        }
    }
}

impl From<wit::CustomerStage> for CustomerStage {
    fn from(stage: wit::CustomerStage) -> Self {
        match stage {
            wit::CustomerStage::Visitor => Self::Visitor,
            wit::CustomerStage::Lead => Self::Lead,
            wit::CustomerStage::Customer => Self::Customer,
        }
    }
}

impl From<wit::CustomerFilter> for CustomerFilter {
    fn from(filter: wit::CustomerFilter) -> Self {
        let wit::CustomerFilter { search, kind, stage, active, created_from, created_to } = filter;
        Self {
            q: search,
            has_account: kind.map(|kind| kind == wit::CustomerKind::Registered),
            stage: stage.map(Into::into),
            active,
            created_from: created_from.map(Instant::from_micros),
            created_to: created_to.map(Instant::from_micros),
            ..Self::default()
        }
    }
}

impl From<wit::CustomerDraft> for CustomerDraft {
    fn from(draft: wit::CustomerDraft) -> Self {
        let wit::CustomerDraft { kind, email, phone, first_name, last_name, company, language } =
            draft;
        Self {
            kind: Some(kind.into()),
            email,
            phone,
            first_name: Some(first_name),
            last_name: Some(last_name),
            company,
            language,
            ..Self::default()
        }
    }
}

impl From<wit::CustomerChange> for CustomerChange {
    fn from(change: wit::CustomerChange) -> Self {
        let wit::CustomerChange {
            email,
            phone,
            first_name,
            last_name,
            company,
            language,
            tax_exempt,
            active,
        } = change;
        Self {
            email: Change::set_if(email),
            phone: Change::set_if(phone),
            first_name,
            last_name,
            company: Change::set_if(company),
            language: Change::set_if(language),
            tax_exempt,
            active,
            ..Self::default()
        }
    }
}

impl From<SeenAddress> for wit::Address {
    fn from(seen: SeenAddress) -> Self {
        let SeenAddress { address, is_default_billing, is_default_shipping } = seen;
        let Address { id, customer: _, version, label, postal, .. } = address;
        Self {
            id: id.to_string(),
            version,
            label,
            first_name: postal.first_name,
            last_name: postal.last_name,
            company: postal.company,
            line1: postal.line1,
            line2: postal.line2,
            city: postal.city,
            county: postal.county,
            region: postal.region,
            region_code: postal.region_code,
            postal_code: postal.postal_code,
            country: postal.country.as_str().to_owned(),
            phone: postal.phone,
            default_billing: is_default_billing,
            default_shipping: is_default_shipping,
        }
    }
}
