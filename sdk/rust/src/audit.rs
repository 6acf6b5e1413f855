//! The host's hash-chained audit log; needs `audit:write`.

use crate::Fault;
use crate::bindings::imports::galleria::audit::audit_log;

/// Puts on record what was done to what: `append("role.deleted", "rol_1")`. Who did it, when and
/// through which plugin, the host knows by itself. No personal data: name things by their ids.
///
/// # Errors
/// [`Fault::Denied`] without the permission.
pub fn append(action: &str, object: &str) -> Result<(), Fault> {
    Ok(audit_log::append(action, object)?)
}
