//! No two roles have one name in one language, whatever its case.

use std::collections::BTreeMap;

use galleria_sdk::entities::Batch;
use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, text};
use serde::{Deserialize, Serialize};

/// The folded name of a role in one language.
#[derive(Deserialize, Entity, Serialize)]
#[entity("role_name")]
struct RoleName {
    role: String,
    language: String,
    folded: String,
}

type Names = BTreeMap<String, String>;

/// What is wrong with names because other roles have them.
pub(crate) fn taken(role: Option<&str>, names: &Names) -> Result<Vec<FieldFault>, Fault> {
    let mut faults = Vec::new();
    for (language, name) in names {
        let found =
            RoleName::by_folded().equal(language.clone()).equal(text::fold(name)).first()?;
        if found.is_some_and(|found| Some(found.value.role.as_str()) != role) {
            let path = format!("names.{language}");
            faults.push(FieldFault::new(path, "taken", "another role has this name"));
        }
    }
    Ok(faults)
}

/// Keeps the names of a role that had others before. The unique index has the last word.
pub(crate) fn write(role: &str, before: &Names, now: &Names) -> Result<(), Fault> {
    let mut batch = Batch::new();
    for language in before.keys().filter(|language| !now.contains_key(*language)) {
        batch.delete::<RoleName>(&id(role, language));
    }
    for (language, name) in now {
        let folded = text::fold(name);
        if before.get(language).is_none_or(|before| text::fold(before) != folded) {
            let (role, language) = (role.to_owned(), language.clone());
            let id = id(&role, &language);
            batch.put(&id, &RoleName { role, language, folded }, None)?;
        }
    }
    batch.run()
}

fn id(role: &str, language: &str) -> String {
    format!("{role}.{language}")
}
