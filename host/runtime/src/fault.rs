//! What a plugin is told when the host refuses.

use galleria_app::AppError;
use galleria_domain::FieldError;

use crate::bindings::imports::galleria::shared::faults::{Fault, FieldFault, QuotaFault};

/// Why a host function did not do what it was asked.
#[derive(Debug)]
pub(crate) enum HostError {
    /// The plugin is told, and may go on.
    Fault(Fault),
    /// The call ends here.
    End(wasmtime::Error),
}

/// The unit of work can't go on; why is kept beside, with the call.
#[derive(Debug, thiserror::Error)]
#[error("the unit of work can't go on")]
pub(crate) struct UnitFailed;

impl From<Fault> for HostError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<wasmtime::Error> for HostError {
    fn from(error: wasmtime::Error) -> Self {
        Self::End(error)
    }
}

impl HostError {
    /// A permission that isn't there.
    pub(crate) fn denied(permission: &str) -> Self {
        Self::Fault(Fault::Denied(permission.to_owned()))
    }
}

/// The twin of the HTTP port's problems: what a guest sees of an error. `Err` gives back what no
/// guest can answer: the unit of work itself failed.
pub(crate) fn fault_of(error: AppError) -> Result<Fault, AppError> {
    Ok(match error {
        AppError::Unauthenticated => Fault::Denied("a login".to_owned()),
        AppError::PermissionDenied(permission) => Fault::Denied(permission),
        AppError::StepUpRequired => Fault::Denied("a login with the password".to_owned()),
        AppError::ForbiddenWhileImpersonating(act) => Fault::Denied(act.to_string()),
        AppError::NotFound(_) | AppError::LinkGone => Fault::NotFound,
        AppError::Invalid(errors) => Fault::Invalid(errors.into_iter().map(field_fault).collect()),
        AppError::Conflict { detail, .. } => Fault::Conflict(detail),
        AppError::Stale(version) => Fault::Stale(version),
        AppError::Quota { which, allowed } => {
            Fault::Quota(QuotaFault { which: which.to_owned(), allowed })
        }
        AppError::RateLimited { .. } => Fault::Unavailable,
        AppError::Storage(error) if is_read_only(&error) => {
            Fault::Denied("a method that may write".to_owned())
        }
        error => return Err(error),
    })
}

fn is_read_only(error: &galleria_app::StorageError) -> bool {
    matches!(error, galleria_app::StorageError::ReadOnly)
}

fn field_fault(error: FieldError) -> FieldFault {
    FieldFault { path: error.path, code: error.code.as_str().to_owned(), message: error.message }
}
