//! What a shop has to have before it can be measured: a store, a member of the staff with a key,
//! and customers.

mod people;

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_app::{App, AppError, Caller, api_keys, staff, unit};
use galleria_domain::{
    CreatedVia, Customer, CustomerFilter, CustomerId, CustomerOrigin, CustomerSort, Instant,
    Permission, PluginId, StaffDraft, StaffId, StaffPermission, StoreId,
};
use galleria_storage::customer_list::{self, CustomerQuery};
use galleria_storage::{Unit, customers, roles};

use crate::Result;

/// Customers made in one unit of work.
const BATCH: u32 = 2_000;
/// How many customers are named to the clients, so that they don't all ask for the same one.
const NAMED: u32 = 1_000;
/// The permission that the bench's own plugin brings.
const USE: &str = "bench:use";
const EMAIL: &str = "bench@example.com";
/// One customer is made for each of these, so that the order by time is not the order by chance.
const BETWEEN_CUSTOMERS: Duration = Duration::from_secs(17);

/// A shop that is ready.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) api_key: String,
    pub(super) customers: Vec<String>,
}

/// Puts in what is missing. The key is for the host's own routes and for those of these plugins.
pub(super) async fn prepare(
    app: &App,
    store: &StoreId,
    customers: u32,
    plugins: &[PluginId],
) -> Result<Shop> {
    let caller = Caller::system(store.clone());
    let staff = owner(app, &caller).await?;
    let api_key = key(app, &caller, staff, plugins).await?;
    fill(app, &caller, customers).await?;
    let customers = name_some(app, &caller).await?;
    Ok(Shop { api_key, customers })
}

async fn owner(app: &App, caller: &Caller) -> Result<StaffId> {
    let draft = |roles| StaffDraft {
        email: Some(EMAIL.to_owned()),
        name: Some("Bench".to_owned()),
        roles,
        active: Some(true),
    };
    Ok(unit!(app.write(caller), work => {
        let all = galleria_storage::staff::list(work.unit(), None, 200).await?;
        if let Some(found) = all.into_iter().find(|one| one.email.normalized() == EMAIL) {
            return Ok(found.id);
        }
        let known = roles::list(work.unit(), 200).await?;
        let role = known.into_iter().find(|role| role.owner).ok_or(AppError::NotFound("role"))?;
        Ok(staff::create(work, &draft(vec![role.id])).await?.id)
    })?)
}

async fn key(app: &App, caller: &Caller, staff: StaffId, plugins: &[PluginId]) -> Result<String> {
    let of_plugins = plugins
        .iter()
        .map(|plugin| StaffPermission::Plugin { plugin: plugin.clone(), name: USE.to_owned() });
    let mut permissions: BTreeSet<_> = of_plugins.collect();
    permissions.extend(
        [
            Permission::CustomersRead,
            Permission::CustomersReadPii,
            Permission::PluginsManage,
            Permission::PluginsRead,
        ]
        .map(StaffPermission::Host),
    );
    let draft = api_keys::ApiKeyDraft {
        name: "bench".to_owned(),
        staff: Some(staff),
        permissions,
        expires_at: None,
    };
    let created = unit!(app.write(caller), work => api_keys::create(work, &draft).await)?;
    Ok(created.bearer.as_str().to_owned())
}

async fn fill(app: &App, caller: &Caller, wanted: u32) -> Result<()> {
    let (filter, sort) = (CustomerFilter::default(), CustomerSort::default());
    let query = CustomerQuery { store: &caller.store, filter: &filter, facets: &[], sort: &sort };
    let there =
        unit!(app.read(caller), work => Ok(customer_list::count(work.unit(), &query).await?))?;
    let mut made = u32::try_from(there)?;
    while made < wanted {
        let batch = BATCH.min(wanted - made);
        unit!(app.write(caller), work => {
            let now = work.now();
            insert(work.unit(), &caller.store, now, made, batch).await
        })?;
        made += batch;
        if made.is_multiple_of(50 * BATCH) {
            eprintln!("{made} of {wanted} customers are made");
        }
    }
    Ok(())
}

async fn insert(
    unit: &mut Unit,
    store: &StoreId,
    now: Instant,
    first: u32,
    count: u32,
) -> galleria_app::Result<()> {
    let number = customers::take_numbers(unit, store, count).await?;
    let number = number.ok_or(AppError::NotFound("store"))?;
    for at in 0..count {
        let origin = CustomerOrigin {
            id: CustomerId::generate(),
            store: store.clone(),
            number: number + u64::from(at),
            at: now.plus(BETWEEN_CUSTOMERS * at),
            via: CreatedVia::Import,
            by: None,
        };
        let customer = Customer::create(people::draft(first + at), origin, now.day())?;
        customers::insert(unit, &customer).await?;
    }
    Ok(())
}

async fn name_some(app: &App, caller: &Caller) -> Result<Vec<String>> {
    let (filter, sort) = (CustomerFilter::default(), CustomerSort::default());
    let query = CustomerQuery { store: &caller.store, filter: &filter, facets: &[], sort: &sort };
    let listed = unit!(app.read(caller), work => {
        Ok(customer_list::list(work.unit(), &query, None, NAMED).await?)
    })?;
    Ok(listed.into_iter().map(|one| one.customer.id.to_string()).collect())
}
