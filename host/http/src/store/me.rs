//! A customer's own account.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::authentication::Client;
use galleria_app::customers::{self, SeenCustomer};
use galleria_app::{credentials, impersonations, unit};
use galleria_domain::{
    AddressId, Assurance, CustomerChange, CustomerId, Impersonation, Instant, LanguageTag,
    TimeZoneName,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::impersonation::ImpersonationView;
use super::session::{CustomerLoggedInView, TokenIn, welcome};
use crate::answer::{Found, Result};
use crate::customers::PersonView;
use crate::edit::{Edit, Given, into_shop};
use crate::extract::{Body, CustomerCaller, IfMatch, NoFilter, Params};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/me", get(read).patch(update))
        .api_route("/me/password", post(change_password))
}

/// What is to be different about one's account: what isn't named stays, `null` clears.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MeUpdate {
    /// Their first name.
    first_name: Given<String>,
    /// Their last name.
    last_name: Given<String>,
    /// How they are addressed.
    title: Edit<String>,
    /// Their telephone number.
    phone: Edit<String>,
    /// Another telephone number.
    phone_alt: Edit<String>,
    /// Where they work.
    company: Edit<String>,
    /// What they call their gender.
    gender: Edit<String>,
    /// `YYYY-MM-DD`.
    date_of_birth: Edit<String>,
    /// The language they want.
    language: Edit<String>,
    /// Where their days begin.
    time_zone: Edit<String>,
    /// Their VAT number.
    vat_number: Edit<String>,
    /// Whether they want to hear of offers.
    accepts_marketing: Edit<bool>,
}

/// Another password for oneself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MePasswordChange {
    /// The password in force.
    current_password: String,
    /// The password to be.
    new_password: String,
    /// How the token of the session is to come that goes on with it.
    #[serde(default)]
    token_in: TokenIn,
}

/// A customer's own account.
#[derive(JsonSchema, Serialize)]
struct MeView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: CustomerId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// Counts the customers of the store.
    number: u64,
    #[serde(flatten)]
    person: PersonView,
    /// The language they want.
    #[schemars(with = "Option<String>")]
    language: Option<LanguageTag>,
    /// Where their days begin.
    #[schemars(with = "Option<String>")]
    time_zone: Option<TimeZoneName>,
    /// Whether they pay no tax.
    tax_exempt: bool,
    /// Whether they want to hear of offers; `null` if they were never asked.
    accepts_marketing: Option<bool>,
    /// The address for bills, unless another is named.
    #[schemars(with = "Option<String>")]
    default_billing_id: Option<AddressId>,
    /// The address for parcels, unless another is named.
    #[schemars(with = "Option<String>")]
    default_shipping_id: Option<AddressId>,
    /// When the account was opened.
    #[schemars(with = "String")]
    created_at: Instant,
    /// What proved who they are: `password`, or `link`, with which what is delicate asks for more.
    #[schemars(with = "String")]
    assurance: Assurance,
    /// Staff who acts for them in this very session; `null` for themselves.
    impersonation: Option<ImpersonationView>,
}

async fn read(caller: CustomerCaller, _: Params<NoFilter>) -> Result<Found<MeView>> {
    let (seen, acting) = unit!(caller.read(), work => {
        let acting = impersonations::current(work).await?;
        Ok((customers::get(work, &caller.id).await?, acting))
    })?;
    show(seen, &caller, acting)
}

async fn update(
    caller: CustomerCaller,
    IfMatch(expected): IfMatch,
    body: Body<MeUpdate>,
) -> Result<Found<MeView>> {
    let change = body.value.into();
    let (seen, acting) = unit!(caller.write(), work => {
        let seen = customers::update(work, &caller.id, &change, expected).await?;
        Ok((seen, impersonations::current(work).await?))
    })?;
    show(seen, &caller, acting)
}

// All sessions end, this one too; the answer begins a fresh one.
async fn change_password(
    State(state): State<HttpState>,
    caller: CustomerCaller,
    body: Body<MePasswordChange>,
) -> Result<Found<CustomerLoggedInView>> {
    let MePasswordChange { current_password, new_password, token_in } = body.value;
    let session = caller.session.as_ref();
    let user_agent = session.and_then(|session| session.user_agent.as_deref());
    let client = Client { user_agent, session_token: None };
    let changed =
        credentials::change(&state.app, &caller.caller, &current_password, &new_password, client);
    welcome(changed.await?, token_in, Vec::new(), &state.config)
}

fn show(
    seen: SeenCustomer,
    caller: &CustomerCaller,
    acting: Option<Impersonation>,
) -> Result<Found<MeView>> {
    let version = seen.customer.version;
    let view = MeView {
        assurance: caller.caller.assurance,
        impersonation: acting.map(ImpersonationView::from),
        ..seen.into()
    };
    Ok(Found::of(&view)?.at_version(version))
}

into_shop!(MeUpdate => CustomerChange {
    first_name, last_name, title, phone, phone_alt, company, gender, date_of_birth, language,
    time_zone, vat_number, accepts_marketing, ..Self::default()
});

impl From<SeenCustomer> for MeView {
    // What the shop notes about somebody isn't shown to them here; the rest is their own.
    fn from(seen: SeenCustomer) -> Self {
        let customer = seen.customer;
        let person = PersonView::from(&customer);
        Self {
            id: customer.id,
            version: customer.version,
            number: customer.number,
            person,
            language: customer.language,
            time_zone: customer.time_zone,
            tax_exempt: customer.tax_exempt,
            accepts_marketing: customer.accepts_marketing,
            default_billing_id: customer.default_billing_id,
            default_shipping_id: customer.default_shipping_id,
            created_at: customer.created_at,
            assurance: Assurance::Password,
            impersonation: None,
        }
    }
}
