//! The host functions that plugins import, one module per interface.

mod audit;
mod carts;
mod catalog;
mod clock;
mod customers;
mod entities;
mod facets;
mod impersonation;
mod jobs;
pub(crate) mod log;
mod mail;
mod orders;
mod settings;

use std::str::FromStr;

use galleria_domain::{FieldError, Mistake, PageRequest, Permission};

use crate::bindings::imports::galleria::shared::faults::Fault;
use crate::bindings::imports::galleria::shared::{faults, identity, trade, values};
use crate::fault::HostError;
use crate::state::CallState;

/// Lists every function of the contract with the permission without which it refuses.
macro_rules! host_functions {
    ($($variant:ident = $name:literal needs $permission:ident,)+) => {
        /// A function that plugins can import.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum HostFunction {
            $($variant,)+
        }

        impl HostFunction {
            /// All of them by name, as in the contract.
            #[cfg(test)]
            pub(crate) const NAMES: &[&str] = &[$($name,)+];

            /// Whether it reaches the database.
            pub(crate) fn asks_database(self) -> bool {
                !matches!(self, Self::ClockNow | Self::LoggingLog)
            }

            /// What must be granted.
            pub(crate) fn permission(self) -> Permission {
                match self {
                    $(Self::$variant => Permission::$permission,)+
                }
            }
        }
    };
}

host_functions! {
    AuditAppend = "galleria:audit/audit-log.append" needs AuditWrite,
    CartsAddLine = "galleria:carts/carts.add-line" needs CartsWrite,
    CartsApplyCode = "galleria:carts/carts.apply-code" needs CartsWrite,
    CartsCreate = "galleria:carts/carts.create" needs CartsWrite,
    CartsGet = "galleria:carts/carts.get" needs CartsRead,
    CartsListPage = "galleria:carts/carts.list-page" needs CartsRead,
    CartsRemoveCode = "galleria:carts/carts.remove-code" needs CartsWrite,
    CartsSetQuantity = "galleria:carts/carts.set-quantity" needs CartsWrite,
    CatalogFindBySku = "galleria:catalog/catalog.find-by-sku" needs CatalogRead,
    CatalogGetMany = "galleria:catalog/catalog.get-many" needs CatalogRead,
    CatalogSearch = "galleria:catalog/catalog.search" needs CatalogRead,
    CheckoutLinksRevoke = "galleria:carts/checkout-links.revoke" needs LinksCreate,
    CheckoutLinksSend = "galleria:carts/checkout-links.send" needs LinksCreate,
    ClockNow = "galleria:clock/wall-time.now" needs ClockRead,
    CustomersAddresses = "galleria:customers/customers.addresses" needs CustomersReadPii,
    CustomersCreate = "galleria:customers/customers.create" needs CustomersWrite,
    CustomersFindByEmail = "galleria:customers/customers.find-by-email" needs CustomersReadPii,
    CustomersGet = "galleria:customers/customers.get" needs CustomersRead,
    CustomersGetMany = "galleria:customers/customers.get-many" needs CustomersRead,
    CustomersListPage = "galleria:customers/customers.list-page" needs CustomersRead,
    CustomersUpdate = "galleria:customers/customers.update" needs CustomersWrite,
    EntitiesBatch = "galleria:storage/entities.batch" needs StorageUse,
    EntitiesCount = "galleria:storage/entities.count" needs StorageUse,
    EntitiesDelete = "galleria:storage/entities.delete" needs StorageUse,
    EntitiesGet = "galleria:storage/entities.get" needs StorageUse,
    EntitiesGetMany = "galleria:storage/entities.get-many" needs StorageUse,
    EntitiesIncrement = "galleria:storage/entities.increment" needs StorageUse,
    EntitiesPut = "galleria:storage/entities.put" needs StorageUse,
    EntitiesQuery = "galleria:storage/entities.query" needs StorageUse,
    FacetsPut = "galleria:facets/facets.put" needs FacetsWrite,
    ImpersonationCurrent = "galleria:impersonation/impersonation.current" needs ImpersonationRead,
    ImpersonationRunning = "galleria:impersonation/impersonation.running" needs ImpersonationRead,
    JobsCancel = "galleria:jobs/jobs.cancel" needs JobsRun,
    JobsEnqueue = "galleria:jobs/jobs.enqueue" needs JobsRun,
    JobsGet = "galleria:jobs/jobs.get" needs JobsRun,
    LoggingLog = "galleria:log/logging.log" needs LogWrite,
    MailSend = "galleria:mail/mail.send" needs MailSend,
    OrdersGet = "galleria:orders/orders.get" needs OrdersRead,
    OrdersListPage = "galleria:orders/orders.list-page" needs OrdersRead,
    SettingsCurrent = "galleria:settings/settings.current" needs SettingsRead,
}

/// Which part of a list a plugin wants.
pub(crate) fn page_request(page: &values::PageRequest) -> Result<PageRequest, FieldError> {
    Ok(PageRequest { limit: page.limit, cursor: parsed_if("page.cursor", page.cursor.as_deref())? })
}

/// What a text of a plugin's stands for.
pub(crate) fn parsed<T: FromStr<Err: Mistake>>(path: &str, text: &str) -> Result<T, FieldError> {
    text.parse().map_err(|error: T::Err| FieldError::new(path, error.code(), error.to_string()))
}

/// What a text of a plugin's stands for, if there is one.
pub(crate) fn parsed_if<T: FromStr<Err: Mistake>>(
    path: &str,
    text: Option<&str>,
) -> Result<Option<T>, FieldError> {
    text.map(|text| parsed(path, text)).transpose()
}

impl faults::Host for CallState {
    fn convert_fault(&mut self, error: HostError) -> wasmtime::Result<Fault> {
        match error {
            HostError::Fault(fault) => Ok(fault),
            HostError::End(error) => Err(error),
        }
    }
}

impl values::Host for CallState {}

impl identity::Host for CallState {}

impl trade::Host for CallState {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::HostFunction;

    /// The functions of the packages that plugins import, as the contract itself has them.
    fn functions_of_the_contract() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let packages = [
            "audit",
            "carts",
            "catalog",
            "clock",
            "customers",
            "facets",
            "impersonation",
            "jobs",
            "log",
            "mail",
            "orders",
            "settings",
            "storage",
        ];
        let mut functions = BTreeSet::new();
        for package in packages {
            let text =
                std::fs::read_to_string(root.join(package).join(format!("{package}.wit"))).unwrap();
            let mut interface = String::new();
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.strip_prefix("interface ") {
                    interface = name.trim_end_matches(" {").to_owned();
                } else if let Some((name, _)) = line.split_once(": func(")
                    && !line.starts_with("//")
                {
                    functions.insert(format!("galleria:{package}/{interface}.{name}"));
                }
            }
        }
        functions
    }

    #[test]
    fn every_function_of_the_contract_needs_a_permission_and_no_other_is_listed() {
        let listed: BTreeSet<_> =
            HostFunction::NAMES.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(listed, functions_of_the_contract());
    }
}
