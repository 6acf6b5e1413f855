//! What somebody or some plugin may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::error::{FieldCode, Mistake};
use crate::id::{CustomerId, PluginId};
use crate::names::{as_json_text, named};

mod words;

named! {
    /// A permission of the host. The names are part of the API and never change.
    Permission, "permission" {
        /// See when API keys were made and used; make and revoke them.
        ApiKeysWrite = "api-keys:write",
        /// Read the audit log.
        AuditRead = "audit:read",
        /// Put entries into the audit log; for plugins.
        AuditWrite = "audit:write",
        /// See carts.
        CartsRead = "carts:read",
        /// Make and change carts.
        CartsWrite = "carts:write",
        /// Search the catalogue.
        CatalogRead = "catalog:read",
        /// Know what time it is; for plugins.
        ClockRead = "clock:read",
        /// Wipe out who a customer is.
        CustomersAnonymize = "customers:anonymize",
        /// Delete customers.
        CustomersDelete = "customers:delete",
        /// Make one customer of two.
        CustomersMerge = "customers:merge",
        /// See customers, without what says who they are.
        CustomersRead = "customers:read",
        /// See who a customer is: names, email, phone, addresses.
        CustomersReadPii = "customers:read-pii",
        /// Make and change customers.
        CustomersWrite = "customers:write",
        /// Replay and drop events that went wrong; send events to webhooks.
        EventsManage = "events:manage",
        /// Read the feed of events.
        EventsRead = "events:read",
        /// Be told of events; for plugins.
        EventsReceive = "events:receive",
        /// Set facets, by which customers can be found; for plugins.
        FacetsWrite = "facets:write",
        /// Change what carts cost; for plugins.
        HooksAdjust = "hooks:adjust",
        /// Take part in placing orders; for plugins.
        HooksBeforePlace = "hooks:before-place",
        /// Refuse impersonations; for plugins.
        HooksImpersonationGate = "hooks:impersonation-gate",
        /// Refuse logins; for plugins.
        HooksLoginGate = "hooks:login-gate",
        /// Decide on traits of customers, such as tax exemption; for plugins.
        HooksTraits = "hooks:traits",
        /// Refuse carts; for plugins.
        HooksValidateCart = "hooks:validate-cart",
        /// Act for a customer in their cart.
        ImpersonateStart = "impersonate:start",
        /// Act for a customer in everything.
        ImpersonateStartFull = "impersonate:start-full",
        /// Know who acts for whom; for plugins.
        ImpersonationRead = "impersonation:read",
        /// See impersonations and end them.
        ImpersonationsManage = "impersonations:manage",
        /// See jobs and cancel them.
        JobsManage = "jobs:manage",
        /// Do long work in jobs; for plugins.
        JobsRun = "jobs:run",
        /// Make and revoke links to a checkout.
        LinksCreate = "links:create",
        /// Write lines into the host's log; for plugins.
        LogWrite = "log:write",
        /// See which mails went out.
        MailRead = "mail:read",
        /// Send mails to customers; for plugins.
        MailSend = "mail:send",
        /// See orders.
        OrdersRead = "orders:read",
        /// Give money back.
        OrdersRefund = "orders:refund",
        /// Pay, complete and cancel orders.
        OrdersWrite = "orders:write",
        /// Install, grant, enable, disable and remove plugins.
        PluginsManage = "plugins:manage",
        /// See which plugins there are and how they do.
        PluginsRead = "plugins:read",
        /// See settings; for plugins, their own.
        SettingsRead = "settings:read",
        /// Change settings.
        SettingsWrite = "settings:write",
        /// See the staff and their roles.
        StaffRead = "staff:read",
        /// Make and change staff and their roles.
        StaffWrite = "staff:write",
        /// Keep data of one's own; for plugins.
        StorageUse = "storage:use",
        /// See the stores.
        StoresRead = "stores:read",
        /// Make and change stores.
        StoresWrite = "stores:write",
    }
}

