//! The roles `registered` and `guests`. Who has them follows from the kind of the account, so it
//! is never stored; what they entitle to is.

use std::collections::BTreeMap;

use galleria_sdk::Fault;
use galleria_sdk::customers::CustomerKind;

use crate::names;
use crate::role::{Draft, PriceDisplay, ROLES, Role};

/// The id, and the system name, of the role of registered customers.
pub(crate) const REGISTERED: &str = "registered";
/// The id, and the system name, of the role of guests.
pub(crate) const GUESTS: &str = "guests";

/// The system role of an account.
pub(crate) fn of(kind: CustomerKind) -> &'static str {
    match kind {
        CustomerKind::Registered => REGISTERED,
        CustomerKind::Guest => GUESTS,
    }
}

/// The kind of account that has a system role.
pub(crate) fn kind(role: &str) -> Option<CustomerKind> {
    match role {
        REGISTERED => Some(CustomerKind::Registered),
        GUESTS => Some(CustomerKind::Guest),
        _ => None,
    }
}

/// Lays down the system roles, if no version before has.
pub(crate) fn prepare(_previous: Option<&str>) -> Result<(), Fault> {
    seed(REGISTERED, "Registered", "Registriert", 0)?;
    seed(GUESTS, "Guests", "Gäste", 1)
}

fn seed(id: &str, english: &str, german: &str, sort: i64) -> Result<(), Fault> {
    if ROLES.find(id)?.is_some() {
        return Ok(());
    }
    let names = [("en", english), ("de", german)];
    let draft = Draft {
        system_name: id.to_owned(),
        names: BTreeMap::from(names.map(|(language, name)| (language.into(), name.into()))),
        active: true,
        requires_login: id == REGISTERED,
        free_shipping: false,
        tax_exempt: false,
        price_display: PriceDisplay::Inherit,
        discount_ppm: 0,
        password_max_age_days: None,
        purchased_with_variant: None,
        remove_on_refund: false,
        auto_rules: None,
        sort,
        color: None,
    };
    names::write(id, &BTreeMap::new(), &draft.names)?;
    ROLES.insert_as(id, &Role { draft, system: true })?;
    Ok(())
}
