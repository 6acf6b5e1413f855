//! What the demo tells the people who try it out: kept in a file beside the data, readable by its
//! owner alone, since the database keeps only hashes.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file, within the data folder.
const FILE: &str = "demo.json";

/// What was given out.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    /// Which database they belong to.
    pub(crate) database: String,
    /// The owner's.
    pub(crate) admin_email: String,
    /// The owner's.
    pub(crate) admin_password: String,
    /// Keys that act for each member of the staff, by email; none before they are made.
    pub(crate) api_keys: BTreeMap<String, String>,
}

/// Why they can't be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretsError {
    /// The file can't be read or written.
    #[error("{} can't be used", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file isn't what was written.
    #[error("{} is damaged; delete it, and the demo makes another", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Secrets {
    /// Fresh ones, without keys.
    fn generate(database: &str, admin_email: &str) -> Self {
        Self {
            database: database.to_owned(),
            admin_email: admin_email.to_owned(),
            admin_password: password(),
            api_keys: BTreeMap::new(),
        }
    }

    /// The owner's key, once it is made.
    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_keys.get(&self.admin_email).map(String::as_str)
    }

    /// Those of the data folder, if they belong to this database, or fresh ones.
    ///
    /// Fresh ones are written before anybody uses them: whatever happens then, a database never
    /// has a password that nobody knows.
    pub(crate) fn load_or_make(
        data_dir: &Path,
        database: &str,
        admin_email: &str,
    ) -> Result<Self, SecretsError> {
        if let Some(found) = Self::load(data_dir)?
            && found.database == database
        {
            return Ok(found);
        }
        let secrets = Self::generate(database, admin_email);
        secrets.save(data_dir)?;
        Ok(secrets)
    }

    /// Those of the data folder.
    pub(crate) fn load(data_dir: &Path) -> Result<Option<Self>, SecretsError> {
        let file = data_dir.join(FILE);
        match std::fs::read(&file) {
            Ok(json) => serde_json::from_slice(&json)
                .map(Some)
                .map_err(|source| SecretsError::Damaged { file, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SecretsError::File { file, source }),
        }
    }

    /// Writes them beside the file and swaps the two, so that it is whole at any time.
    pub(crate) fn save(&self, data_dir: &Path) -> Result<(), SecretsError> {
        let file = data_dir.join(FILE);
        let written = (|| {
            let draft = data_dir.join(format!("{FILE}.new"));
            let mut options = std::fs::File::options();
            options.create(true).truncate(true).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut open = options.open(&draft)?;
            let json = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
            writeln!(open, "{json}")?;
            open.sync_all()?;
            std::fs::rename(draft, &file)
        })();
        written.map_err(|source| SecretsError::File { file, source })
    }

    /// Deletes them.
    pub(crate) fn delete(data_dir: &Path) -> Result<(), SecretsError> {
        let file = data_dir.join(FILE);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(SecretsError::File { file, source: error })
            }
            _ => Ok(()),
        }
    }
}

/// A password that is easy to copy and can't be guessed: 26 letters and digits.
pub(crate) fn password() -> String {
    use rand::Rng as _;
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(26).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stay_the_same_until_they_belong_to_another_database() {
        let folder = tempfile::tempdir().unwrap();
        let make =
            |database| Secrets::load_or_make(folder.path(), database, "a@example.com").unwrap();
        let first = make("one");
        assert_eq!(make("one").admin_password, first.admin_password);
        assert_ne!(make("other").admin_password, first.admin_password);
        Secrets::delete(folder.path()).unwrap();
        Secrets::delete(folder.path()).unwrap();
        assert!(Secrets::load(folder.path()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Secrets::load_or_make(folder.path(), "one", "a@example.com").unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_damaged_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        let error = Secrets::load(folder.path()).err().unwrap().to_string();
        assert!(error.contains(FILE) && error.contains("delete it"), "{error}");
    }

    #[test]
    fn a_password_is_good_enough_for_the_shop() {
        for _ in 0..100 {
            let password = password();
            assert!(galleria_domain::Password::choose(&password, None).is_ok(), "{password}");
        }
    }
}
