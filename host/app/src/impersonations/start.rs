//! Beginning to act for a customer, and carrying that into a new tab.

use galleria_domain::{
    CartError, CartId, CartStatus, Customer, CustomerId, Decision, EventKind, FieldCode,
    FieldError, HANDOVER_LIFETIME, HookKind, Impersonation, ImpersonationEnd, ImpersonationId,
    ImpersonationMode, ImpersonationPeople, ImpersonationRefusal, ImpersonationStart,
    ImpersonationView, Instant, NewEvent, OnFailure, Permission, SessionId, StaffId,
};
use galleria_storage::impersonations as stored;
use galleria_storage::impersonations::StoredImpersonation;
use galleria_storage::staff as stored_staff;
use serde_json::json;

use super::resume::judge;
use super::{acting, end, tell};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::mail::{Occasion, Template};
use crate::tokens::{Token, token_hash};
use crate::work::Work;
use crate::{audit, carts, customers, events, settings, unit};

/// What somebody wants who is to act for a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImpersonationDraft {
    /// For whom.
    pub customer: CustomerId,
    /// How much they want to be able to do.
    pub mode: ImpersonationMode,
    /// The cart that it is about, if it is about one.
    pub cart: Option<CartId>,
    /// Why: 3 to 500 characters.
    pub reason: Option<String>,
    /// The login that it hangs on: it ends with it.
    pub session: SessionId,
    /// What they use.
    pub user_agent: Option<String>,
}

/// An impersonation that was just begun.
#[derive(Clone, Debug)]
pub struct StartedImpersonation {
    /// The impersonation.
    pub impersonation: Impersonation,
    /// What its token is handed over for, once.
    pub code: Token,
    /// Until when.
    pub code_expires_at: Instant,
    /// Where the storefront takes the code, if it is known where the storefront is.
    pub url: Option<String>,
}

/// An impersonation whose token was just handed over.
#[derive(Clone, Debug)]
pub struct HandedOver {
    /// The impersonation.
    pub impersonation: Impersonation,
    /// What proves from now on that the staff acts in it.
    pub token: Token,
}

/// Why it doesn't begin.
struct Refusal {
    code: String,
    message: String,
    /// Who refuses, if a plugin does.
    plugin: Option<String>,
}

/// Begins to act for a customer; needs [`Permission::ImpersonateStart`], or
/// [`Permission::ImpersonateStartFull`] for [`ImpersonationMode::Full`]. What the caller had going
/// on in the store ends.
///
/// [`AppError::Conflict`] `impersonation-refused` if the customer is inactive or staff, if the
/// caller acts for somebody already, or if a plugin is against it; that is put on record.
pub async fn start(
    app: &App,
    caller: &Caller,
    draft: &ImpersonationDraft,
) -> Result<StartedImpersonation> {
    let begun = unit!(app.write(caller), work => begin(work, draft).await)?;
    begun.map_err(|refusal| {
        let path = match &refusal.plugin {
            Some(plugin) => format!("plugins.{plugin}.{}", refusal.code),
            None => "customer".to_owned(),
        };
        let errors = vec![FieldError::new(&path, FieldCode::Range, refusal.message.clone())];
        AppError::Conflict { kind: "impersonation-refused", detail: refusal.message, errors }
    })
}

/// Begins to act for the customer of a cart, for that cart alone: *Check Out Now*. As [`start`].
pub async fn checkout_now(
    app: &App,
    caller: &Caller,
    cart: &CartId,
    reason: Option<String>,
    (session, user_agent): (SessionId, Option<String>),
) -> Result<StartedImpersonation> {
    let customer = unit!(app.read(caller), work => {
        work.caller().require(Permission::ImpersonateStart)?;
        Ok(carts::get(work, cart).await?.customer().cloned())
    })?;
    let customer = customer.ok_or_else(|| {
        AppError::conflict("no-customer", "the cart is nobody's that one could act for")
    })?;
    let draft = ImpersonationDraft {
        customer,
        mode: ImpersonationMode::CartOnly,
        cart: Some(cart.clone()),
        reason,
        session,
        user_agent,
    };
    start(app, caller, &draft).await
}

