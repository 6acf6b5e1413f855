//! Opening an account.

use galleria_domain::{CustomerDraft, EmailAddress, EventKind};
use galleria_storage::credentials as stored;
use serde_json::json;

use super::{Client, LoggedIn, admit, customer_caller};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::sessions::Subject;
use crate::{accounts, credentials, customers, login_attempts, settings, unit};

/// Opens an account in the store of `at` for whoever asks for it, and logs them in.
///
/// A mistake in the password stands at `password`. [`AppError::Conflict`](crate::AppError::Conflict)
/// `email-taken` if the email has an account. An address opens so many accounts within an hour as
/// the settings of the host allow, and is told to wait then; what comes to nothing because of the
/// email counts as well, or else one could ask for one email after another.
pub async fn customer_register(
    app: &App,
    at: &Caller,
    draft: CustomerDraft,
    password: &str,
    client: Client<'_>,
) -> Result<LoggedIn> {
    let email = draft.email.as_deref().and_then(|email| email.parse::<EmailAddress>().ok());
    credentials::check("password", password, email.as_ref())?;
    // In a unit of its own: the account that isn't made doesn't take the count back.
    unit!(app.write(at), work => {
        let max = settings::host(work).await?.registrations_per_hour;
        login_attempts::registering(work, max).await
    })?;
    let hash = credentials::hash_first(app, "password", password, email.as_ref()).await?;
    unit!(app.write(at), work => {
        let customer = customers::register(work, draft.clone()).await?;
        let subject = Subject::Customer(customer.id.clone());
        credentials::put_first(work, &subject, &hash, false).await?;
        let (now, ip) = (work.now(), at.ip.clone());
        stored::customer_logged_in(work.unit(), &customer.id, now, ip.as_deref()).await?;
        accounts::ask_to_verify(work, &customer).await?;
        let caller = customer_caller(at, &customer.id);
        let payload = json!({ "assurance": "password" });
        customers::tell(work, EventKind::CustomerLoggedIn, &customer, payload).await?;
        admit(work, subject, caller, client, false).await
    })
}
