//! Mail: what takes mails out of the shop's outbox.

mod file;
mod log;
mod message;
mod sender;
mod smtp;

use std::path::Path;
use std::sync::Arc;

use galleria_app::mail::MailTransport;

pub use file::FileMail;
pub use log::LogMail;
pub use smtp::{InvalidSmtpUrl, SmtpMail};

pub(crate) use sender::start;

/// The folder of mails that are only written down, within the data folder.
const FOLDER: &str = "mail";

/// What mails are written down by, where nothing else was said.
pub(crate) fn default_transport(data_dir: &Path) -> Arc<dyn MailTransport> {
    Arc::new(FileMail::new(data_dir.join(FOLDER)))
}
