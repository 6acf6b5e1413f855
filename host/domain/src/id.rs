//! Ids: what names one thing for ever.

use std::fmt;
use std::str::FromStr;

use crate::error::{FieldCode, Mistake};
use crate::names::as_json_text;

/// A text that isn't an id of the kind wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no {kind} id")]
pub struct InvalidId {
    /// What the id should have named, in words.
    pub kind: &'static str,
}

impl Mistake for InvalidId {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

/// Defines one type for each kind of id: a prefix, `_`, and a UUID in 32 lower-case hexadecimal
/// digits. Fresh ones are of version 7, so that they sort by the time of their making.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $kind:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
            // Invariant: the prefix, `_`, and 32 lower-case hexadecimal digits.
            pub struct $name(String);

            impl $name {
                /// What every id of this kind begins with, before the `_`.
                pub const PREFIX: &str = $prefix;

                /// A fresh one.
                #[must_use]
                pub fn generate() -> Self {
                    Self::from_bytes(uuid::Uuid::now_v7().into_bytes())
                }

                /// The id with these 16 bytes.
                pub fn from_bytes(bytes: [u8; 16]) -> Self {
                    Self(format!(concat!($prefix, "_{}"), uuid::Uuid::from_bytes(bytes).simple()))
                }

                /// The id as text.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl FromStr for $name {
                type Err = InvalidId;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    match text.strip_prefix(concat!($prefix, "_")) {
                        Some(digits) if is_uuid(digits) => Ok(Self(text.to_owned())),
                        _ => Err(InvalidId { kind: $kind }),
                    }
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(&self.0)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }

            impl From<$name> for String {
                fn from(id: $name) -> Self {
                    id.0
                }
            }

            impl AsRef<str> for $name {
                fn as_ref(&self) -> &str {
                    &self.0
                }
            }

            as_json_text!($name);
        )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix,)+];
    };
}

fn is_uuid(digits: &str) -> bool {
    digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

// Keep sorted. A prefix, once released, is never given to another kind.
ids! {
    /// Identifies an [`Address`](crate::Address).
    AddressId = "adr", "address";
    /// Identifies a key that a program logs in with.
    ApiKeyId = "key", "API key";
    /// Identifies a cart.
    CartId = "crt", "cart";
    /// Identifies a link to a cart's checkout.
    CheckoutLinkId = "lnk", "checkout link";
    /// Identifies a [`Customer`](crate::Customer).
    CustomerId = "cus", "customer";
    /// Identifies one row of a plugin's own data.
    EntityId = "ent", "entity";
    /// Identifies an event: a fact in the outbox.
    EventId = "evt", "event";
    /// Identifies an impersonation: staff acting for a customer.
    ImpersonationId = "imp", "impersonation";
    /// Identifies an installation: what an admin decided about a plugin.
    InstallationId = "ins", "installation";
    /// Identifies a job: long work in slices.
    JobId = "job", "job";
    /// Identifies a line of a cart, and of the order made of it.
    LineId = "lin", "line";
    /// Identifies a mail in the outbox.
    MailId = "mai", "mail";
    /// Identifies an order.
    OrderId = "ord", "order";
    /// Identifies a payment.
    PaymentId = "pay", "payment";
    /// Identifies a [`Product`](crate::Product).
    ProductId = "prd", "product";
    /// Identifies a refund.
    RefundId = "rfd", "refund";
    /// Identifies one request, in logs and audit rows.
    RequestId = "req", "request";
    /// Identifies a [`Role`](crate::Role) of staff.
    RoleId = "rol", "role";
    /// Identifies a session.
    SessionId = "ses", "session";
    /// Identifies a method of shipping.
    ShippingMethodId = "shm", "shipping method";
    /// Identifies a [`StaffUser`](crate::StaffUser).
    StaffId = "stf", "staff";
    /// Identifies a [`Store`](crate::Store).
    StoreId = "sto", "store";
    /// Identifies a rate of tax.
    TaxRateId = "txr", "tax rate";
    /// Identifies a [`Variant`](crate::Variant) of a product.
    VariantId = "var", "variant";
    /// Identifies the visit of somebody unknown.
    VisitId = "vis", "visit";
    /// Identifies an address that events are sent to.
    WebhookId = "whk", "webhook";
}

/// Names a plugin: `[a-z][a-z0-9-]{0,62}`, chosen by its author.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PluginId(String);

impl PluginId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId { kind: "plugin" }) }
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PluginId> for String {
    fn from(id: PluginId) -> Self {
        id.0
    }
}

impl AsRef<str> for PluginId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

as_json_text!(PluginId);

/// Whether `text` is `[a-z][a-z0-9-]{0,62}`.
pub(crate) fn is_slug(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_two_kinds_share_a_prefix() {
        assert_eq!(PREFIXES.iter().collect::<BTreeSet<_>>().len(), PREFIXES.len());
    }

    #[test]
    fn a_fresh_id_sorts_behind_the_ones_before() {
        let ids: Vec<_> = (0..1_000).map(|_| CustomerId::generate()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let good = CustomerId::from_bytes([7; 16]).to_string();
        let bad = [
            String::new(),
            "cus_".into(),
            good.to_uppercase(),
            good.replace("cus", "adr"),
            good[..35].into(),
            format!("{good}0"),
            format!(" {good}"),
            good.replacen('0', "g", 1),
            "cus_07070707-0707-0707-0707-070707070707".into(),
        ];
        for text in bad {
            assert_eq!(text.parse::<CustomerId>(), Err(InvalidId { kind: "customer" }), "{text}");
        }
    }

    #[test]
    fn a_plugin_is_named_by_a_short_lower_case_word() {
        for good in ["a", "customer-roles", "x1", &"a".repeat(63)] {
            assert_eq!(good.parse::<PluginId>().map(String::from).as_deref(), Ok(good));
        }
        for bad in ["", "1a", "-a", "A", "a_b", "ä", "a/b", "..", &"a".repeat(64)] {
            assert!(bad.parse::<PluginId>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_text_and_json(bytes in any::<[u8; 16]>()) {
            let id = CustomerId::from_bytes(bytes);
            prop_assert_eq!(&id.as_str().parse::<CustomerId>(), &Ok(id.clone()));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<CustomerId>(&json).unwrap(), id);
        }

        #[test]
        fn any_text_is_an_id_or_refused_without_a_panic(text in "\\PC*") {
            if let Ok(id) = text.parse::<CustomerId>() {
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }
}
