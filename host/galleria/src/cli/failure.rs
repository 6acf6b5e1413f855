use std::error::Error;
use std::process::ExitCode;

use galleria::StartError;
use galleria_app::{AppError, StorageError};

use crate::demo::DemoError;

/// Why the program ends, in one sentence, and with which exit code.
#[derive(Debug)]
pub(super) struct Failure {
    sentence: String,
    code: u8,
}

/// It went wrong.
const FAILED: u8 = 1;
/// The command line is wrong; clap ends with the same.
const USAGE: u8 = 2;
/// The file can't be installed.
pub(super) const REFUSED: u8 = 3;

impl Failure {
    /// It went wrong.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: FAILED }
    }

    /// It was asked for in the wrong way.
    pub(super) fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: USAGE }
    }

    /// It went wrong for that reason.
    pub(super) fn of(what: &str, error: &dyn Error) -> Self {
        Self::new(format!("{what}: {}", chain(error)))
    }

    /// Says it on stderr.
    pub(super) fn report(self) -> ExitCode {
        eprintln!("galleria: {}", self.sentence);
        ExitCode::from(self.code)
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors repeat their cause in their own words.
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match &error {
            StartError::Database(storage) | StartError::App(AppError::Storage(storage)) => {
                storage_failure(storage)
            }
            StartError::App(AppError::Invalid(errors)) => {
                let named: Vec<_> = errors
                    .iter()
                    .map(|error| format!("{} {}", error.path, error.message))
                    .collect();
                Self::usage(format!("the shop can't begin: {}", named.join("; ")))
            }
            error => Self::new(chain(error)),
        }
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match &error {
            DemoError::App(AppError::Storage(storage)) => storage_failure(storage),
            error => Self::new(chain(error)),
        }
    }
}

fn storage_failure(error: &StorageError) -> Failure {
    match error {
        StorageError::Newer(_) | StorageError::Unusable(_) => Failure::new(chain(error)),
        StorageError::Unavailable(cause) => {
            Failure::new(format!("the database can't be reached: {}", chain(cause.as_ref())))
        }
        error => Failure::of("the database can't be used", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_sentence_with_its_causes() {
        let newer = Failure::from(StartError::Database(StorageError::Newer(7)));
        assert!(newer.sentence.contains("newer than this program"), "{}", newer.sentence);
        let io = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "permission denied");
        let error = StartError::Folder { folder: "shop".into(), source: io };
        assert_eq!(
            Failure::from(error).sentence,
            "the folder shop can't be made: permission denied"
        );
    }

    #[test]
    fn a_cause_is_not_said_twice() {
        #[derive(Debug, thiserror::Error)]
        #[error("no luck: {0}")]
        struct Told(#[source] std::io::Error);
        assert_eq!(chain(&Told(std::io::Error::other("it rains"))), "no luck: it rains");
    }
}
