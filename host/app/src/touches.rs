//! What is being put down at this moment, so that it isn't put down twice.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

/// Those whose last sight is being put down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touches(Arc<Mutex<HashSet<String>>>);

/// Held while somebody's last sight is being put down.
#[derive(Debug)]
pub(crate) struct Touch {
    id: String,
    all: Touches,
}

impl Touches {
    /// Begins, unless somebody is at it.
    pub(crate) fn begin(&self, id: &str) -> Option<Touch> {
        let begun = self.0.lock().insert(id.to_owned());
        begun.then(|| Touch { id: id.to_owned(), all: self.clone() })
    }
}

impl Drop for Touch {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.id);
    }
}