/// Hands the token of an impersonation over for the code that its beginning answered: once, within
/// a minute. [`AppError::Invalid`] at `code` if it isn't worth anything (any more).
pub async fn hand_over(work: &mut Work, code: &str) -> Result<HandedOver> {
    let (store, now) = (work.caller().store.clone(), work.now());
    let token = Token::generate();
    let (code, hash) = (token_hash(code), token.hash());
    let found = stored::hand_over(work.unit(), &store, &code, &hash, now).await?;
    let worthless = || {
        let message = "is not valid, or not any more";
        AppError::from(vec![FieldError::new("code", FieldCode::Unknown, message)])
    };
    let found = found.ok_or_else(worthless)?;
    if judge(work, &found).await?.is_some() {
        return Err(worthless());
    }
    Ok(HandedOver { impersonation: found.impersonation, token })
}

async fn begin(
    work: &mut Work,
    draft: &ImpersonationDraft,
) -> Result<Result<StartedImpersonation, Refusal>> {
    let nested = work.caller().impersonation.is_some();
    let staff = require(work.caller(), draft)?;
    let customer = customers::load(work, &draft.customer).await?;
    let linked_staff = stored_staff::find_by_customer(work.unit(), &customer.id).await?;
    let people = ImpersonationPeople {
        linked_staff: linked_staff.as_ref(),
        actor_is_owner: work.caller().rights.permissions().is_none(),
        nested,
    };
    require_cart(work, draft).await?;
    let wanted = wanted(work, draft, staff).await?;
    let impersonation = match Impersonation::start(wanted, &customer, people, work.now()) {
        Ok(impersonation) => impersonation,
        Err(ImpersonationRefusal::Invalid(errors)) => return Err(errors.into()),
        Err(refusal) => {
            let code = code_of(&refusal).to_owned();
            let refusal = Refusal { code, message: refusal.to_string(), plugin: None };
            return deny(work, draft, refusal).await.map(Err);
        }
    };
    if let Some(refusal) = ask(work, &impersonation).await? {
        return deny(work, draft, refusal).await.map(Err);
    }
    go(work, draft, impersonation, &customer).await.map(Ok)
}

/// Who begins it, if they may.
fn require(caller: &Caller, draft: &ImpersonationDraft) -> Result<StaffId> {
    let permission = match draft.mode {
        ImpersonationMode::Full => Permission::ImpersonateStartFull,
        ImpersonationMode::CartOnly | ImpersonationMode::ReadOnly => Permission::ImpersonateStart,
    };
    let denied = || AppError::PermissionDenied(permission.to_string());
    let staff = caller.principal.staff().filter(|_| caller.plugin.is_none()).ok_or_else(denied)?;
    // Whoever acts for a customer has that customer's rights; they are told what is wrong.
    if caller.impersonation.is_none() {
        caller.require_for(permission, &draft.customer)?;
    }
    Ok(staff.clone())
}

async fn require_cart(work: &mut Work, draft: &ImpersonationDraft) -> Result<()> {
    let Some(cart) = &draft.cart else { return Ok(()) };
    let cart = carts::load(work, cart).await?.cart;
    if cart.customer() != Some(&draft.customer) {
        return Err(AppError::NotFound("cart"));
    }
    match cart.status {
        CartStatus::Open => Ok(()),
        status => Err(CartError::Closed(status).into()),
    }
}

async fn wanted(
    work: &mut Work,
    draft: &ImpersonationDraft,
    staff: StaffId,
) -> Result<ImpersonationStart> {
    let settings = settings::host(work).await?;
    let caller = work.caller();
    Ok(ImpersonationStart {
        id: ImpersonationId::generate(),
        staff,
        store: caller.store.clone(),
        mode: draft.mode,
        cart: draft.cart.clone(),
        reason: draft.reason.clone(),
        reason_required: settings.impersonation_needs_reason,
        actor_ip: caller.ip.as_deref().and_then(|ip| ip.parse().ok()),
        actor_ua: draft.user_agent.clone(),
    })
}

