use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

#[test]
fn every_permission_is_described_in_english_and_german() {
    for permission in Permission::ALL {
        let (english, german) = (permission.describe("en-GB"), permission.describe("de-CH"));
        assert!(!english.is_empty() && !german.is_empty() && english != german, "{permission}");
        assert_eq!(permission.describe("fr"), english);
    }
}

#[test]
fn a_capability_of_plugins_alone_opens_an_interface() {
    for permission in Permission::ALL.iter().filter(|permission| !permission.is_for_staff()) {
        assert!(permission.interface().is_some(), "{permission}");
    }
    assert_eq!(Permission::PluginsManage.interface(), None);
    assert_eq!(Permission::CustomersReadPii.interface(), Some("galleria:customers/customers"));
}

#[test]
fn a_plugins_permission_is_written_with_the_plugins_id() {
    let permission: StaffPermission = "x:customer-roles:roles:manage".parse().unwrap();
    let plugin = "customer-roles".parse().unwrap();
    assert_eq!(permission, StaffPermission::Plugin { plugin, name: "roles:manage".into() });
    for bad in ["", "customers", "customers:*", "x:", "x:a", "x:a:", "x:A:b", "x:a:B", "x:../a:b"] {
        assert_eq!(bad.parse::<StaffPermission>(), Err(InvalidPermission), "{bad}");
    }
}

#[test]
fn a_customer_reaches_nobody_elses_data() {
    let (ada, eve) = (CustomerId::generate(), CustomerId::generate());
    let rights = Rights::of_customer(ada.clone());
    assert!(rights.has_for(Permission::CustomersWrite, &ada));
    assert!(!rights.has_for(Permission::CustomersRead, &eve));
    assert!(!rights.has_for(Permission::CustomersDelete, &ada));
}

#[test]
fn what_two_customers_share_is_nothing() {
    let one = Rights::of_customer(CustomerId::generate());
    let two = Rights::of_customer(CustomerId::generate());
    assert_eq!(one.intersect(&two), Rights::nothing());
}

#[test]
fn of_a_plugins_own_permissions_those_held_are_named() {
    let rights = Rights::only(["x:a:read".parse().unwrap(), "x:b:write".parse().unwrap()]);
    assert_eq!(rights.of_plugin(&"a".parse().unwrap(), ["read", "write"]), ["read"]);
    let all = Rights::everything();
    assert_eq!(all.of_plugin(&"a".parse().unwrap(), ["read", "write"]), ["read", "write"]);
}

fn any_rights() -> impl Strategy<Value = Rights> {
    let permissions = prop_oneof![
        Just(Allowed::Everything),
        btree_set(select(Permission::ALL).prop_map(StaffPermission::Host), 0..9)
            .prop_map(Allowed::Only),
    ];
    let scope = prop_oneof![
        Just(Scope::All),
        (0..2u8).prop_map(|n| Scope::Own(CustomerId::from_bytes([n; 16]))),
    ];
    (permissions, scope).prop_map(|(permissions, scope)| Rights { permissions, scope })
}

proptest! {
    #[test]
    fn both_together_allow_exactly_what_each_allows(one in any_rights(), two in any_rights()) {
        let both = one.intersect(&two);
        for permission in Permission::ALL.iter().copied() {
            for customer in (0..3u8).map(|n| CustomerId::from_bytes([n; 16])) {
                prop_assert_eq!(
                    both.has_for(permission, &customer),
                    one.has_for(permission, &customer) && two.has_for(permission, &customer)
                );
            }
        }
    }

    #[test]
    fn a_permission_survives_text(plugin in "[a-z][a-z0-9-]{0,20}", name in "[a-z0-9:-]{1,20}") {
        let permission = StaffPermission::Plugin { plugin: plugin.parse().unwrap(), name };
        prop_assert_eq!(permission.to_string().parse(), Ok(permission));
    }
}
