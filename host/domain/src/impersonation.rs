//! Impersonation: staff acting for a customer, for a while and within limits.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::customer::Customer;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{CartId, CustomerId, ImpersonationId, OrderId, StaffId, StoreId};
use crate::names::named;
use crate::permission::Permission;
use crate::text::TextRule;
use crate::time::Instant;

/// How long nothing may happen before an impersonation ends.
pub const IMPERSONATION_IDLE: Duration = Duration::from_mins(15);
/// How long an impersonation lasts at most.
pub const IMPERSONATION_LIFETIME: Duration = Duration::from_hours(1);
/// How long the code is good that carries an impersonation into a new tab.
pub const HANDOVER_LIFETIME: Duration = Duration::from_mins(1);
/// The fewest characters of the reason of an impersonation.
pub const IMPERSONATION_REASON_MIN_CHARS: usize = 3;
/// The most characters of the reason of an impersonation.
pub const IMPERSONATION_REASON_MAX_CHARS: usize = 500;

const REASON: TextRule = TextRule::lines(IMPERSONATION_REASON_MAX_CHARS);
const USER_AGENT_MAX_CHARS: usize = 256;

named! {
    /// How much staff may do for a customer.
    ImpersonationMode, "mode of impersonation" {
        /// All but what only the customer may do.
        Full = "full",
        /// What is about one cart and its checkout.
        CartOnly = "cart-only",
        /// Looking only.
        ReadOnly = "read-only",
    }
}

named! {
    /// What somebody can do in the name of a customer.
    Act, "act" {
        /// See a cart.
        SeeCart = "see-cart",
        /// See name, email and addresses.
        SeeProfile = "see-profile",
        /// See orders of before.
        SeeOrders = "see-orders",
        /// See what payments are kept for the next time.
        SeeSavedPayments = "see-saved-payments",
        /// Change a cart.
        ChangeCart = "change-cart",
        /// Place an order.
        PlaceOrder = "place-order",
        /// Pay where the provider sends one away to its own pages.
        PayByRedirect = "pay-by-redirect",
        /// Change the name, and what else is about the person.
        ChangeProfile = "change-profile",
        /// Change addresses.
        ChangeAddresses = "change-addresses",
        /// Change the email.
        ChangeEmail = "change-email",
        /// Change the password.
        ChangePassword = "change-password",
        /// Agree to something in the sense of the law.
        AcceptConsents = "accept-consents",
        /// Take all that is known about the person away.
        ExportData = "export-data",
        /// Delete the account.
        DeleteAccount = "delete-account",
        /// Act for a customer.
        StartImpersonation = "start-impersonation",
    }
}

impl ImpersonationMode {
    /// Whether staff may do that for a customer.
    pub const fn allows(self, act: Act) -> bool {
        let seeing = matches!(act, Act::SeeCart | Act::SeeProfile | Act::SeeOrders);
        match self {
            Self::Full => {
                seeing
                    || matches!(
                        act,
                        Act::ChangeCart
                            | Act::PlaceOrder
                            | Act::ChangeProfile
                            | Act::ChangeAddresses
                    )
            }
            Self::CartOnly => {
                matches!(act, Act::SeeCart | Act::SeeProfile | Act::ChangeCart | Act::PlaceOrder)
            }
            Self::ReadOnly => seeing,
        }
    }
}

impl ImpersonationMode {
    /// What of the customer's own rights staff has.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{CustomersRead, CustomersReadPii, CustomersWrite};
        match self {
            Self::Full => &[CustomersRead, CustomersReadPii, CustomersWrite],
            Self::CartOnly | Self::ReadOnly => &[CustomersRead, CustomersReadPii],
        }
    }
}

named! {
    /// How an impersonation ended.
    ImpersonationEnd, "end of an impersonation" {
        /// The staff was done, or began another one.
        Finished = "finished",
        /// Its time was over.
        Expired = "expired",
        /// Somebody else ended it.
        Revoked = "revoked",
        /// The customer was deactivated, erased or merged.
        TargetChanged = "target-changed",
        /// The staff logged out, or may no longer do this.
        Logout = "logout",
    }
}

/// Staff acting for a customer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Impersonation {
    /// Names it for ever.
    pub id: ImpersonationId,
    /// Who acts.
    pub staff: StaffId,
    /// For whom.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// How much they may do.
    pub mode: ImpersonationMode,
    /// The cart that it is about; any, if none is named.
    pub cart: Option<CartId>,
    /// Why.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Instant,
    /// When something last happened.
    pub last_seen_at: Instant,
    /// It ends then at the latest.
    pub expires_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// How.
    pub end_cause: Option<ImpersonationEnd>,
    /// Where the staff was.
    pub actor_ip: Option<IpAddr>,
    /// What they used.
    pub actor_ua: Option<String>,
    /// How many requests there were.
    pub request_count: u64,
    /// The orders that were placed.
    pub orders: Vec<OrderId>,
}

/// What an impersonation begins with.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "`Impersonation` says what they mean")]
pub struct ImpersonationStart {
    pub id: ImpersonationId,
    pub staff: StaffId,
    pub store: StoreId,
    pub mode: ImpersonationMode,
    pub cart: Option<CartId>,
    pub reason: Option<String>,
    /// Whether a reason must be given.
    pub reason_required: bool,
    pub actor_ip: Option<IpAddr>,
    pub actor_ua: Option<String>,
}

