//! What a plugin offers the host besides HTTP: events it takes, hooks it answers, jobs it does.

use serde::{Deserialize, Serialize};

use crate::Texts;

/// Every kind of event that there is. Keep sorted.
pub const EVENT_KINDS: &[&str] = &[
    "cart.abandoned",
    "cart.attribution-set",
    "cart.closed",
    "cart.code-applied",
    "cart.code-removed",
    "cart.created",
    "cart.expired",
    "cart.line-added",
    "cart.line-changed",
    "cart.line-removed",
    "cart.merged",
    "cart.owner-changed",
    "cart.repriced",
    "cart.schedule-set",
    "checkout-link.created",
    "checkout-link.expired",
    "checkout-link.opened",
    "checkout-link.redeemed",
    "checkout-link.revoked",
    "checkout-link.sent",
    "customer.activated",
    "customer.address-created",
    "customer.address-deleted",
    "customer.address-updated",
    "customer.anonymized",
    "customer.created",
    "customer.deactivated",
    "customer.defaults-changed",
    "customer.deleted",
    "customer.email-changed",
    "customer.email-verified",
    "customer.locked",
    "customer.logged-in",
    "customer.logged-out",
    "customer.login-failed",
    "customer.merged",
    "customer.password-changed",
    "customer.registered",
    "customer.stage-changed",
    "customer.unlocked",
    "customer.updated",
    "export.finished",
    "impersonation.denied",
    "impersonation.finished",
    "impersonation.started",
    "job.finished",
    "order.cancelled",
    "order.completed",
    "order.deleted",
    "order.paid",
    "order.payment-recorded",
    "order.placed",
    "order.refunded",
    "plugin.disabled",
    "plugin.enabled",
    "plugin.trapped",
    "plugin.upgraded",
    "product.back-in-stock",
    "product.price-changed",
    "product.stock-changed",
];

/// What a hook's place in the order is where the manifest names none.
pub const PRIORITY_DEFAULT: u16 = 100;

/// The hooks of a plugin.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hooks {
    /// Decides on traits of customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traits: Option<Hook>,
    /// Changes what carts cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjust: Option<AdjustHook>,
    /// Refuses carts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_cart: Option<Hook>,
    /// Takes part in placing orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_place: Option<Hook>,
    /// Refuses logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_gate: Option<Hook>,
    /// Refuses impersonations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonation_gate: Option<Hook>,
}

/// A question of the host that a plugin answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hook {
    /// Smaller ones are asked earlier, and equal ones by their plugins' ids; 0 to 1000.
    #[serde(default = "priority", skip_serializing_if = "is_default_priority")]
    pub priority: u16,
    /// What becomes of the host's work if the plugin can't answer.
    pub on_failure: OnFailure,
}

/// The hook that changes what carts cost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdjustHook {
    /// When it is asked; in no other stage may it add or take off anything.
    pub stages: Vec<AdjustStage>,
    /// Smaller ones are asked earlier, and equal ones by their plugins' ids; 0 to 1000.
    #[serde(default = "priority", skip_serializing_if = "is_default_priority")]
    pub priority: u16,
    /// What becomes of the host's work if the plugin can't answer.
    pub on_failure: OnFailure,
}

/// A stage in the making of a total, in their order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjustStage {
    /// Off single lines.
    LineDiscount,
    /// Off all lines together.
    OrderDiscount,
    /// Off the shipping.
    ShippingDiscount,
    /// On top.
    Fee,
    /// What pays for a part of the total.
    Tender,
}

/// What becomes of the host's work if a plugin can't answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// It goes on as if the plugin had nothing to say.
    Open,
    /// It is refused.
    Closed,
}

/// Which of the hooks one is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the fields of `Hooks` say what they are")]
pub enum HookName {
    Traits,
    Adjust,
    ValidateCart,
    BeforePlace,
    LoginGate,
    ImpersonationGate,
}

/// A hook of a manifest, of whichever kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HookEntry {
    /// Which one.
    pub name: HookName,
    /// Its place in the order.
    pub priority: u16,
    /// What becomes of the host's work if it can't answer.
    pub on_failure: OnFailure,
}

/// Long work, done in slices.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Job {
    /// What it is called, in words.
    pub title: Texts,
    /// When it is begun by itself: minute, hour, day of the month, month, day of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The time zone that `cron` is meant in (`Europe/Berlin`); else that of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Hooks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// Those that there are.
    pub fn entries(&self) -> impl Iterator<Item = HookEntry> {
        HookName::ALL.iter().filter_map(|name| self.entry(*name))
    }

    /// One of them, if it is there.
    pub fn entry(&self, name: HookName) -> Option<HookEntry> {
        let plain =
            |hook: &Hook| HookEntry { name, priority: hook.priority, on_failure: hook.on_failure };
        match name {
            HookName::Traits => self.traits.as_ref().map(plain),
            HookName::Adjust => self.adjust.as_ref().map(|hook| HookEntry {
                name,
                priority: hook.priority,
                on_failure: hook.on_failure,
            }),
            HookName::ValidateCart => self.validate_cart.as_ref().map(plain),
            HookName::BeforePlace => self.before_place.as_ref().map(plain),
            HookName::LoginGate => self.login_gate.as_ref().map(plain),
            HookName::ImpersonationGate => self.impersonation_gate.as_ref().map(plain),
        }
    }
}

impl HookName {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Traits,
        Self::Adjust,
        Self::ValidateCart,
        Self::BeforePlace,
        Self::LoginGate,
        Self::ImpersonationGate,
    ];

    /// Its name in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traits => "traits",
            Self::Adjust => "adjust",
            Self::ValidateCart => "validate-cart",
            Self::BeforePlace => "before-place",
            Self::LoginGate => "login-gate",
            Self::ImpersonationGate => "impersonation-gate",
        }
    }

    /// The permission that it needs.
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Traits => "hooks:traits",
            Self::Adjust => "hooks:adjust",
            Self::ValidateCart => "hooks:validate-cart",
            Self::BeforePlace => "hooks:before-place",
            Self::LoginGate => "hooks:login-gate",
            Self::ImpersonationGate => "hooks:impersonation-gate",
        }
    }

    /// The interface that a component exports for it, without its version.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Traits => "galleria:plugin/hooks-traits",
            Self::Adjust => "galleria:plugin/hooks-adjust",
            Self::ValidateCart => "galleria:plugin/hooks-validate-cart",
            Self::BeforePlace => "galleria:plugin/hooks-before-place",
            Self::LoginGate => "galleria:plugin/hooks-login-gate",
            Self::ImpersonationGate => "galleria:plugin/hooks-impersonation-gate",
        }
    }
}

impl AdjustStage {
    /// Its name in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LineDiscount => "line-discount",
            Self::OrderDiscount => "order-discount",
            Self::ShippingDiscount => "shipping-discount",
            Self::Fee => "fee",
            Self::Tender => "tender",
        }
    }
}

fn priority() -> u16 {
    PRIORITY_DEFAULT
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_default_priority(priority: &u16) -> bool {
    *priority == PRIORITY_DEFAULT
}
