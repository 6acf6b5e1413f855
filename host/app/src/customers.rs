//! Customers: making, changing and finding them.
//!
//! What says who a customer is needs [`Permission::CustomersReadPii`]. Without it such fields are
//! taken out where customers are read, in [`see`] and nowhere else, and neither filter nor order
//! may touch them: guessing would tell.

mod email;
mod import;
mod list;
mod see;
mod switch;
mod told;

use galleria_domain::{
    Act, Actor, CreatedVia, Customer, CustomerChange, CustomerDraft, CustomerId, CustomerKind,
    CustomerOrigin, Day, EmailAddress, FieldCode, FieldError, Mistake as _, Permission, Scope,
};
use galleria_storage::{StorageError, customers as stored};
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::sessions::Subject;
use crate::stores;
use crate::version::{expect_version, require_updated};
use crate::work::Work;

pub use import::{ImportedCustomer, import};
pub use list::{PAGE_MAX, count, list};
pub use see::{SeenCustomer, changed_fields};
pub use switch::{
    BULK_MAX, BulkAction, BulkRefusal, activate, bulk, deactivate, delete, revoke_sessions, unlock,
};

pub(crate) use email::set_email;
pub(crate) use see::see;
pub(crate) use told::{tell, tell_of};

/// The most customers that are asked for by their ids at once.
pub const IDS_MAX: usize = 500;

/// A customer of the store; needs [`Permission::CustomersRead`].
pub async fn get(work: &mut Work, id: &CustomerId) -> Result<SeenCustomer> {
    work.caller().require_for(Permission::CustomersRead, id)?;
    let customer = load(work, id).await?;
    Ok(see(work, customer))
}

/// Those of the given customers (at most 500) that there are and that the caller may see, in the
/// order asked for; needs [`Permission::CustomersRead`].
pub async fn get_many(work: &mut Work, ids: &[CustomerId]) -> Result<Vec<SeenCustomer>> {
    work.caller().require(Permission::CustomersRead)?;
    if ids.len() > IDS_MAX {
        return Err(vec![FieldError::new("ids", FieldCode::TooLong, "are more than 500")].into());
    }
    let reached: Vec<_> =
        ids.iter().filter(|id| work.caller().rights.reaches(id)).cloned().collect();
    let store = work.caller().store.clone();
    let found = stored::get_many(work.unit(), &store, &reached).await?;
    Ok(found.into_iter().map(|customer| see(work, customer)).collect())
}

/// The registered customer with this email, compared in its normal form; needs
/// [`Permission::CustomersReadPii`].
pub async fn find_by_email(work: &mut Work, email: &str) -> Result<Option<CustomerId>> {
    work.caller().require(Permission::CustomersRead)?;
    work.caller().require(Permission::CustomersReadPii)?;
    let email: EmailAddress =
        email.parse().map_err(|error: galleria_domain::InvalidEmailAddress| {
            vec![FieldError::new("email", error.code(), error.to_string())]
        })?;
    let store = work.caller().store.clone();
    let found = stored::find_by_email(work.unit(), &store, &email).await?;
    Ok(found.filter(|id| work.caller().rights.reaches(id)))
}

/// Makes a customer; needs [`Permission::CustomersWrite`] for everybody.
///
/// [`AppError::Conflict`] `email-taken` if a live registered customer of the store has the email.
pub async fn create(work: &mut Work, draft: CustomerDraft) -> Result<SeenCustomer> {
    require_for_all(work, Permission::CustomersWrite)?;
    let via = match (&work.caller().plugin, &work.caller().principal.actor) {
        (Some(_), _) | (None, Actor::Plugin(_)) => CreatedVia::Plugin,
        (None, Actor::Visitor(_) | Actor::Customer(_)) => CreatedVia::Storefront,
        (None, Actor::Staff(_) | Actor::System) => CreatedVia::Admin,
    };
    let created = make(work, vec![draft], via).await?;
    let customer =
        created.into_iter().next().ok_or_else(|| AppError::Internal("nobody was made".into()))?;
    Ok(see(work, customer))
}

/// Makes up to 1,000 customers, all or none, as an import or a demonstration does; needs
/// [`Permission::CustomersWrite`] for everybody. The mistakes' paths begin with the draft's index.
pub async fn create_many(
    work: &mut Work,
    drafts: Vec<CustomerDraft>,
    via: CreatedVia,
) -> Result<Vec<CustomerId>> {
    require_for_all(work, Permission::CustomersWrite)?;
    if drafts.len() > BULK_MAX {
        return Err(vec![FieldError::new("", FieldCode::TooLong, "are more than 1000")].into());
    }
    let made = make(work, drafts, via).await?;
    Ok(made.into_iter().map(|customer| customer.id).collect())
}

/// Opens an account for whoever asks for it. The password is another step of the same unit.
///
/// Only what people may say about themselves is taken from the draft.
pub async fn register(work: &mut Work, draft: CustomerDraft) -> Result<Customer> {
    let draft = CustomerDraft {
        kind: Some(CustomerKind::Registered),
        stage: None,
        active: None,
        tax_exempt: None,
        admin_comment: None,
        external_ref: None,
        custom: None,
        ..draft
    };
    let made = make(work, vec![draft], CreatedVia::Storefront).await?;
    made.into_iter().next().ok_or_else(|| AppError::Internal("nobody was made".into()))
}

