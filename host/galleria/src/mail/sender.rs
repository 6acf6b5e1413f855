use std::sync::Arc;
use std::time::Duration;

use galleria_app::mail::{MailTransport, send_next};
use galleria_app::{App, Caller};
use galleria_domain::StoreId;
use galleria_storage::Wake;
use tokio_util::task::AbortOnDropHandle;

/// How long nobody looks for mails that nobody announced: those that are tried again, and those of
/// hosts that went away.
const EVERY: Duration = Duration::from_secs(5);

/// Sends what is in the outbox, until the handle is dropped. Several hosts may do so at once.
pub(crate) fn start(
    app: App,
    home: StoreId,
    transport: Arc<dyn MailTransport>,
) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut more = app.database().wakes().watch(Wake::Mails);
        loop {
            match send_next(&app, &Caller::system(home.clone()), &*transport).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "mails can't be sent"),
            }
            more.sleep(EVERY).await;
        }
    }))
}
