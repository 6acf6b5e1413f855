//! A shop to try things out with: filled once, with the same data every time.
//!
//! It is filled in steps, each a unit of work that also notes how far it got. Whoever interrupts
//! it, or has two hosts begin at once, gets the same shop all the same.

mod catalog;
mod customers;
mod people;
mod plugins;
mod progress;
mod random;
mod roles;
mod secrets;
mod staff;
mod trade;

use std::path::Path;

use galleria::{FirstOwner, Galleria};
use galleria_app::{App, AppError, Caller, catalog as app_catalog, customers as app_customers};
use galleria_app::{api_keys, authentication, credentials, sessions, stores, unit};
use galleria_domain::{Actor, CustomerFilter, PageRequest, StaffId, StoreChange};
use galleria_manifest::Manifest;

use progress::Progress;
pub(crate) use secrets::{Secrets, SecretsError, password};
pub(crate) use staff::{OWNER_EMAIL, OWNER_NAME};

/// Everything that looks as if it were chance follows from it.
const SEED: u64 = 0x6761_6c6c_6572_6961;
/// How many customers come in one unit of work.
const CUSTOMERS_AT_ONCE: usize = 250;
const STORE_NAME: &str = "Galerie Galleria";

/// Why the demo can't begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The database holds another shop.
    #[error(
        "the database holds a shop of its own, “{0}”, which the demo leaves alone; name another \
         --data-dir or --database"
    )]
    AnotherShop(String),
    /// The shop refused.
    #[error("the demo's data can't be stored")]
    App(#[from] AppError),
    /// A plugin refused.
    #[error("the plugin {plugin} can't be set up: {reason}")]
    Plugin {
        /// Which one.
        plugin: String,
        /// What it said.
        reason: String,
    },
    /// What was given out can't be kept.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

/// The demo's store.
pub(crate) fn store() -> StoreChange {
    let texts = |list: &[&str]| Some(list.iter().map(ToString::to_string).collect());
    StoreChange {
        name: Some(STORE_NAME.into()),
        hosts: None,
        default_currency: Some(catalog::CURRENCIES[0].into()),
        currencies: texts(&catalog::CURRENCIES),
        languages: texts(&["en", "de", "fr", "ja", "ar"]),
        time_zone: Some("Europe/Berlin".into()),
        price_mode: None,
    }
}

/// The demo's owner.
pub(crate) fn owner(secrets: &Secrets) -> FirstOwner {
    FirstOwner {
        email: secrets.admin_email.clone(),
        name: OWNER_NAME.into(),
        password: secrets.admin_password.clone(),
    }
}

/// Fills the shop, as far as that hasn't been done, and sees to it that the secrets hold.
pub(crate) async fn fill(
    galleria: &Galleria,
    secrets: &mut Secrets,
    data_dir: &Path,
) -> Result<(), DemoError> {
    let app = galleria.app();
    let host = Caller::system(galleria.store().clone());
    let bundled = plugins::bundled()?;
    let before = unit!(app.read(&host), work => progress::read(work).await)?;
    if before.is_none() {
        require_own_shop(app, &host).await?;
    }
    fill_staff(app, &host, &bundled).await?;
    fill_catalog(app, &host).await?;
    fill_customers(app, &host).await?;
    plugins::switch_on(galleria, &host, &bundled).await?;
    let staff = find_staff(app, &host).await?;
    renew_secrets(app, &host, &bundled, &staff, before.is_some(), secrets, data_dir).await?;
    let owner = staff.iter().find(|(email, _)| email == OWNER_EMAIL);
    if let Some((_, owner)) = owner {
        let caller = Caller { principal: Actor::Staff(owner.clone()).into(), ..host.clone() };
        roles::fill(galleria, &caller).await?;
        trade::fill(app, &host, owner).await?;
    }
    Ok(())
}

/// Refuses a shop that somebody has begun for themselves.
async fn require_own_shop(app: &App, host: &Caller) -> Result<(), DemoError> {
    let store = unit!(app.read(host), work => stores::current(work).await)?;
    let facets = app.facets();
    let customers = unit!(app.read(host), work => {
        app_customers::count(work, &facets, &CustomerFilter::default()).await
    })?;
    if store.name == STORE_NAME && customers == 0 {
        Ok(())
    } else {
        Err(DemoError::AnotherShop(store.name))
    }
}

async fn fill_staff(app: &App, host: &Caller, bundled: &[Manifest]) -> Result<(), DemoError> {
    unit!(app.write(host), work => {
        let done = progress::read(work).await?.unwrap_or_default();
        if !done.staff {
            staff::fill(work, bundled).await?;
            progress::write(work, &Progress { staff: true, ..done }).await?;
        }
        Ok(())
    })?;
    Ok(())
}

async fn fill_catalog(app: &App, host: &Caller) -> Result<(), DemoError> {
    unit!(app.write(host), work => {
        let done = progress::read(work).await?.unwrap_or_default();
        if !done.catalog {
            for (product, variants) in catalog::all(&host.store) {
                app_catalog::create(work, &product, &variants).await?;
            }
            progress::write(work, &Progress { catalog: true, ..done }).await?;
        }
        Ok(())
    })?;
    Ok(())
}

async fn fill_customers(app: &App, host: &Caller) -> Result<(), DemoError> {
    let done = unit!(app.read(host), work => progress::read(work).await)?.unwrap_or_default();
    if done.customers >= customers::COUNT {
        return Ok(());
    }
    tracing::info!(count = customers::COUNT, "the demo's customers come in");
    let all = customers::all();
    for (nth, batch) in all.chunks(CUSTOMERS_AT_ONCE).enumerate() {
        let begin = nth * CUSTOMERS_AT_ONCE;
        unit!(app.write(host), work => {
            let done = progress::read(work).await?.unwrap_or_default();
            if done.customers == begin {
                app_customers::import(work, batch.to_vec()).await?;
                let customers = begin + batch.len();
                progress::write(work, &Progress { customers, ..done }).await?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The staff, by their emails.
async fn find_staff(app: &App, host: &Caller) -> Result<Vec<(String, StaffId)>, DemoError> {
    let page = unit!(app.read(host), work => {
        galleria_app::staff::list(work, &PageRequest::first(galleria_app::staff::PAGE_MAX)).await
    })?;
    Ok(page
        .items
        .into_iter()
        .map(|staff| (staff.email.normalized().to_owned(), staff.id))
        .collect())
}

/// Makes new keys, where the ones in the file aren't worth anything (any more), and sets the
/// owner's password again where the file was lost.
async fn renew_secrets(
    app: &App,
    host: &Caller,
    bundled: &[Manifest],
    staff: &[(String, StaffId)],
    was_filled: bool,
    secrets: &mut Secrets,
    data_dir: &Path,
) -> Result<(), DemoError> {
    if owners_key_holds(app, host, bundled, secrets).await {
        return Ok(());
    }
    let owner = staff.iter().find(|(email, _)| email == OWNER_EMAIL).map(|(_, id)| id.clone());
    if let Some(owner) = owner
        && was_filled
        && secrets.api_keys.is_empty()
    {
        let subject = sessions::Subject::Staff(owner);
        match credentials::set(app, host, &subject, &secrets.admin_password).await {
            // It is that password already: the file was written, and the keys were not.
            Ok(()) | Err(AppError::Invalid(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    secrets.api_keys = unit!(app.write(host), work => {
        let keys = api_keys::list(work, None, &PageRequest::first(api_keys::PAGE_MAX)).await?;
        let earlier = keys.items.iter().filter(|key| key.name == staff::KEY_NAME);
        for key in earlier.filter(|key| key.revoked_at.is_none()) {
            api_keys::revoke(work, &key.id).await?;
        }
        staff::make_keys(work, bundled, staff).await
    })?;
    Ok(secrets.save(data_dir)?)
}

/// Whether the owner's key opens everything that there is by now.
async fn owners_key_holds(
    app: &App,
    host: &Caller,
    bundled: &[Manifest],
    secrets: &Secrets,
) -> bool {
    let Some(key) = secrets.api_key() else { return false };
    match authentication::api_key_resume(app, host, key).await {
        Ok(resumed) => resumed.key.permissions == staff::everything(bundled),
        Err(_) => false,
    }
}
