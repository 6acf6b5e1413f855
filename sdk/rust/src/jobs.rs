//! Long work in short slices; needs `jobs:run`.
//!
//! A job's function takes a [`Slice`] and answers how far it came: [`Outcome::more`] with a cursor
//! where the next slice goes on, or [`Outcome::done`]. What a slice wrote becomes true together with
//! its cursor, so that no slice takes effect twice, whatever crashes in between. A job is begun as a
//! [`NewJob`], or by the times in the manifest.

mod queue;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Fault;
use crate::bindings::jobs::exports::galleria::plugin::job_slices as wit;
use crate::hooks::{read, write};

pub use queue::{Job, JobState, NewJob, cancel, get};
pub use wit::Progress;
/// How a slice ended.
pub use wit::SliceOutcome as Outcome;

/// One slice of a job.
#[derive(Clone, Debug)]
pub struct Slice {
    name: String,
    input: String,
    cursor: Option<String>,
}

impl Slice {
    /// The slice as the contract hands it over.
    #[doc(hidden)]
    pub fn new(name: String, input: String, cursor: Option<String>) -> Self {
        Self { name, input, cursor }
    }

    /// The job's name in the manifest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the job was begun with.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        read(&self.input, "the input of a job")
    }

    /// Where the slice before ended; nothing in the first one.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit.
    pub fn cursor<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        self.cursor.as_deref().map(|cursor| read(cursor, "the cursor of a job")).transpose()
    }
}

impl Outcome {
    /// The job is done, with this result.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if the result can't be written as JSON.
    pub fn done(result: impl Serialize) -> Result<Self, Fault> {
        Ok(Self::Done(write(&result, "the result of a job")?))
    }

    /// There is more to do, from here on.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if the cursor can't be written as JSON.
    pub fn more(cursor: impl Serialize, progress: Progress) -> Result<Self, Fault> {
        let cursor = write(&cursor, "the cursor of a job")?;
        Ok(Self::More(wit::Checkpoint { cursor, progress }))
    }
}

impl Progress {
    /// So much is done.
    pub fn of(done: u64, total: Option<u64>) -> Self {
        Self { done, total, text: None }
    }

    /// The same, with what is being done in a few words.
    #[must_use]
    pub fn saying(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }
}
