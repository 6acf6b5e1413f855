use std::fmt::{self, Debug};
use std::pin::Pin;

use galleria_domain::MailId;

/// What mails are handed over to.
pub trait MailTransport: Debug + Send + Sync + 'static {
    /// Hands a mail over. Once it is taken, it isn't handed over again.
    fn send<'a>(
        &'a self,
        mail: &'a OutgoingMail,
    ) -> Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;
}

/// A mail on its way out. It may carry a secret: it belongs in no log.
#[derive(Clone, Eq, PartialEq)]
pub struct OutgoingMail {
    /// Names it for ever; the same whenever it is tried again.
    pub id: MailId,
    /// Whom it comes from, as people read it: the store.
    pub from_name: String,
    /// The address that it comes from.
    pub from: String,
    /// The address that it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The body in plain text.
    pub text: String,
    /// The body in HTML, if it has one.
    pub html: Option<String>,
}

/// Shows only which mail it is.
impl Debug for OutgoingMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a mail was not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MailError {
    /// It may be taken another time.
    #[error("{0}")]
    Passing(String),
    /// It will never be taken.
    #[error("{0}")]
    Permanent(String),
}
