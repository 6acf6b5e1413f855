//! What things are in a Galleria shop: types and rules. No I/O, no clock, no framework.

mod change;
mod email;
mod error;
mod fold;
mod id;
mod locale;
mod names;
mod permission;
mod principal;
mod text;
mod time;

pub use change::Change;
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
pub use names::UnknownName;
pub use permission::{InvalidPermission, Permission, Rights, Scope, StaffPermission};
pub use principal::{Actor, InvalidActor, Principal};
pub use text::{InvalidText, TextRule};
pub use time::{Day, Instant, InvalidDay, InvalidInstant};