fn code_of(refusal: &ImpersonationRefusal) -> &'static str {
    match refusal {
        ImpersonationRefusal::Nested => "nested",
        ImpersonationRefusal::Inactive => "inactive",
        ImpersonationRefusal::Store => "store",
        ImpersonationRefusal::Staff => "staff",
        ImpersonationRefusal::Invalid(_) => "invalid",
    }
}

/// Asks the plugins. They can be against it; nothing that they say makes up for what the host
/// refuses, who isn't asked then.
async fn ask(work: &mut Work, one: &Impersonation) -> Result<Option<Refusal>> {
    let hooks = work.app().hooks();
    if !hooks.wants(work, HookKind::ImpersonationGate) {
        return Ok(None);
    }
    let view = ImpersonationView {
        staff: one.staff.clone(),
        customer: one.customer.clone(),
        store: one.store.clone(),
        mode: one.mode,
        reason: one.reason.clone(),
        at: one.started_at,
    };
    for reply in hooks.impersonation_gate(work, &view).await? {
        let plugin = Some(reply.plugin.to_string());
        match reply.outcome {
            Ok(Decision::Allow) => {}
            Ok(Decision::Deny { code, message }) => {
                return Ok(Some(Refusal { code, message, plugin }));
            }
            Err(_) if reply.on_failure == OnFailure::Open => {}
            Err(_) => {
                let message = carts::unavailable(&reply.plugin).message;
                return Ok(Some(Refusal { code: "unavailable".to_owned(), message, plugin }));
            }
        }
    }
    Ok(None)
}

/// Puts on record that it was refused.
async fn deny(work: &mut Work, draft: &ImpersonationDraft, refusal: Refusal) -> Result<Refusal> {
    let detail = json!({
        "customer": draft.customer,
        "mode": draft.mode,
        "code": refusal.code,
        "plugin": refusal.plugin,
    });
    let id = draft.customer.as_str();
    audit::append(work, "impersonation.deny", id, &detail).await?;
    let event = NewEvent {
        kind: EventKind::ImpersonationDenied,
        aggregate: id,
        aggregate_version: customers::load(work, &draft.customer).await?.version,
        payload: detail,
    };
    events::append(work, event).await?;
    Ok(refusal)
}

async fn go(
    work: &mut Work,
    draft: &ImpersonationDraft,
    impersonation: Impersonation,
    customer: &Customer,
) -> Result<StartedImpersonation> {
    let (store, staff) = (&impersonation.store, &impersonation.staff);
    if let Some(before) = stored::running_of_staff(work.unit(), store, staff).await? {
        end(work, &before.impersonation, ImpersonationEnd::Finished).await?;
    }
    let code = Token::generate();
    let code_expires_at = work.now().plus(HANDOVER_LIFETIME);
    let row = StoredImpersonation {
        impersonation: impersonation.clone(),
        session: draft.session.clone(),
    };
    stored::insert(work.unit(), &row, &code.hash(), code_expires_at).await?;
    let detail = json!({
        "impersonation": impersonation.id,
        "staff": impersonation.staff,
        "customer": impersonation.customer,
        "mode": impersonation.mode,
        "cart": impersonation.cart,
    });
    // On record with both people.
    let there = work.caller().clone();
    work.set_caller(acting(&there, &impersonation));
    audit::append(work, "impersonation.start", impersonation.id.as_str(), &detail).await?;
    tell(work, EventKind::ImpersonationStarted, &impersonation, 1, detail).await?;
    work.set_caller(there);
    tell_customer(work, customer).await?;
    let url = settings::host(work).await?.storefront_url;
    let url = url.trim_end_matches('/');
    let url = (!url.is_empty()).then(|| format!("{url}/impersonation#code={}", code.as_str()));
    Ok(StartedImpersonation { impersonation, code, code_expires_at, url })
}

/// Writes to the customer, if the store wants that.
async fn tell_customer(work: &mut Work, customer: &Customer) -> Result<()> {
    let Some(to) = customer.email.clone() else { return Ok(()) };
    if !settings::host(work).await?.impersonation_tells_customer {
        return Ok(());
    }
    let language = customer.language.as_ref();
    let occasion = Occasion { customer: Some(&customer.id), to, language, proof: None };
    Template::Impersonated.write(work, occasion).await.map(drop)
}