async fn make(
    work: &mut Work,
    drafts: Vec<CustomerDraft>,
    via: CreatedVia,
) -> Result<Vec<Customer>> {
    let today = today(work).await?;
    let caller = work.caller().clone();
    let by = Some(caller.principal.actor).filter(|actor| !matches!(actor, Actor::Visitor(_)));
    let count = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
    let is_single = count == 1;
    let first = stored::take_numbers(work.unit(), &caller.store, count)
        .await?
        .ok_or(AppError::NotFound("store"))?;
    let mut made = Vec::with_capacity(drafts.len());
    for (draft, at) in drafts.into_iter().zip(0_u64..) {
        let path = |path: &str| if is_single { path.to_owned() } else { format!("{at}.{path}") };
        let origin = CustomerOrigin {
            id: CustomerId::generate(),
            store: caller.store.clone(),
            number: first + at,
            at: work.now(),
            via,
            by: by.clone(),
        };
        let customer = Customer::create(draft, origin, today).map_err(|errors| {
            let at_path = |error: FieldError| FieldError { path: path(&error.path), ..error };
            errors.into_iter().map(at_path).collect::<Vec<_>>()
        })?;
        stored::insert(work.unit(), &customer)
            .await
            .map_err(|error| taken(error, &path("email")))?;
        audit::append(work, "customer.create", customer.id.as_str(), &json!(null)).await?;
        told::tell_created(work, &customer).await?;
        made.push(customer);
    }
    Ok(made)
}

/// Changes a customer who still is at the version expected, if one is; needs
/// [`Permission::CustomersWrite`].
///
/// A customer changes themselves, but not how the shop treats them, nor the email that proves who
/// they are: such fields are refused.
pub async fn update(
    work: &mut Work,
    id: &CustomerId,
    change: &CustomerChange,
    expected: Option<u64>,
) -> Result<SeenCustomer> {
    work.caller().require_act(Act::ChangeProfile, None)?;
    if !change.accepts_marketing.is_keep() {
        work.caller().require_act(Act::AcceptConsents, None)?;
    }
    work.caller().require_for(Permission::CustomersWrite, id)?;
    if matches!(work.caller().rights.scope(), Scope::Own(_)) {
        refuse_what_is_the_shops(change)?;
    }
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    let after = before.apply(change, today(work).await?)?;
    let after = save(work, &before, after).await?;
    Ok(see(work, after))
}

fn refuse_what_is_the_shops(change: &CustomerChange) -> Result<()> {
    let named = [
        ("kind", change.kind.is_some()),
        ("stage", change.stage.is_some()),
        ("active", change.active.is_some()),
        ("email", !change.email.is_keep()),
        ("tax_exempt", change.tax_exempt.is_some()),
        ("admin_comment", change.admin_comment.is_some()),
        ("external_ref", !change.external_ref.is_keep()),
        ("custom", change.custom.is_some()),
    ];
    let refused: Vec<_> = named
        .into_iter()
        .filter(|(_, is_named)| *is_named)
        .map(|(path, _)| FieldError::new(path, FieldCode::Range, "is not yours to change here"))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(AppError::Invalid(refused)) }
}

/// Stores a changed customer, puts on record which fields changed, and ends the sessions of one who
/// can't log in any more. What changes nothing, stores nothing.
pub(crate) async fn save(work: &mut Work, before: &Customer, after: Customer) -> Result<Customer> {
    let fields = changed_fields(before, &after);
    if fields.is_empty() {
        return Ok(before.clone());
    }
    let updated = stored::update(work.unit(), before, &after).await;
    require_updated(updated.map_err(|error| taken(error, "email"))?, before.version)?;
    let id = before.id.clone();
    if before.can_log_in() && !after.can_log_in() {
        end_sessions(work, &id).await?;
    }
    audit::append(work, "customer.update", id.as_str(), &json!({ "fields": fields })).await?;
    told::tell_changes(work, before, &after, &fields).await?;
    Ok(after)
}

/// Ends all sessions of a customer; says how many.
pub(crate) async fn end_sessions(work: &mut Work, id: &CustomerId) -> Result<u64> {
    let subject = Subject::Customer(id.clone());
    Ok(galleria_storage::sessions::delete_all(work.unit(), &subject, None).await?)
}

/// The customer as stored. Whoever asks must have been allowed to.
pub(crate) async fn load(work: &mut Work, id: &CustomerId) -> Result<Customer> {
    let store = work.caller().store.clone();
    stored::get(work.unit(), &store, id).await?.ok_or(AppError::NotFound("customer"))
}

/// Refuses those whose rights end at their own account.
pub(crate) fn require_for_all(work: &Work, permission: Permission) -> Result<()> {
    match work.caller().require(permission)? {
        Scope::All => Ok(()),
        Scope::Own(_) => Err(AppError::PermissionDenied(permission.to_string())),
    }
}

/// Which day it is where the store is.
async fn today(work: &mut Work) -> Result<Day> {
    let store = stores::current(work).await?;
    Ok(work.now().day_in(&store.time_zone))
}

fn taken(error: StorageError, path: &str) -> AppError {
    match error {
        StorageError::Taken(_) => {
            AppError::taken("email-taken", path, "another customer is registered with this email")
        }
        error => error.into(),
    }
}
