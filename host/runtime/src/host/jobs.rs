use std::sync::Arc;

use galleria_app::jobs::{self, NewJob};
use galleria_domain::{FieldCode, FieldError, Instant, Job, JobId, JobState};

use crate::bindings::imports::galleria::jobs::jobs as wit;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl wit::Host for CallState {
    async fn enqueue(&mut self, job: wit::NewJob) -> Result<String, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::JobsEnqueue)?;
        let answer = match serde_json::from_str(&job.input) {
            Ok(input) => {
                let new = NewJob {
                    plugin: plugin.id.clone(),
                    name: job.name,
                    input,
                    run_at: job.run_at.map(Instant::from_micros),
                    unique_key: job.unique_key,
                };
                jobs::enqueue(work, new).await
            }
            Err(error) => {
                let message = format!("is no JSON: {error}");
                Err(vec![FieldError::new("input", FieldCode::Malformed, message)].into())
            }
        };
        self.answer(answer).map(String::from)
    }

    async fn get(&mut self, id: String) -> Result<wit::Job, HostError> {
        let work = self.enter(HostFunction::JobsGet)?;
        let answer = match id.parse::<JobId>() {
            Ok(id) => jobs::get(work, &id).await,
            Err(_) => Err(galleria_app::AppError::NotFound("job")),
        };
        self.answer(answer).map(shown)
    }

    async fn cancel(&mut self, id: String) -> Result<wit::Job, HostError> {
        let work = self.enter(HostFunction::JobsCancel)?;
        let answer = match id.parse::<JobId>() {
            Ok(id) => jobs::cancel(work, &id).await,
            Err(_) => Err(galleria_app::AppError::NotFound("job")),
        };
        self.answer(answer).map(shown)
    }
}

fn shown(job: Job) -> wit::Job {
    wit::Job {
        id: job.id.into(),
        name: job.name,
        state: match job.state {
            JobState::Queued => wit::JobState::Queued,
            JobState::Running => wit::JobState::Running,
            JobState::Done => wit::JobState::Done,
            JobState::Failed => wit::JobState::Failed,
            JobState::Cancelled => wit::JobState::Cancelled,
        },
        done: job.progress.done,
        total: job.progress.total,
        text: job.progress.text,
        outcome: job.result.map(|result| result.to_string()),
        attempts: job.attempts,
        last_error: job.last_error,
        created_at: job.created_at.as_micros(),
        finished_at: job.finished_at.map(Instant::as_micros),
    }
}
