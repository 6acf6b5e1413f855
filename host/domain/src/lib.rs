//! What things are in a Galleria shop: types and rules. No I/O, no clock, no framework.

mod address;
mod catalog;
mod change;
mod customer;
mod customer_filter;
mod edit;
mod email;
mod error;
mod fold;
mod id;
mod locale;
mod money;
mod names;
mod page;
mod permission;
mod principal;
mod staff;
mod store;
mod text;
mod time;

pub use address::{
    ADDRESSES_MAX, Address, AddressChange, AddressDraft, AddressOrigin, AddressSearchKeys,
    DefaultsChange, address_room, postal_key,
};
pub use catalog::{Product, Variant};
pub use change::Change;
pub use customer::{
    CUSTOMER_COMMENT_MAX_BYTES, CUSTOMER_CUSTOM_MAX_BYTES, CreatedVia, Customer, CustomerChange,
    CustomerDraft, CustomerKind, CustomerOrigin, CustomerSearchKeys, CustomerStage,
};
pub use customer_filter::{
    CustomerFilter, CustomerSort, CustomerSortKey, FACET_CONDITIONS_MAX, FILTER_IDS_MAX,
    FacetCondition, FacetOp, FacetValue, SEARCH_MAX_CHARS, UnknownSort,
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
pub use page::{Cursor, CursorValue, InvalidCursor, Page, PageRequest, QueryPrint};
pub use permission::{InvalidPermission, Permission, Rights, Scope, StaffPermission};
pub use principal::{Actor, InvalidActor, Principal};
pub use staff::{Role, STAFF_ROLES_MAX, StaffChange, StaffDraft, StaffUser, check_owner_left};
pub use store::{PriceMode, STORE_LIST_MAX, Store, StoreChange};
pub use text::{InvalidText, TextRule};
pub use time::{Day, Instant, InvalidDay, InvalidInstant};
