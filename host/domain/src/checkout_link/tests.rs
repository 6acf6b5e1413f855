use super::*;
use crate::cart::{CartOrigin, CartOwner, CartStart};
use crate::customer::{CreatedVia, CustomerDraft, CustomerOrigin};
use crate::id::VisitId;

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

fn store() -> StoreId {
    StoreId::from_bytes([1; 16])
}

fn customer() -> Customer {
    let draft = CustomerDraft { email: Some("ada@example.com".into()), ..CustomerDraft::default() };
    let origin = CustomerOrigin {
        id: CustomerId::from_bytes([2; 16]),
        store: store(),
        number: 1,
        at: at(0),
        via: CreatedVia::Admin,
        by: None,
    };
    Customer::create(draft, origin, at(0).day()).unwrap()
}

fn cart_of(owner: CartOwner) -> Cart {
    let start = CartStart {
        id: CartId::from_bytes([4; 16]),
        store: store(),
        currency: "EUR".parse().unwrap(),
        owner,
        is_current: false,
        origin: CartOrigin::Agent,
        opened_by: None,
    };
    Cart::create(start, at(0))
}

fn cart() -> Cart {
    cart_of(CartOwner::Customer(customer().id))
}

fn make(
    cart: &Cart,
    customer: Option<&Customer>,
    draft: &LinkDraft,
) -> Result<CheckoutLink, Vec<FieldError>> {
    CheckoutLink::create(CheckoutLinkId::generate(), cart, customer, draft, (Actor::System, at(0)))
}

fn link(draft: &LinkDraft) -> CheckoutLink {
    make(&cart(), Some(&customer()), draft).unwrap()
}

#[test]
fn a_link_is_good_until_it_expires_is_revoked_or_used_up() {
    let week = 7 * 24 * 3_600;
    let link = link(&LinkDraft { max_uses: Some(2), ..LinkDraft::default() });
    assert_eq!(link.state(at(week - 1)), LinkState::Live);
    assert_eq!(link.state(at(week)), LinkState::Expired);
    let used = link.redeemed(at(1));
    assert_eq!((used.state(at(2)), used.uses), (LinkState::Live, 1));
    assert_eq!(used.redeemed(at(2)).state(at(3)), LinkState::UsedUp);
    let revoked = link.revoked("sent to the wrong one", at(4)).unwrap();
    assert_eq!(revoked.state(at(5)), LinkState::Revoked);
    assert_eq!(revoked.revoked("again", at(6)).unwrap(), revoked);
    assert!(link.revoked(&"x".repeat(501), at(4)).is_err());
}

#[test]
fn t63_a_link_is_refused_once_anything_about_it_has_changed() {
    let (ada, cart, link) = (customer(), cart(), link(&LinkDraft::default()));
    let judge =
        |cart: &Cart, customer: Option<&Customer>| link.judge(&store(), cart, customer, at(1));
    assert_eq!(judge(&cart, Some(&ada)), Ok(()));
    let ordered = CartStatus::Expired;
    assert_eq!(judge(&cart.expire(at(1)).unwrap(), Some(&ada)), Err(LinkRefusal::Cart(ordered)));
    let owner = CartOwner::Customer(CustomerId::generate());
    let taken = cart.set_owner(owner, false, at(1)).unwrap();
    assert_eq!(judge(&taken, Some(&ada)), Err(LinkRefusal::Owner));
    for gone in [
        None,
        Some(Customer { active: false, ..ada.clone() }),
        Some(Customer { deleted_at: Some(at(1)), ..ada.clone() }),
        Some(Customer { anonymized_at: Some(at(1)), ..ada.clone() }),
        Some(Customer { merged_into: Some(CustomerId::generate()), ..ada.clone() }),
        Some(Customer { id: CustomerId::generate(), ..ada.clone() }),
    ] {
        assert_eq!(judge(&cart, gone.as_ref()), Err(LinkRefusal::Customer));
    }
    // T65: with another email, and not with the same one typed in another way.
    let with_email =
        |email: Option<&str>| Customer { email: email.map(|e| e.parse().unwrap()), ..ada.clone() };
    assert_eq!(judge(&cart, Some(&with_email(Some("ADA@EXAMPLE.com")))), Ok(()));
    for other in [Some("bob@example.com"), None] {
        assert_eq!(judge(&cart, Some(&with_email(other))), Err(LinkRefusal::Email));
    }
    let elsewhere = link.judge(&StoreId::generate(), &cart, Some(&ada), at(1));
    assert_eq!(elsewhere, Err(LinkRefusal::Store));
    let late = link.judge(&store(), &cart, Some(&ada), at(7 * 24 * 3_600));
    assert_eq!(late, Err(LinkRefusal::State(LinkState::Expired)));
}

#[test]
fn a_link_to_a_cart_of_nobody_in_particular_needs_no_customer() {
    let cart = cart_of(CartOwner::Visitor(VisitId::generate()));
    let draft = LinkDraft { assurance: LinkAssurance::None, ..LinkDraft::default() };
    let link = make(&cart, None, &draft).unwrap();
    assert_eq!(link.judge(&store(), &cart, None, at(1)), Ok(()));
}

#[test]
fn every_mistake_about_a_link_is_named() {
    let paths = |errors: Vec<FieldError>| -> Vec<String> {
        errors.into_iter().map(|error| error.path).collect()
    };
    for (seconds, good) in
        [(299, false), (300, true), (30 * 86_400, true), (30 * 86_400 + 1, false)]
    {
        let lifetime = Duration::from_secs(seconds);
        let draft = LinkDraft { lifetime, ..LinkDraft::default() };
        assert_eq!(make(&cart(), Some(&customer()), &draft).is_ok(), good, "{seconds} s");
    }
    let draft = LinkDraft { max_uses: Some(0), ..LinkDraft::default() };
    let errors = make(&cart(), None, &draft).unwrap_err();
    assert_eq!(paths(errors), ["max_uses", "assurance", "customer"]);
}

#[test]
fn t64_what_is_delicate_needs_more_than_a_link_to_the_checkout() {
    use Act as A;
    let delicate = [
        A::ChangePassword,
        A::ChangeEmail,
        A::SeeSavedPayments,
        A::SeeOrders,
        A::ExportData,
        A::DeleteAccount,
        A::StartImpersonation,
    ];
    let personal = [A::SeeProfile, A::ChangeProfile, A::ChangeAddresses];
    for act in A::ALL {
        let checkout = !delicate.contains(act);
        assert_eq!(LinkAssurance::Checkout.allows(*act), checkout, "{act}");
        assert_eq!(LinkAssurance::None.allows(*act), checkout && !personal.contains(act), "{act}");
        assert_eq!(LinkAssurance::Full.allows(*act), *act != A::StartImpersonation, "{act}");
    }
}
