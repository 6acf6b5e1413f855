use std::path::{Path, PathBuf};
use std::pin::Pin;

use galleria_app::mail::{MailError, MailTransport, OutgoingMail};

use super::message::message;

/// Writes each mail into a file of a folder, `mai_….eml`, which every mail program opens. They hold
/// secrets: only the owner of the process can read them.
#[derive(Clone, Debug)]
pub struct FileMail {
    folder: PathBuf,
}

impl FileMail {
    /// Into this folder, which is made with the first mail.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl MailTransport for FileMail {
    fn send<'a>(
        &'a self,
        mail: &'a OutgoingMail,
    ) -> Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>> {
        Box::pin(async move {
            let wire = message(mail)?.formatted();
            let (folder, name) = (self.folder.clone(), mail.id.to_string());
            let written = tokio::task::spawn_blocking(move || write(&folder, &name, &wire)).await;
            let written = written.map_err(std::io::Error::other).and_then(|written| written);
            // Without the path, which is nobody's business in the list of mails.
            written.map_err(|error| MailError::Passing(error.kind().to_string()))
        })
    }
}

/// Writes the file whole or not at all.
fn write(folder: &Path, name: &str, wire: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;

    make_private(folder)?;
    let mut file = tempfile::Builder::new().prefix(".mail").tempfile_in(folder)?;
    file.write_all(wire)?;
    file.persist(folder.join(format!("{name}.eml")))?;
    Ok(())
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}
