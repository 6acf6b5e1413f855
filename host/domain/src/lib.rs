//! What things are in a Galleria shop: types and rules. No I/O, no clock, no framework.
//!
//! To read it in order: `error` (what is wrong with a field) and `names` (enums as text) are what
//! everything else is written in. `id`, `time`, `text`, `email`, `fold`, `locale` and `money` are
//! the values; `change` and `edit` say how a draft or a change becomes a thing. Then the things:
//! `store`, `customer` and `address`, `catalog`, and how customers are looked for:
//! `customer_filter` and `page`. At the end, who may do what: `permission`, `principal`, `staff`,
//! `credential`, and what is put on record of it: `audit`.
//!
//! A thing is made by `create` from a draft and changed by `apply`, which answers the next version
//! or every [mistake](FieldError) at once. Nothing here reads a clock: the time is passed in.

mod address;
mod adjustment;
mod attribution;
mod audit;
mod cart;
mod catalog;
mod change;
mod checkout_link;
mod credential;
mod cron;
mod customer;
mod customer_filter;
mod edit;
mod email;
mod entity;
mod error;
mod event;
mod fold;
mod hook;
mod id;
mod impersonation;
mod installation;
mod job;
mod locale;
mod money;
mod names;
mod order;
mod page;
mod permission;
mod postal;
mod principal;
mod schedule;
mod shipping;
mod staff;
mod store;
mod tax;
mod text;
mod time;
mod totals;