/// What matters about the two people.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImpersonationPeople<'a> {
    /// The member of the staff whose own account the customer's is, if it is one's.
    pub linked_staff: Option<&'a StaffId>,
    /// Whether the one who acts owns the shop.
    pub actor_is_owner: bool,
    /// Whether the one who asks acts for a customer already, in this very session.
    pub nested: bool,
}

/// Why staff can't act for a customer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImpersonationRefusal {
    /// They act for one already.
    #[error("an impersonation can't begin within another one")]
    Nested,
    /// The customer is inactive, or no more.
    #[error("the customer isn't active")]
    Inactive,
    /// The customer is of another store.
    #[error("the customer is of another store")]
    Store,
    /// The customer is a member of the staff.
    #[error("the customer is a member of the staff")]
    Staff,
    /// What was given is wrong.
    #[error("what was given is wrong")]
    Invalid(Vec<FieldError>),
}

impl Impersonation {
    /// Begins. Rights and what plugins say aren't judged here.
    pub fn start(
        start: ImpersonationStart,
        customer: &Customer,
        people: ImpersonationPeople<'_>,
        now: Instant,
    ) -> Result<Self, ImpersonationRefusal> {
        judge_target(&start.store, customer, people)?;
        check_reason(start.reason.as_deref(), start.reason_required)
            .map_err(ImpersonationRefusal::Invalid)?;
        let actor_ua = start.actor_ua.map(|ua| ua.chars().take(USER_AGENT_MAX_CHARS).collect());
        Ok(Self {
            id: start.id,
            staff: start.staff,
            customer: customer.id.clone(),
            store: start.store,
            mode: start.mode,
            cart: start.cart,
            reason: start.reason,
            started_at: now,
            last_seen_at: now,
            expires_at: now.plus(IMPERSONATION_LIFETIME),
            ended_at: None,
            end_cause: None,
            actor_ip: start.actor_ip,
            actor_ua,
            request_count: 0,
            orders: Vec::new(),
        })
    }

    /// When it ends if nothing more happens.
    pub fn ends_at(&self) -> Instant {
        self.expires_at.min(self.last_seen_at.plus(IMPERSONATION_IDLE))
    }

    /// Whether it goes on.
    pub fn is_running(&self, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.ends_at()
    }

    /// Whether that may be done in it, to that cart if it is about one.
    pub fn allows(&self, act: Act, cart: Option<&CartId>) -> bool {
        let its_cart = match (&self.cart, cart) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        its_cart && self.mode.allows(act)
    }

    /// After one more request; `None` if it is over.
    pub fn seen(&self, now: Instant) -> Option<Self> {
        self.is_running(now).then(|| Self {
            last_seen_at: self.last_seen_at.max(now),
            request_count: self.request_count.saturating_add(1),
            ..self.clone()
        })
    }

    /// After an order was placed.
    #[must_use]
    pub fn ordered(&self, order: OrderId) -> Self {
        let mut next = self.clone();
        if !next.orders.contains(&order) {
            next.orders.push(order);
        }
        next
    }

    /// At its end. One that has ended stays as it is; one whose time was over has ended by that.
    #[must_use]
    pub fn finished(&self, cause: ImpersonationEnd, now: Instant) -> Self {
        if self.ended_at.is_some() {
            return self.clone();
        }
        let (ended_at, cause) = if self.is_running(now) {
            (now, cause)
        } else {
            (self.ends_at(), ImpersonationEnd::Expired)
        };
        Self { ended_at: Some(ended_at), end_cause: Some(cause), ..self.clone() }
    }

    /// Whether it has to end since the customer isn't one to act for any more.
    pub fn is_still_for(&self, customer: &Customer) -> bool {
        customer.id == self.customer && customer.is_live() && customer.active
    }
}

/// Whether one can act for this customer: they are active and no staff, unless the owner asks.
fn judge_target(
    store: &StoreId,
    customer: &Customer,
    people: ImpersonationPeople<'_>,
) -> Result<(), ImpersonationRefusal> {
    if people.nested {
        return Err(ImpersonationRefusal::Nested);
    }
    if customer.store != *store {
        return Err(ImpersonationRefusal::Store);
    }
    if !customer.is_live() || !customer.active {
        return Err(ImpersonationRefusal::Inactive);
    }
    if people.linked_staff.is_some() && !people.actor_is_owner {
        return Err(ImpersonationRefusal::Staff);
    }
    Ok(())
}

fn check_reason(reason: Option<&str>, required: bool) -> Result<(), Vec<FieldError>> {
    let mut mistakes = Mistakes::new();
    match reason.map(str::trim) {
        None | Some("") if required => {
            mistakes.add("reason", FieldCode::Required, "is required");
        }
        Some(text) if !text.is_empty() => {
            mistakes.keep("reason", REASON.check(text));
            if text.chars().count() < IMPERSONATION_REASON_MIN_CHARS {
                mistakes.add("reason", FieldCode::TooShort, "is shorter than 3 characters");
            }
        }
        _ => {}
    }
    mistakes.finish(())
}

#[cfg(test)]
mod tests;
