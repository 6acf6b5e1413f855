//! Decides what a component is linked with: what it imports, its manifest declares and this host
//! offers. Everything else is refused by name.

use galleria_app::jobs::CronEntry;
use galleria_domain::{InvalidCron, Permission, TimeZoneName};
use galleria_manifest::{HookName, Manifest, permissions_of};
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::imports::galleria as wit;
use crate::inspect::{Inspection, InvalidComponent};
use crate::state::CallState;

/// The version of this host, which manifests name a range of.
pub(crate) const HOST_VERSION: semver::Version = semver::Version::new(0, 1, 0);

/// Packages of the contract that hold only types: they open nothing.
const TYPES: &str = "galleria:shared/";
/// What there is of WASI: all of it denied or empty.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];
/// Interfaces a component offers rather than needs.
pub(crate) const HTTP_EXPORT: &str = "galleria:plugin/http";
pub(crate) const LIFECYCLE_EXPORT: &str = "galleria:plugin/lifecycle";
pub(crate) const EVENTS_EXPORT: &str = "galleria:plugin/events";
pub(crate) const JOBS_EXPORT: &str = "galleria:plugin/job-slices";
/// The package that they are all of.
const EXPORTS: &str = "galleria:plugin/";

/// Compares what a component imports and exports with what its manifest says.
pub(crate) fn check_surface(inspection: &Inspection) -> Result<(), InvalidComponent> {
    let manifest = &inspection.manifest;
    if !manifest.host.matches(&HOST_VERSION) {
        let (wanted, here) = (manifest.host.to_string(), HOST_VERSION.to_string());
        return Err(InvalidComponent::Host { wanted, here });
    }
    inspection.imports.iter().try_for_each(|import| check_import(inspection, import))?;
    check_exports(inspection)?;
    check_times(manifest)
}

/// What is declared is exported, and what is exported is declared.
fn check_exports(inspection: &Inspection) -> Result<(), InvalidComponent> {
    let manifest = &inspection.manifest;
    let hooks = HookName::ALL.iter().map(|name| {
        let what = format!("the hook {}", name.as_str());
        (name.interface(), what, manifest.hooks.entry(*name).is_some())
    });
    let others = [
        (HTTP_EXPORT, "routes", !manifest.routes.is_empty()),
        (EVENTS_EXPORT, "events", !manifest.events.is_empty()),
        (JOBS_EXPORT, "jobs", !manifest.jobs.is_empty()),
    ];
    let others = others.map(|(interface, what, declared)| (interface, what.to_owned(), declared));
    for (interface, what, declared) in others.into_iter().chain(hooks) {
        let exported = inspection.exports.iter().any(|export| is_export(export, interface));
        if exported && !declared {
            return Err(InvalidComponent::Export(format!(
                "the component exports {interface}, but its manifest has no {}",
                what.strip_prefix("the ").unwrap_or(&what),
            )));
        }
        if declared && !exported {
            return Err(InvalidComponent::Export(format!(
                "the manifest has {what}, but the component doesn't export {interface}"
            )));
        }
    }
    let known = |export: &str| {
        [HTTP_EXPORT, EVENTS_EXPORT, JOBS_EXPORT, LIFECYCLE_EXPORT]
            .into_iter()
            .chain(HookName::ALL.iter().map(|name| name.interface()))
            .any(|interface| is_export(export, interface))
    };
    let strange = inspection.exports.iter().find(|one| one.starts_with(EXPORTS) && !known(one));
    match strange {
        Some(export) => Err(InvalidComponent::Export(format!(
            "the component exports {export}, which this host doesn't call"
        ))),
        None => Ok(()),
    }
}

/// Jobs are due at times that come, in time zones that there are.
fn check_times(manifest: &Manifest) -> Result<(), InvalidComponent> {
    cron_entries(manifest)
        .map(drop)
        .map_err(|reason| InvalidComponent::Manifest(format!("jobs: {reason}")))
}