impl Permission {
    /// The interface of the contract that it opens to a plugin; `None` if it can't be granted to
    /// plugins.
    pub const fn interface(self) -> Option<&'static str> {
        match self {
            Self::AuditWrite => Some("galleria:audit/audit-log"),
            Self::ClockRead => Some("galleria:clock/wall-time"),
            Self::CustomersRead | Self::CustomersReadPii | Self::CustomersWrite => {
                Some("galleria:customers/customers")
            }
            Self::FacetsWrite => Some("galleria:facets/facets"),
            Self::LogWrite => Some("galleria:log/logging"),
            Self::SettingsRead => Some("galleria:settings/settings"),
            Self::StorageUse => Some("galleria:storage/entities"),
            Self::CartsRead | Self::CartsWrite => Some("galleria:carts/carts"),
            Self::CatalogRead => Some("galleria:catalog/catalog"),
            Self::EventsReceive => Some("galleria:plugin/events"),
            Self::HooksAdjust => Some("galleria:plugin/hooks-adjust"),
            Self::HooksBeforePlace => Some("galleria:plugin/hooks-before-place"),
            Self::HooksImpersonationGate => Some("galleria:plugin/hooks-impersonation-gate"),
            Self::HooksLoginGate => Some("galleria:plugin/hooks-login-gate"),
            Self::HooksTraits => Some("galleria:plugin/hooks-traits"),
            Self::HooksValidateCart => Some("galleria:plugin/hooks-validate-cart"),
            Self::ImpersonationRead => Some("galleria:impersonation/impersonation"),
            Self::JobsRun => Some("galleria:jobs/jobs"),
            Self::LinksCreate => Some("galleria:carts/checkout-links"),
            Self::MailSend => Some("galleria:mail/mail"),
            Self::OrdersRead => Some("galleria:orders/orders"),
            Self::ApiKeysWrite
            | Self::AuditRead
            | Self::CustomersAnonymize
            | Self::CustomersDelete
            | Self::CustomersMerge
            | Self::PluginsManage
            | Self::PluginsRead
            | Self::SettingsWrite
            | Self::StaffRead
            | Self::StaffWrite
            | Self::StoresRead
            | Self::EventsManage
            | Self::EventsRead
            | Self::ImpersonateStart
            | Self::ImpersonateStartFull
            | Self::ImpersonationsManage
            | Self::JobsManage
            | Self::MailRead
            | Self::OrdersRefund
            | Self::OrdersWrite
            | Self::StoresWrite => None,
        }
    }

    /// Whether it makes sense for people; the rest are capabilities of plugins alone.
    pub const fn is_for_staff(self) -> bool {
        !matches!(
            self,
            Self::AuditWrite
                | Self::ClockRead
                | Self::FacetsWrite
                | Self::EventsReceive
                | Self::HooksAdjust
                | Self::HooksBeforePlace
                | Self::HooksImpersonationGate
                | Self::HooksLoginGate
                | Self::HooksTraits
                | Self::HooksValidateCart
                | Self::ImpersonationRead
                | Self::JobsRun
                | Self::MailSend
                | Self::LogWrite
                | Self::StorageUse
        )
    }

    /// Whether a plugin needs it as the person who acts through it needs it: then what that person
    /// may not do, the plugin may not do for them.
    pub const fn is_limited_by_the_person(self) -> bool {
        matches!(
            self,
            Self::CustomersRead
                | Self::CustomersReadPii
                | Self::CustomersWrite
                | Self::CartsRead
                | Self::CartsWrite
                | Self::LinksCreate
                | Self::OrdersRead
        )
    }
}

/// A permission that people can have: the host's own, or one that a plugin brings with it, written
/// `x:{plugin}:{name}`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StaffPermission {
    /// The host's.
    Host(Permission),
    /// A plugin's.
    Plugin {
        /// Whose it is.
        plugin: PluginId,
        /// Its name in the manifest: `roles:manage`.
        name: String,
    },
}

impl From<Permission> for StaffPermission {
    fn from(permission: Permission) -> Self {
        Self::Host(permission)
    }
}

impl fmt::Display for StaffPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(permission) => permission.fmt(f),
            Self::Plugin { plugin, name } => write!(f, "x:{plugin}:{name}"),
        }
    }
}

/// A text that names no permission.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no permission; write customers:read or x:plugin:name")]
pub struct InvalidPermission;

impl Mistake for InvalidPermission {
    fn code(&self) -> FieldCode {
        FieldCode::Unknown
    }
}

