//! Making and changing customers: every mistake is found, and named by its field.

use serde_json::{Map, Value};

use super::{CreatedVia, Customer, CustomerKind, CustomerStage};
use crate::change::Change;
use crate::edit::{change_line, change_parsed, set_line};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{CustomerId, StoreId};
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::{Day, Instant, InvalidDay};

/// The most bytes of an admin's comment.
pub const CUSTOMER_COMMENT_MAX_BYTES: usize = 64 * 1024;

/// The most bytes of the custom fields, as JSON.
pub const CUSTOMER_CUSTOM_MAX_BYTES: usize = 16 * 1024;

const NAME: TextRule = TextRule::line(256);
const TITLE: TextRule = TextRule::line(64);
const GENDER: TextRule = TextRule::line(64);
const PHONE: TextRule = TextRule::line(64);
const VAT_NUMBER: TextRule = TextRule::line(64);
const EXTERNAL_REF: TextRule = TextRule::line(256);
const COMMENT: TextRule = TextRule::lines(CUSTOMER_COMMENT_MAX_BYTES);

/// What a customer is to be made of, as it was given; nothing of it is checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "`Customer` says what they mean")]
pub struct CustomerDraft {
    pub kind: Option<CustomerKind>,
    pub stage: Option<CustomerStage>,
    pub active: Option<bool>,
    pub email: Option<String>,
    pub email_alt: Option<String>,
    pub phone: Option<String>,
    pub phone_alt: Option<String>,
    pub fax: Option<String>,
    pub title: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub gender: Option<String>,
    pub date_of_birth: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub vat_number: Option<String>,
    pub tax_exempt: Option<bool>,
    pub accepts_marketing: Option<bool>,
    pub admin_comment: Option<String>,
    pub external_ref: Option<String>,
    pub custom: Option<Map<String, Value>>,
}

/// What is to be different about a customer, as it was given; what isn't named stays.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "`Customer` says what they mean")]
pub struct CustomerChange {
    pub kind: Option<CustomerKind>,
    pub stage: Option<CustomerStage>,
    pub active: Option<bool>,
    pub email: Change<String>,
    pub email_alt: Change<String>,
    pub phone: Change<String>,
    pub phone_alt: Change<String>,
    pub fax: Change<String>,
    pub title: Change<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Change<String>,
    pub gender: Change<String>,
    pub date_of_birth: Change<String>,
    pub language: Change<String>,
    pub time_zone: Change<String>,
    pub vat_number: Change<String>,
    pub tax_exempt: Option<bool>,
    pub accepts_marketing: Change<bool>,
    pub admin_comment: Option<String>,
    pub external_ref: Change<String>,
    pub custom: Option<Map<String, Value>>,
}

impl From<CustomerDraft> for CustomerChange {
    fn from(draft: CustomerDraft) -> Self {
        Self {
            kind: draft.kind,
            stage: draft.stage,
            active: draft.active,
            email: Change::set_if(draft.email),
            email_alt: Change::set_if(draft.email_alt),
            phone: Change::set_if(draft.phone),
            phone_alt: Change::set_if(draft.phone_alt),
            fax: Change::set_if(draft.fax),
            title: Change::set_if(draft.title),
            first_name: draft.first_name,
            last_name: draft.last_name,
            company: Change::set_if(draft.company),
            gender: Change::set_if(draft.gender),
            date_of_birth: Change::set_if(draft.date_of_birth),
            language: Change::set_if(draft.language),
            time_zone: Change::set_if(draft.time_zone),
            vat_number: Change::set_if(draft.vat_number),
            tax_exempt: draft.tax_exempt,
            accepts_marketing: Change::set_if(draft.accepts_marketing),
            admin_comment: draft.admin_comment,
            external_ref: Change::set_if(draft.external_ref),
            custom: draft.custom,
        }
    }
}

/// What the host knows about a new customer by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerOrigin {
    /// The id it gets.
    pub id: CustomerId,
    /// The store it belongs to.
    pub store: StoreId,
    /// The number it gets.
    pub number: u64,
    /// When it is made.
    pub at: Instant,
    /// Where it comes from.
    pub via: CreatedVia,
    /// Who makes it.
    pub by: Option<Actor>,
}

impl Customer {
    /// Makes a customer; without a kind it is a guest, and without a word about it, active.
    ///
    /// `today` is the day where the store is.
    pub fn create(
        draft: CustomerDraft,
        origin: CustomerOrigin,
        today: Day,
    ) -> Result<Self, Vec<FieldError>> {
        let blank = Self {
            number: origin.number,
            version: 0,
            active: true,
            created_via: origin.via,
            created_by: origin.by,
            ..Self::blank(&origin.id, &origin.store, origin.at)
        };
        blank.apply(&draft.into(), today)
    }

