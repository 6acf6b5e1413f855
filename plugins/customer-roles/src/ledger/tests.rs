use serde_json::json;

use super::*;

/// A guest `cus_g` and a registered `cus_r`; roles `open`, `login` and the system role `guests`.
fn ledger(held: &[(&str, &str)]) -> Ledger {
    let role = |name: &str, requires_login: bool, system: bool| {
        let draft = json!({
            "system_name": name, "names": { "en": name }, "requires_login": requires_login,
        });
        (name.to_owned(), Role { draft: serde_json::from_value(draft).unwrap(), system })
    };
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for (customer, role) in held {
        let held = Held { role: (*role).to_owned(), expires_at: None };
        let none = || Account { version: Some(1), before: Vec::new(), now: Vec::new() };
        let account = accounts.entry((*customer).to_owned()).or_insert_with(none);
        account.before.push(held.clone());
        account.now.push(held);
    }
    Ledger {
        now: 5,
        most: 2,
        accounts,
        registered: BTreeMap::from([("cus_g".to_owned(), false), ("cus_r".to_owned(), true)]),
        roles: BTreeMap::from([
            role("open", false, false),
            role("login", true, false),
            role("third", false, false),
            role("guests", false, true),
        ]),
        given: BTreeMap::new(),
        tally: Tally::default(),
    }
}

fn giving(customer: &str, roles: &[&str], expires_at: Option<i64>) -> Wish {
    let grant = |role: &&str| Grant { field: "role".into(), role: (*role).into(), expires_at };
    Wish {
        path: "rows.3".to_owned(),
        customer_field: "customer",
        customer: customer.to_owned(),
        give: roles.iter().map(grant).collect(),
        take: Vec::new(),
    }
}

fn faults(wish: &Wish, held: &[(&str, &str)]) -> Vec<(String, String)> {
    let found = ledger(held).faults(wish);
    found.into_iter().map(|fault| (fault.path, fault.code)).collect()
}

fn fault(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

#[test]
fn a_guest_gets_no_role_that_needs_a_login() {
    assert_eq!(
        faults(&giving("cus_g", &["login"], None), &[]),
        fault("rows.3.role", "unregistered")
    );
    assert_eq!(faults(&giving("cus_g", &["open"], None), &[]), []);
    assert_eq!(faults(&giving("cus_r", &["login"], None), &[]), []);
}

#[test]
fn what_is_not_there_is_named() {
    let unknown = fault("rows.3.customer", "unknown");
    assert_eq!(faults(&giving("cus_x", &["login"], None), &[]), unknown);
    assert_eq!(faults(&giving("cus_r", &["none"], None), &[]), fault("rows.3.role", "unknown"));
}

#[test]
fn nobody_is_given_a_system_role() {
    assert_eq!(faults(&giving("cus_g", &["guests"], None), &[]), fault("rows.3.role", "fixed"));
}

#[test]
fn a_membership_that_would_be_over_does_not_begin() {
    assert_eq!(faults(&giving("cus_r", &["open"], Some(5)), &[]), fault("rows.3.role", "range"));
    assert_eq!(faults(&giving("cus_r", &["open"], Some(6)), &[]), []);
}

#[test]
fn a_customer_has_no_more_roles_than_an_admin_allows() {
    let held = [("cus_r", "login"), ("cus_r", "open")];
    assert_eq!(
        faults(&giving("cus_r", &["third"], None), &held),
        fault("rows.3.customer", "range")
    );
    assert_eq!(faults(&giving("cus_r", &["open"], None), &held), []);
    let swap = Wish { take: vec!["open".into()], ..giving("cus_r", &["third"], None) };
    assert_eq!(faults(&swap, &held), []);
}

#[test]
fn a_role_can_be_taken_from_a_customer_who_is_gone() {
    let taking = Wish { take: vec!["open".into()], ..giving("cus_x", &[], None) };
    assert_eq!(faults(&taking, &[("cus_x", "open")]), []);
}

#[test]
fn rows_of_one_customer_count_together() {
    let mut ledger = ledger(&[]);
    for role in ["login", "open"] {
        let wish = giving("cus_r", &[role], None);
        assert_eq!(ledger.faults(&wish).len(), 0);
        ledger.grant(&wish, Source::Import, "staff:stf_1");
    }
    assert_eq!(ledger.faults(&giving("cus_r", &["third"], None)).len(), 1);
    assert_eq!((ledger.tally.given, ledger.given.len()), (2, 2));
}

#[test]
fn what_is_true_already_is_counted_and_not_written() {
    let mut ledger = ledger(&[("cus_r", "open")]);
    ledger.grant(&giving("cus_r", &["open"], None), Source::Manual, "staff:stf_1");
    let taking = Wish { take: vec!["login".into()], ..giving("cus_r", &[], None) };
    ledger.grant(&taking, Source::Manual, "staff:stf_1");
    assert_eq!((ledger.tally.unchanged, ledger.tally.given, ledger.given.len()), (2, 0, 0));
    let Account { before, now, .. } = &ledger.accounts["cus_r"];
    assert_eq!(before, now);
}

#[test]
fn a_membership_that_ends_in_the_call_it_began_in_is_not_written() {
    let mut ledger = ledger(&[]);
    ledger.grant(&giving("cus_r", &["open"], None), Source::Manual, "staff:stf_1");
    let taking = Wish { take: vec!["open".into()], ..giving("cus_r", &[], None) };
    ledger.grant(&taking, Source::Manual, "staff:stf_1");
    assert!(ledger.given.is_empty());
    assert!(ledger.accounts["cus_r"].now.is_empty());
}
