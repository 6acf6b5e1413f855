//! Roles of customers and who has them, made through the API of the plugin that keeps them.

use galleria::Galleria;
use galleria_app::customers::ImportedCustomer;
use galleria_app::unit;
use galleria_app::{AppError, Caller};
use galleria_domain::CustomerKind;
use galleria_manifest::Method;
use galleria_runtime::{PluginFailure, PluginRequest, Root};
use serde::Deserialize;
use serde_json::{Value, json};

use super::progress::{self, Progress};
use super::{DemoError, customers};

const PLUGIN: &str = "customer-roles";
/// How many members one call may bring.
const BATCH_MAX: usize = 1_000;

/// A role, and who has it.
struct Role {
    draft: Value,
    has: fn(usize, &ImportedCustomer) -> bool,
}

fn roles() -> Vec<Role> {
    vec![
        Role {
            draft: json!({
                "system_name": "vip", "names": { "en": "VIP", "de": "VIP" },
                "free_shipping": true, "discount_ppm": 50_000, "sort": 10, "color": "#b8860b",
            }),
            has: |at, _| at % 29 == 0,
        },
        Role {
            draft: json!({
                "system_name": "wholesale", "names": { "en": "Wholesale", "de": "Großhandel" },
                "requires_login": true, "price_display": "excl", "discount_ppm": 180_000,
                "sort": 20, "color": "#2f4f4f",
            }),
            has: |_, row| is_registered(row) && row.draft.company.is_some(),
        },
        Role {
            draft: json!({
                "system_name": "tax-exempt", "names": { "en": "Tax-exempt", "de": "Steuerbefreit" },
                "tax_exempt": true, "sort": 30,
            }),
            has: |_, row| row.draft.tax_exempt == Some(true),
        },
        Role {
            draft: json!({
                "system_name": "students", "names": { "en": "Students", "de": "Studierende" },
                "requires_login": true, "discount_ppm": 100_000, "sort": 40, "color": "#4682b4",
                "password_max_age_days": 365,
            }),
            has: |_, row| {
                let born = row.draft.date_of_birth.as_deref();
                is_registered(row) && born.is_some_and(|born| born >= "2001")
            },
        },
        Role {
            draft: json!({
                "system_name": "press", "names": { "en": "Press", "de": "Presse" },
                "free_shipping": true, "active": false, "sort": 50,
            }),
            has: |at, _| at % 97 == 5,
        },
    ]
}

fn is_registered(row: &ImportedCustomer) -> bool {
    row.draft.kind == Some(CustomerKind::Registered)
}

#[derive(Deserialize)]
struct Listed {
    items: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    id: String,
    system_name: String,
}

/// Makes the roles and gives them to customers, unless that was done before. While the plugin is
/// off there is nobody to do it.
pub(super) async fn fill(galleria: &Galleria, owner: &Caller) -> Result<(), DemoError> {
    let app = galleria.app();
    let done = unit!(app.read(owner), work => progress::read(work).await)?.unwrap_or_default();
    if done.roles || galleria.plugins().serving(PLUGIN).is_none() {
        return Ok(());
    }
    let known: Listed = call(galleria, owner, Method::Get, "/roles", None).await?;
    let everybody = customers::all();
    for role in roles() {
        let name = role.draft["system_name"].as_str().unwrap_or_default();
        let found = known.items.iter().find(|known| known.system_name == name);
        let id = match found {
            Some(found) => found.id.clone(),
            None => {
                call::<Known>(galleria, owner, Method::Post, "/roles", Some(&role.draft)).await?.id
            }
        };
        let members: Vec<_> = everybody
            .iter()
            .enumerate()
            .filter(|(at, row)| (role.has)(*at, row))
            .map(|(_, row)| row.id.as_str())
            .collect();
        for add in members.chunks(BATCH_MAX) {
            let path = format!("/roles/{id}/members/batch");
            let body = json!({ "add": add });
            call::<Value>(galleria, owner, Method::Post, &path, Some(&body)).await?;
        }
    }
    unit!(app.write(owner), work => {
        let done = progress::read(work).await?.unwrap_or_default();
        progress::write(work, &Progress { roles: true, ..done }).await
    })?;
    Ok(())
}

async fn call<T: for<'de> Deserialize<'de>>(
    galleria: &Galleria,
    owner: &Caller,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<T, DemoError> {
    let failed = |reason: String| DemoError::Plugin { plugin: PLUGIN.into(), reason };
    let request = PluginRequest {
        plugin: PLUGIN.into(),
        root: Root::Admin,
        method,
        path: path.into(),
        query: Vec::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        caller: owner.clone(),
    };
    let response = galleria.plugins().handle(request, None).await.map_err(|error| match error {
        PluginFailure::Host(error) => DemoError::App(error),
        error => failed(error.to_string()),
    })?;
    if !(200..300).contains(&response.status) {
        let said = String::from_utf8_lossy(&response.body).into_owned();
        return Err(failed(format!("{method} {path} answered {}: {said}", response.status)));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| DemoError::App(AppError::Internal(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_some_members_and_none_has_everybody() {
        let everybody = customers::all();
        for role in roles() {
            let has = |(at, row): &(usize, &ImportedCustomer)| (role.has)(*at, row);
            let members = everybody.iter().enumerate().filter(has).count();
            assert!((5..customers::COUNT / 2).contains(&members), "{}: {members}", role.draft);
        }
    }

    #[test]
    fn roles_that_need_a_login_go_to_registered_customers_alone() {
        let everybody = customers::all();
        for role in roles().iter().filter(|role| role.draft["requires_login"] == json!(true)) {
            for (at, row) in everybody.iter().enumerate().filter(|(at, row)| (role.has)(*at, row)) {
                assert!(is_registered(row), "{at} in {}", role.draft);
            }
        }
    }
}