pub use address::{
    ADDRESSES_MAX, Address, AddressChange, AddressDraft, AddressOrigin, DefaultsChange,
    address_room,
};
pub use adjustment::{
    ADJUSTMENT_AMOUNT_MAX, ADJUSTMENT_CODE_MAX_BYTES, ADJUSTMENT_DATA_MAX_BYTES,
    ADJUSTMENT_LABEL_MAX_BYTES, ADJUSTMENT_LABELS_MAX, ADJUSTMENTS_MAX, Adjustment,
    AdjustmentScope, ProposedAdjustment, RejectedAdjustment, Stage,
};
pub use attribution::{ATTRIBUTION_METADATA_MAX, Attribution, AttributionMode, Clicks};
pub use audit::{
    AuditEntry, AuditEvent, AuditLink, BrokenChain, InvalidHash, Sha256Hash, audit_verify,
};
pub use cart::{
    AddedBy, CART_CODE_MAX_CHARS, CART_CODES_MAX, CART_LINES_MAX, CART_NOTE_MAX_CHARS,
    CART_WISH_MAX_BYTES, CART_WISHES_MAX, Cart, CartAge, CartAges, CartDetails, CartError,
    CartLock, CartOrigin, CartOwner, CartStart, CartStatus, LINE_OPTIONS_MAX_BYTES,
    LINE_QUANTITY_MAX, Line, LineDraft, LinePrices, MergeCut, MergeStrategy, Merged, PriceSource,
    cart_code,
};
pub use catalog::{Product, Variant};
pub use change::Change;
pub use checkout_link::{
    CheckoutLink, LINK_LIFETIME, LINK_LIFETIME_MAX, LINK_LIFETIME_MIN, LinkAssurance, LinkChannel,
    LinkDraft, LinkRefusal, LinkState,
};
pub use credential::{
    FREE_FAILURES, InvalidPassword, LOCK_AFTER_FAILURES, LOCK_DURATION, LoginAccount, LoginGate,
    LoginThrottle, MAX_DELAY, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, Password,
};
pub use cron::{CronExpression, InvalidCron};
pub use customer::{
    CUSTOMER_COMMENT_MAX_BYTES, CUSTOMER_CUSTOM_MAX_BYTES, CreatedVia, Customer, CustomerChange,
    CustomerDraft, CustomerKind, CustomerOrigin, CustomerSearchKeys, CustomerStage,
};
pub use customer_filter::{
    CustomerFilter, CustomerSort, CustomerSortKey, FACET_CONDITIONS_MAX, FILTER_IDS_MAX,
    FacetCondition, FacetOp, FacetValue, SEARCH_MAX_CHARS, UnknownSort,
};
pub use email::{EMAIL_MAX_BYTES, EmailAddress, InvalidEmailAddress};
pub use entity::{
    Bound, ENTITY_BATCH_MAX, ENTITY_BODY_MAX_BYTES, ENTITY_COUNT_MAX, ENTITY_KEY_MAX_BYTES,
    ENTITY_PAGE_MAX, EntityDelete, EntityPut, EntityStep, Expectation, IndexValue, Lookup,
    StoredEntity,
};
pub use error::{FieldCode, FieldError, Mistake, Mistakes};
pub use event::{
    EVENT_PAYLOAD_MAX_BYTES, EVENT_SCHEMA_VERSION, Event, EventKind, EventPosition, EventTooLarge,
    InvalidEventPosition, NewEvent,
};
pub use fold::{digits, fold, fold_strip, like_pattern, phone_needle};
pub use hook::{
    CART_PROBLEMS_MAX, CartProblem, CartView, CustomerTraits, Decision, HOOK_CODE_MAX_BYTES,
    HOOK_MESSAGE_MAX_BYTES, HookKind, HookRank, ImpersonationView, LoginView, OnFailure,
    OrderDraft, ViewLine,
};
pub use id::{
    AddressId, ApiKeyId, CartId, CheckoutLinkId, CustomerId, EntityId, EventId, ImpersonationId,
    InstallationId, InvalidId, JobId, LineId, MailId, OrderId, PaymentId, PluginId, ProductId,
    RefundId, RequestId, RoleId, SessionId, ShippingMethodId, StaffId, StoreId, TaxRateId,
    VariantId, VisitId, WebhookId,
};
pub use impersonation::{
    Act, HANDOVER_LIFETIME, IMPERSONATION_IDLE, IMPERSONATION_LIFETIME,
    IMPERSONATION_REASON_MAX_CHARS, IMPERSONATION_REASON_MIN_CHARS, Impersonation,
    ImpersonationEnd, ImpersonationMode, ImpersonationPeople, ImpersonationRefusal,
    ImpersonationStart,
};
pub use installation::{Installation, InstallationState};
pub use job::{
    JOB_ATTEMPTS_MAX, JOB_ERROR_MAX_BYTES, JOB_JSON_MAX_BYTES, Job, JobProgress, JobState,
    job_check, job_retry_delay,
};
pub use locale::{
    CountryCode, InvalidCountry, InvalidLanguageTag, InvalidTimeZone, LanguageTag, TimeZoneName,
};
pub use money::{Currency, Money, MoneyError, Rate, UnknownCurrency, allocate, round_div};
pub use names::UnknownName;
pub use order::{
    ORDER_REASON_MAX_CHARS, Order, OrderError, OrderProgress, OrderSnapshot, OrderStart,
    OrderStatus, Payment, PaymentState, PlacedVia, Refund, RefundLine,
};
pub use page::{Cursor, CursorValue, InvalidCursor, Page, PageRequest, QueryPrint};
pub use permission::{InvalidPermission, Permission, Rights, Scope, StaffPermission};
pub use postal::{AddressSearchKeys, PostalAddress, postal_key};
pub use principal::{Actor, Assurance, InvalidActor, Principal};
pub use schedule::{INTERVAL_COUNT_MAX, IntervalUnit, LineSchedule};
pub use shipping::{SHIPPING_COUNTRIES_MAX, ShippingMethod, ShippingMethodChange, ShippingRefusal};
pub use staff::{Role, STAFF_ROLES_MAX, StaffChange, StaffDraft, StaffUser, check_owner_left};
pub use store::{PriceMode, STORE_LIST_MAX, Store, StoreChange};
pub use tax::{TAX_CLASS_MAX_CHARS, TaxPlace, TaxRate, TaxRateChange};
pub use text::{InvalidText, TextRule};
pub use time::{Day, Instant, InvalidDay, InvalidInstant};
pub use totals::{
    Allocation, AllocationTarget, AppliedAdjustment, BrokenSteps, Calculation, LineTotals,
    PRICED_LINES_MAX, PartTotals, PricedLine, PricedShipping, PricingInput, Rounding, RoundingRule,
    RunningLine, RunningTotals, Step, StepKind, StepSum, TaxLine, Totals, TotalsError,
};
