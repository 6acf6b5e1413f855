/// Every permission of the host that a plugin can ask for, with the interface that it belongs to.
///
/// A component may import an interface if its manifest asks for at least one of the permissions
/// that belong to it. Keep sorted.
pub const PERMISSIONS: &[(&str, &str)] = &[
    ("audit:write", "galleria:audit/audit-log"),
    ("clock:read", "galleria:clock/wall-time"),
    ("customers:read", "galleria:customers/customers"),
    ("customers:read-pii", "galleria:customers/customers"),
    ("customers:write", "galleria:customers/customers"),
    ("facets:write", "galleria:facets/facets"),
    ("log:write", "galleria:log/logging"),
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
