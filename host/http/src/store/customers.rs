//! Opening an account.

use aide::axum::ApiRouter;
use aide::axum::routing::post;
use axum::extract::State;
use galleria_app::authentication::{self, Client};
use galleria_domain::CustomerDraft;
use schemars::JsonSchema;
use serde::Deserialize;

use super::session::{CustomerLoggedInView, TokenIn, take_cart_over, welcome};
use crate::answer::{Created, Result};
use crate::extract::{Body, Stranger};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/customers", post(register))
}

/// An account to be opened.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerRegister {
    /// What they log in with; unique in the store.
    email: String,
    /// 8 to 128 characters, none of the common ones.
    password: String,
    /// Their first name.
    first_name: Option<String>,
    /// Their last name.
    last_name: Option<String>,
    /// How they are addressed.
    title: Option<String>,
    /// Their telephone number.
    phone: Option<String>,
    /// Where they work.
    company: Option<String>,
    /// `YYYY-MM-DD`.
    date_of_birth: Option<String>,
    /// The language they want: `de-CH`.
    language: Option<String>,
    /// Where their days begin: `Europe/Berlin`.
    time_zone: Option<String>,
    /// Whether they want to hear of offers.
    accepts_marketing: Option<bool>,
    /// How the token of the session is to come that begins with the account.
    #[serde(default)]
    token_in: TokenIn,
}

// Without `Idempotency-Key`: the answer holds a token, and the email is a key by itself.
async fn register(
    State(state): State<HttpState>,
    stranger: Stranger,
    body: Body<CustomerRegister>,
) -> Result<Created<CustomerLoggedInView>> {
    let Stranger { at, app, user_agent, customer_token, visit_token, .. } = stranger;
    let client =
        Client { user_agent: user_agent.as_deref(), session_token: customer_token.as_deref() };
    let (draft, password, token_in) = body.value.into_parts();
    let registered = authentication::customer_register(&app, &at, draft, &password, client).await?;
    let cart_notes = take_cart_over(&app, &registered, visit_token.as_deref()).await;
    welcome(registered, token_in, cart_notes, &state.config)
}

impl CustomerRegister {
    fn into_parts(self) -> (CustomerDraft, String, TokenIn) {
        macro_rules! draft_of {
            ($($field:ident),+) => {{
                // Taken apart by name: a new field doesn't compile until it arrives.
                let Self { email, password, token_in, $($field),+ } = self;
                let email = Some(email);
                (CustomerDraft { email, $($field,)+ ..CustomerDraft::default() }, password, token_in)
            }};
        }
        draft_of!(
            first_name,
            last_name,
            title,
            phone,
            company,
            date_of_birth,
            language,
            time_zone,
            accepts_marketing
        )
    }
}
