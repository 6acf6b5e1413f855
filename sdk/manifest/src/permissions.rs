/// Every permission of the host that a plugin can ask for, with the interface that it belongs to.
///
/// A component may import an interface if its manifest asks for at least one of the permissions
/// that belong to it. Keep sorted.
pub const PERMISSIONS: &[(&str, &str)] = &[
    ("audit:write", "galleria:audit/audit-log"),
    ("carts:read", "galleria:carts/carts"),
    ("carts:write", "galleria:carts/carts"),
    ("catalog:read", "galleria:catalog/catalog"),
    ("clock:read", "galleria:clock/wall-time"),
    ("customers:read", "galleria:customers/customers"),
    ("customers:read-pii", "galleria:customers/customers"),
    ("customers:write", "galleria:customers/customers"),
    ("events:receive", "galleria:plugin/events"),
    ("facets:write", "galleria:facets/facets"),
    ("hooks:adjust", "galleria:plugin/hooks-adjust"),
    ("hooks:before-place", "galleria:plugin/hooks-before-place"),
    ("hooks:impersonation-gate", "galleria:plugin/hooks-impersonation-gate"),
    ("hooks:login-gate", "galleria:plugin/hooks-login-gate"),
    ("hooks:traits", "galleria:plugin/hooks-traits"),
    ("hooks:validate-cart", "galleria:plugin/hooks-validate-cart"),
    ("impersonation:read", "galleria:impersonation/impersonation"),
    ("jobs:run", "galleria:jobs/jobs"),
    ("links:create", "galleria:carts/checkout-links"),
    ("log:write", "galleria:log/logging"),
    ("mail:send", "galleria:mail/mail"),
    ("orders:read", "galleria:orders/orders"),
    ("settings:read", "galleria:settings/settings"),
    ("storage:use", "galleria:storage/entities"),
];

/// The interface (without its version) that a permission belongs to; `None` if there is no such
/// permission.
pub fn interface_of(permission: &str) -> Option<&'static str> {
    PERMISSIONS.iter().find(|(name, _)| *name == permission).map(|(_, interface)| *interface)
}

/// The permissions that belong to an interface, given with or without its version
/// (`galleria:clock/wall-time@0.1.0`).
pub fn permissions_of(interface: &str) -> impl Iterator<Item = &'static str> {
    let bare = interface.split('@').next().unwrap_or(interface);
    PERMISSIONS.iter().filter(move |(_, home)| *home == bare).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_finds_both_ways() {
        assert!(PERMISSIONS.is_sorted());
        for (permission, interface) in PERMISSIONS {
            assert_eq!(interface_of(permission), Some(*interface));
            assert!(permissions_of(interface).any(|name| name == *permission));
            assert!(permissions_of(&format!("{interface}@0.1.0")).any(|name| name == *permission));
        }
        assert_eq!(interface_of("customers:drop"), None);
        assert_eq!(permissions_of("galleria:customers/custom").count(), 0);
    }
}
