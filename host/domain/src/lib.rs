//! What things are in a Galleria shop: types and rules. No I/O, no clock, no framework.

mod address;
mod change;
mod customer;
mod edit;
mod email;
mod error;
mod fold;
mod id;
mod locale;
mod money;
mod names;
mod permission;
mod principal;
mod text;
mod time;

pub use address::{
    ADDRESSES_MAX, Address, AddressChange, AddressDraft, AddressOrigin, AddressSearchKeys,
    DefaultsChange, address_room, postal_key,
};
pub use change::Change;
pub use customer::{
    CUSTOMER_COMMENT_MAX_BYTES, CUSTOMER_CUSTOM_MAX_BYTES, CreatedVia, Customer, CustomerChange,
    CustomerDraft, CustomerKind, CustomerOrigin, CustomerSearchKeys, CustomerStage,
};
pub use email::{EMAIL_MAX_BYTES, EmailAddress, InvalidEmailAddress};
pub use error::{FieldCode, FieldError, Mistake, Mistakes};
pub use fold::{digits, fold, fold_strip, like_pattern, phone_needle};
pub use id::{
    AddressId, ApiKeyId, CustomerId, EntityId, InstallationId, InvalidId, PluginId, ProductId,
    RequestId, RoleId, SessionId, StaffId, StoreId, VariantId, VisitId,
};
pub use locale::{
    CountryCode, InvalidCountry, InvalidLanguageTag, InvalidTimeZone, LanguageTag, TimeZoneName,
};
pub use money::{Currency, Money, MoneyError, Rate, UnknownCurrency, allocate, round_div};
pub use names::UnknownName;
pub use permission::{InvalidPermission, Permission, Rights, Scope, StaffPermission};
pub use principal::{Actor, InvalidActor, Principal};
pub use text::{InvalidText, TextRule};
pub use time::{Day, Instant, InvalidDay, InvalidInstant};
