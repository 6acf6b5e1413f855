//! Where mails of a test end up.

use std::pin::Pin;
use std::sync::Arc;

use galleria_app::mail::{MailError, MailTransport, OutgoingMail, send_next};
use galleria_app::{App, Caller};
use galleria_domain::StoreId;
use parking_lot::Mutex;

/// Takes mails and keeps them, or refuses them as a test wants.
#[derive(Clone, Debug, Default)]
pub struct Postbox {
    taken: Arc<Mutex<Vec<OutgoingMail>>>,
    refusing: Arc<Mutex<Option<MailError>>>,
}

impl Postbox {
    /// Refuses what comes from now on; `None`: takes it again.
    pub fn refuse(&self, with: Option<MailError>) {
        *self.refusing.lock() = with;
    }

    /// Sends what is due in the outbox of a shop; says how many were tried.
    ///
    /// # Panics
    /// If the shop can't do it.
    pub async fn empty(&self, app: &App, store: &StoreId) -> usize {
        let host = Caller::system(store.clone());
        let mut tried = 0;
        while send_next(app, &host, self).await.expect("the outbox can be read") {
            tried += 1;
        }
        tried
    }

    /// What was taken since the last time.
    pub fn take(&self) -> Vec<OutgoingMail> {
        std::mem::take(&mut self.taken.lock())
    }

    /// The secret in the one mail that was taken since the last time.
    ///
    /// # Panics
    /// If there wasn't one, or it has no secret.
    pub fn token(&self) -> String {
        let mails = self.take();
        assert_eq!(mails.len(), 1, "one mail was expected");
        token_in(&mails[0].text).expect("the mail has a secret")
    }
}

/// The secret in a mail: the line, or its end, that is 256 bits in base64url.
pub fn token_in(text: &str) -> Option<String> {
    let is_token = |word: &&str| {
        word.len() == 43 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    text.split(|c: char| c.is_whitespace() || c == '=').find(is_token).map(str::to_owned)
}

impl MailTransport for Postbox {
    fn send<'a>(
        &'a self,
        mail: &'a OutgoingMail,
    ) -> Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(error) = self.refusing.lock().clone() {
                return Err(error);
            }
            self.taken.lock().push(mail.clone());
            Ok(())
        })
    }
}