impl FromStr for StaffPermission {
    type Err = InvalidPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_prefix("x:") else {
            return text.parse().map(Self::Host).map_err(|_| InvalidPermission);
        };
        let (plugin, name) = rest.split_once(':').ok_or(InvalidPermission)?;
        let plugin = plugin.parse().map_err(|_| InvalidPermission)?;
        let well_named = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b':'));
        if well_named {
            Ok(Self::Plugin { plugin, name: name.to_owned() })
        } else {
            Err(InvalidPermission)
        }
    }
}

as_json_text!(StaffPermission);

/// Whose data rights reach.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// One customer's own.
    Own(CustomerId),
}

/// What somebody may do, and with whose data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rights {
    permissions: Allowed,
    scope: Scope,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Allowed {
    /// Also what plugins bring that aren't installed yet.
    Everything,
    Only(BTreeSet<StaffPermission>),
}

impl Rights {
    /// To do everything: the host itself, and owners.
    pub fn everything() -> Self {
        Self { permissions: Allowed::Everything, scope: Scope::All }
    }

    /// To do nothing.
    pub fn nothing() -> Self {
        Self::only([])
    }

    /// To do these things with everybody's data.
    pub fn only(permissions: impl IntoIterator<Item = StaffPermission>) -> Self {
        let permissions = Allowed::Only(permissions.into_iter().collect());
        Self { permissions, scope: Scope::All }
    }

    /// What a customer may do who is logged in: see and change their own account and carts, and see
    /// their own orders.
    pub fn of_customer(customer: CustomerId) -> Self {
        let permissions = [
            Permission::CartsRead,
            Permission::CartsWrite,
            Permission::CustomersRead,
            Permission::CustomersReadPii,
            Permission::CustomersWrite,
            Permission::OrdersRead,
        ];
        let rights = Self::only(permissions.map(StaffPermission::Host));
        Self { scope: Scope::Own(customer), ..rights }
    }

    /// The same rights, over one customer's data alone.
    #[must_use]
    pub fn limited_to(self, customer: CustomerId) -> Self {
        self.intersect(&Self { permissions: Allowed::Everything, scope: Scope::Own(customer) })
    }

    /// Whether this permission is among them, over some data at least.
    pub fn has(&self, permission: Permission) -> bool {
        self.allows(&StaffPermission::Host(permission))
    }

    /// Whether this permission, the host's or a plugin's, is among them.
    pub fn allows(&self, permission: &StaffPermission) -> bool {
        match &self.permissions {
            Allowed::Everything => true,
            Allowed::Only(permissions) => permissions.contains(permission),
        }
    }

    /// Whether this permission holds for this customer's data.
    pub fn has_for(&self, permission: Permission, customer: &CustomerId) -> bool {
        self.has(permission) && self.reaches(customer)
    }

    /// Whether this customer's data is within reach.
    pub fn reaches(&self, customer: &CustomerId) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Own(own) => own == customer,
        }
    }

    /// Whose data they reach.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The permissions by themselves; `None` if everything is allowed.
    pub fn permissions(&self) -> Option<&BTreeSet<StaffPermission>> {
        match &self.permissions {
            Allowed::Everything => None,
            Allowed::Only(permissions) => Some(permissions),
        }
    }

    /// Those of a plugin's own permissions that are among them, by their names in the manifest.
    pub fn of_plugin<'a>(
        &self,
        plugin: &PluginId,
        declared: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let held = |name: &&str| {
            let (plugin, name) = (plugin.clone(), (*name).to_owned());
            self.allows(&StaffPermission::Plugin { plugin, name })
        };
        declared.into_iter().filter(held).map(str::to_owned).collect()
    }

    /// What both allow.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let scope = match (&self.scope, &other.scope) {
            (Scope::All, scope) | (scope, Scope::All) => scope.clone(),
            (Scope::Own(one), Scope::Own(two)) if one == two => self.scope.clone(),
            // No data is within reach of both, so there is nothing left to allow.
            (Scope::Own(_), Scope::Own(_)) => return Self::nothing(),
        };
        let permissions = match (&self.permissions, &other.permissions) {
            (Allowed::Everything, permissions) | (permissions, Allowed::Everything) => {
                permissions.clone()
            }
            (Allowed::Only(one), Allowed::Only(two)) => Allowed::Only(one & two),
        };
        Self { permissions, scope }
    }
}

#[cfg(test)]
mod tests;