/// The jobs that are due again and again.
pub(crate) fn cron_entries(manifest: &Manifest) -> Result<Vec<CronEntry>, String> {
    let due = manifest.jobs.iter().filter_map(|(name, job)| Some((name, job, job.cron.as_ref()?)));
    due.map(|(name, job, cron)| {
        let why = |reason: &dyn std::fmt::Display| format!("{name} {reason}");
        let expression = cron.parse().map_err(|error: InvalidCron| why(&error))?;
        let time_zone = job.time_zone.as_deref().map(str::parse::<TimeZoneName>).transpose();
        let time_zone = time_zone.map_err(|error| why(&error))?;
        Ok(CronEntry { name: name.clone(), expression, time_zone })
    })
    .collect()
}

/// Whether an export is this interface, in a version that this host can call.
pub(crate) fn is_export(export: &str, interface: &str) -> bool {
    export.split_once('@').is_some_and(|(name, version)| name == interface && is_ours(version))
}

fn check_import(inspection: &Inspection, import: &str) -> Result<(), InvalidComponent> {
    let refuse =
        |why: &str| Err(InvalidComponent::Import(format!("the component imports {import}, {why}")));
    if let Some(wasi) = import.strip_prefix("wasi:") {
        let package = wasi.split('/').next().unwrap_or_default();
        let offered = WASI.contains(&package) && wasi.contains("@0.2.");
        return if offered { Ok(()) } else { refuse("which this host doesn't offer") };
    }
    let Some((interface, version)) = import.split_once('@') else {
        return refuse("which this host doesn't know");
    };
    let known = interface.starts_with(TYPES) || permissions_of(interface).next().is_some();
    if !known {
        return refuse("which this host doesn't know");
    }
    if !is_ours(version) {
        return refuse("a version of the contract that this host doesn't carry");
    }
    let declared =
        permissions_of(interface).any(|name| inspection.manifest.permissions.contains_key(name));
    if declared || interface.starts_with(TYPES) {
        Ok(())
    } else {
        refuse("but its manifest asks for no permission of that interface")
    }
}

/// Whether this host carries a version of a package: 0.1.x so far, and no drafts of it.
fn is_ours(version: &str) -> bool {
    semver::Version::parse(version)
        .is_ok_and(|version| version.major == 0 && version.minor == 1 && version.pre.is_empty())
}

/// Links what the manifest declares. What is declared but not granted is linked as well, and
/// refuses when it is called: the component model knows no optional imports.
pub(crate) fn linker(
    engine: &Engine,
    declared: impl Fn(Permission) -> bool,
) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let declares = |interface: &str| {
        permissions_of(interface).filter_map(|name| name.parse().ok()).any(&declared)
    };
    macro_rules! link {
        ($($interface:literal => $module:path,)+) => {$(
            if declares($interface) {
                use $module as module;
                module::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| state)?;
            }
        )+};
    }
    wit::shared::values::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| {
        state
    })?;
    wit::shared::faults::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| {
        state
    })?;
    wit::shared::identity::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| {
        state
    })?;
    wit::shared::trade::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| state)?;
    link! {
        "galleria:audit/audit-log" => wit::audit::audit_log,
        "galleria:carts/carts" => wit::carts::carts,
        "galleria:carts/checkout-links" => wit::carts::checkout_links,
        "galleria:catalog/catalog" => wit::catalog::catalog,
        "galleria:clock/wall-time" => wit::clock::wall_time,
        "galleria:customers/customers" => wit::customers::customers,
        "galleria:facets/facets" => wit::facets::facets,
        "galleria:impersonation/impersonation" => wit::impersonation::impersonation,
        "galleria:jobs/jobs" => wit::jobs::jobs,
        "galleria:log/logging" => wit::log::logging,
        "galleria:mail/mail" => wit::mail::mail,
        "galleria:orders/orders" => wit::orders::orders,
        "galleria:settings/settings" => wit::settings::settings,
        "galleria:storage/entities" => wit::storage::entities,
    }
    Ok(linker)
}