    /// The customer with a change made, one version further on; or everything that is wrong with
    /// the change.
    ///
    /// A new email is not verified. `today` is the day where the store is.
    pub fn apply(&self, change: &CustomerChange, today: Day) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        next.change_contact(change, &mut mistakes);
        next.change_person(change, today, &mut mistakes);
        next.change_account(change, &mut mistakes);
        next.change_standing(change, &mut mistakes);
        mistakes.finish(next)
    }

    fn change_contact(&mut self, change: &CustomerChange, mistakes: &mut Mistakes) {
        let before = self.email.clone();
        change_parsed(mistakes, "email", &change.email, &mut self.email);
        change_parsed(mistakes, "email_alt", &change.email_alt, &mut self.email_alt);
        let same = match (&before, &self.email) {
            (Some(before), Some(after)) => before.is_same_as(after),
            (before, after) => before.is_none() && after.is_none(),
        };
        if !same {
            self.email_verified_at = None;
        }
        change_line(mistakes, "phone", &change.phone, PHONE, &mut self.phone);
        change_line(mistakes, "phone_alt", &change.phone_alt, PHONE, &mut self.phone_alt);
        change_line(mistakes, "fax", &change.fax, PHONE, &mut self.fax);
    }

    fn change_person(&mut self, change: &CustomerChange, today: Day, mistakes: &mut Mistakes) {
        change_line(mistakes, "title", &change.title, TITLE, &mut self.title);
        set_line(mistakes, "first_name", change.first_name.as_ref(), NAME, &mut self.first_name);
        set_line(mistakes, "last_name", change.last_name.as_ref(), NAME, &mut self.last_name);
        change_line(mistakes, "company", &change.company, NAME, &mut self.company);
        change_line(mistakes, "gender", &change.gender, GENDER, &mut self.gender);
        let born = "date_of_birth";
        change_parsed(mistakes, born, &change.date_of_birth, &mut self.date_of_birth);
        if !change.date_of_birth.is_keep() && self.date_of_birth.is_some_and(|day| day > today) {
            let _: Option<Day> = mistakes.keep(born, Err(InvalidDay::Future));
        }
        change_parsed(mistakes, "language", &change.language, &mut self.language);
        change_parsed(mistakes, "time_zone", &change.time_zone, &mut self.time_zone);
    }

    fn change_account(&mut self, change: &CustomerChange, mistakes: &mut Mistakes) {
        let vat = "vat_number";
        change_line(mistakes, vat, &change.vat_number, VAT_NUMBER, &mut self.vat_number);
        self.tax_exempt = change.tax_exempt.unwrap_or(self.tax_exempt);
        self.active = change.active.unwrap_or(self.active);
        match change.accepts_marketing {
            Change::Keep => {}
            Change::Clear => self.accepts_marketing = None,
            Change::Set(accepts) => self.accepts_marketing = Some(accepts),
        }
        self.change_comment(change.admin_comment.as_deref(), mistakes);
        let reference = "external_ref";
        change_line(
            mistakes,
            reference,
            &change.external_ref,
            EXTERNAL_REF,
            &mut self.external_ref,
        );
        if let Some(custom) = &change.custom {
            match check_custom(custom) {
                Ok(()) => self.custom.clone_from(custom),
                Err(error) => mistakes.extend_at("custom", [error]),
            }
        }
    }

    fn change_comment(&mut self, comment: Option<&str>, mistakes: &mut Mistakes) {
        let Some(comment) = comment else { return };
        if comment.len() > CUSTOMER_COMMENT_MAX_BYTES {
            mistakes.add("admin_comment", FieldCode::TooLong, "is longer than 65536 bytes");
        } else if mistakes.keep("admin_comment", COMMENT.check(comment)).is_some() {
            comment.clone_into(&mut self.admin_comment);
        }
    }

    /// Kind and stage, which also follow from the rest.
    fn change_standing(&mut self, change: &CustomerChange, mistakes: &mut Mistakes) {
        match change.kind {
            // Passwords, sessions and roles hang on the account, so it doesn't become a guest's.
            Some(CustomerKind::Guest) if self.kind == CustomerKind::Registered => {
                mistakes.add("kind", FieldCode::Range, "a registered customer stays registered");
            }
            Some(kind) => self.kind = kind,
            None => {}
        }
        // Where the email was given but isn't one, that is the mistake, and not that it is missing.
        let given = matches!(change.email, Change::Set(_));
        if self.kind == CustomerKind::Registered && self.email.is_none() && !given {
            mistakes.add("email", FieldCode::Required, "a registered customer needs an email");
        }
        if change.stage.is_some_and(|stage| stage < self.stage) {
            mistakes.add("stage", FieldCode::Range, "the stage only moves forward");
        }
        self.advance(change.stage.unwrap_or(self.stage));
        if self.email.is_some() {
            self.advance(CustomerStage::Lead);
        }
    }
}

/// Custom fields are small, shallow enough to be read back, and free of NUL, which not every
/// database can store.
fn check_custom(custom: &Map<String, Value>) -> Result<(), FieldError> {
    let json = serde_json::to_string(custom)
        .map_err(|_| FieldError::new("", FieldCode::Malformed, "is no JSON"))?;
    if json.len() > CUSTOMER_CUSTOM_MAX_BYTES {
        return Err(FieldError::new("", FieldCode::TooLong, "is longer than 16384 bytes as JSON"));
    }
    // In JSON text an escaped NUL always reads so, but so does an escaped backslash before it.
    if json.contains("\\u0000") && has_nul(custom) {
        return Err(FieldError::new("", FieldCode::Malformed, "has a NUL character"));
    }
    Ok(())
}

fn has_nul(custom: &Map<String, Value>) -> bool {
    custom.iter().any(|(key, value)| key.contains('\0') || value_has_nul(value))
}

fn value_has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(value_has_nul),
        Value::Object(fields) => has_nul(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
