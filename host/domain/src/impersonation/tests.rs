use super::*;
use crate::customer::{CreatedVia, CustomerDraft, CustomerOrigin};

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

fn customer() -> Customer {
    let draft = CustomerDraft { email: Some("ada@example.com".into()), ..CustomerDraft::default() };
    let origin = CustomerOrigin {
        id: CustomerId::from_bytes([2; 16]),
        store: StoreId::from_bytes([1; 16]),
        number: 1,
        at: at(0),
        via: CreatedVia::Admin,
        by: None,
    };
    Customer::create(draft, origin, at(0).day()).unwrap()
}

fn start(mode: ImpersonationMode, reason: Option<&str>) -> ImpersonationStart {
    ImpersonationStart {
        id: ImpersonationId::generate(),
        staff: StaffId::from_bytes([3; 16]),
        store: StoreId::from_bytes([1; 16]),
        mode,
        cart: None,
        reason: reason.map(Into::into),
        reason_required: true,
        actor_ip: None,
        actor_ua: Some("x".repeat(1_000)),
    }
}

const STRANGERS: ImpersonationPeople<'static> =
    ImpersonationPeople { linked_staff: None, actor_is_owner: false, nested: false };

fn running(mode: ImpersonationMode) -> Impersonation {
    Impersonation::start(start(mode, Some("asked by phone")), &customer(), STRANGERS, at(0))
        .unwrap()
}

#[test]
fn staff_does_in_each_mode_what_it_may_and_nothing_else() {
    use Act as A;
    let seeing = [A::SeeCart, A::SeeProfile, A::SeeOrders];
    let cart = [A::SeeCart, A::SeeProfile, A::ChangeCart, A::PlaceOrder];
    let full = [
        A::SeeCart,
        A::SeeProfile,
        A::SeeOrders,
        A::ChangeCart,
        A::PlaceOrder,
        A::ChangeProfile,
        A::ChangeAddresses,
    ];
    for (mode, allowed) in [
        (ImpersonationMode::ReadOnly, &seeing[..]),
        (ImpersonationMode::CartOnly, &cart[..]),
        (ImpersonationMode::Full, &full[..]),
    ] {
        for act in A::ALL {
            assert_eq!(mode.allows(*act), allowed.contains(act), "{act} in {mode}");
        }
    }
}

#[test]
fn what_is_about_one_cart_does_not_reach_another() {
    let own = CartId::generate();
    let one = Impersonation { cart: Some(own.clone()), ..running(ImpersonationMode::CartOnly) };
    assert!(one.allows(Act::ChangeCart, Some(&own)));
    assert!(!one.allows(Act::ChangeCart, Some(&CartId::generate())));
    assert!(one.allows(Act::SeeProfile, None));
    assert!(running(ImpersonationMode::Full).allows(Act::ChangeCart, Some(&own)));
}

#[test]
fn it_ends_after_15_idle_minutes_and_after_an_hour_whatever_happens() {
    let one = running(ImpersonationMode::Full);
    assert!(one.is_running(at(15 * 60 - 1)) && !one.is_running(at(15 * 60)));
    assert_eq!(one.seen(at(15 * 60)), None);
    let mut busy = one;
    for minute in 1..60 {
        busy = busy.seen(at(minute * 60)).unwrap();
    }
    assert_eq!(busy.request_count, 59);
    assert!(busy.is_running(at(3_599)) && !busy.is_running(at(3_600)));
    let ended = busy.finished(ImpersonationEnd::Finished, at(9_999));
    assert_eq!(
        (ended.ended_at, ended.end_cause),
        (Some(at(3_600)), Some(ImpersonationEnd::Expired))
    );
}

#[test]
fn finishing_twice_is_finishing_once() {
    let one = running(ImpersonationMode::Full).finished(ImpersonationEnd::Finished, at(5));
    assert_eq!((one.ended_at, one.end_cause), (Some(at(5)), Some(ImpersonationEnd::Finished)));
    assert_eq!(one.finished(ImpersonationEnd::Revoked, at(6)), one);
    assert!(!one.is_running(at(6)) && one.seen(at(6)).is_none());
}

#[test]
fn i10_staff_is_no_target_and_nothing_is_nested() {
    let staff = StaffId::generate();
    let linked = ImpersonationPeople { linked_staff: Some(&staff), ..STRANGERS };
    let owner = ImpersonationPeople { actor_is_owner: true, ..linked };
    let nested = ImpersonationPeople { nested: true, ..owner };
    let live = customer();
    let inactive = Customer { active: false, ..live.clone() };
    let deleted = Customer { deleted_at: Some(at(0)), ..live.clone() };
    let elsewhere = Customer { store: StoreId::generate(), ..live.clone() };
    let begin = |customer: &Customer, people| {
        let start = start(ImpersonationMode::Full, Some("asked"));
        Impersonation::start(start, customer, people, at(0)).map(drop)
    };
    assert_eq!(begin(&live, STRANGERS), Ok(()));
    assert_eq!(begin(&live, owner), Ok(()));
    assert_eq!(begin(&live, linked), Err(ImpersonationRefusal::Staff));
    assert_eq!(begin(&live, nested), Err(ImpersonationRefusal::Nested));
    assert_eq!(begin(&inactive, owner), Err(ImpersonationRefusal::Inactive));
    assert_eq!(begin(&deleted, owner), Err(ImpersonationRefusal::Inactive));
    assert_eq!(begin(&elsewhere, owner), Err(ImpersonationRefusal::Store));
}

#[test]
fn it_ends_with_the_account_of_the_customer() {
    let one = running(ImpersonationMode::Full);
    let live = customer();
    assert!(one.is_still_for(&live));
    assert!(!one.is_still_for(&Customer { active: false, ..live.clone() }));
    assert!(!one.is_still_for(&Customer { merged_into: Some(CustomerId::generate()), ..live }));
}

#[test]
fn a_reason_has_3_to_500_characters() {
    let long = "x".repeat(501);
    for (reason, code) in [
        (None, FieldCode::Required),
        (Some("  "), FieldCode::Required),
        (Some("ab"), FieldCode::TooShort),
        (Some(long.as_str()), FieldCode::TooLong),
    ] {
        let start = start(ImpersonationMode::Full, reason);
        match Impersonation::start(start, &customer(), STRANGERS, at(0)) {
            Err(ImpersonationRefusal::Invalid(errors)) => assert_eq!(errors[0].code, code),
            other => panic!("{other:?} isn't invalid"),
        }
    }
    let free =
        ImpersonationStart { reason_required: false, ..start(ImpersonationMode::Full, None) };
    assert!(Impersonation::start(free, &customer(), STRANGERS, at(0)).is_ok());
    assert_eq!(running(ImpersonationMode::Full).actor_ua.map(|ua| ua.len()), Some(256));
}

#[test]
fn an_order_is_put_down_once() {
    let order = OrderId::generate();
    let one = running(ImpersonationMode::Full).ordered(order.clone()).ordered(order.clone());
    assert_eq!(one.orders, [order]);
}
