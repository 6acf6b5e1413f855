//! Beginning jobs, and looking after them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Fault;
use crate::bindings::imports::galleria::jobs::jobs as wit;
use crate::clock::Instant;
use crate::hooks::{read, write};

pub use wit::{Job, JobState};

/// A job to be begun: `NewJob::new("rebuild", &input)?.unique("rebuild").begin()?`.
#[derive(Clone, Debug)]
pub struct NewJob(wit::NewJob);

impl NewJob {
    /// One of the jobs of the manifest, and what it is told to do.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if the input can't be written as JSON.
    pub fn new(name: &str, input: &impl Serialize) -> Result<Self, Fault> {
        let input = write(input, "the input of a job")?;
        Ok(Self(wit::NewJob { name: name.to_owned(), input, run_at: None, unique_key: None }))
    }

    /// The same, not before this time.
    #[must_use]
    pub fn at(mut self, run_at: Instant) -> Self {
        self.0.run_at = Some(run_at);
        self
    }

    /// The same, unless another job with this key isn't over yet.
    #[must_use]
    pub fn unique(mut self, key: &str) -> Self {
        self.0.unique_key = Some(key.to_owned());
        self
    }

    /// Begins it, if this call ends well; answers its id, or that of the job with the same key.
    ///
    /// # Errors
    /// [`Fault::Invalid`], [`Fault::Quota`] if too many of the plugin's jobs aren't over,
    /// [`Fault::Denied`] without the permission.
    pub fn begin(&self) -> Result<String, Fault> {
        Ok(wit::enqueue(&self.0)?)
    }
}

impl Job {
    /// What came of it; nothing if it isn't done.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit.
    pub fn result<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        self.outcome.as_deref().map(|outcome| read(outcome, "the result of a job")).transpose()
    }
}

/// One of this plugin's jobs.
///
/// # Errors
/// [`Fault::NotFound`], or [`Fault::Denied`] without the permission.
pub fn get(id: &str) -> Result<Job, Fault> {
    Ok(wit::get(id)?)
}

/// Cancels one of this plugin's jobs: what a slice does meanwhile is undone. One that is over stays
/// as it is.
///
/// # Errors
/// [`Fault::NotFound`], or [`Fault::Denied`] without the permission.
pub fn cancel(id: &str) -> Result<Job, Fault> {
    Ok(wit::cancel(id)?)
}
