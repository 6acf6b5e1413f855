use galleria_domain::{
    CustomerFilter, CustomerSort, CustomerSortKey, FieldCode, FieldError, InvalidCursor, Page,
    PageRequest, Permission, QueryPrint, Scope,
};
use galleria_storage::customer_list::{self as stored, CustomerQuery, FacetTest, Position};

use super::{SeenCustomer, see};
use crate::audit::bad_cursor;
use crate::error::{AppError, Result};
use crate::facets::FacetCatalog;
use crate::work::Work;

/// The most customers on a page.
pub const PAGE_MAX: u32 = 500;

/// A page of the customers that are wanted; needs [`Permission::CustomersRead`], and
/// [`Permission::CustomersReadPii`] if filter or order touch on what says who they are.
///
/// `facets` are those of the plugins that are enabled. Pages stay right while customers come and
/// go: nobody who is there all the time is left out or comes twice.
pub async fn list(
    work: &mut Work,
    facets: &FacetCatalog,
    filter: &CustomerFilter,
    sort: &CustomerSort,
    page: &PageRequest,
) -> Result<Page<SeenCustomer>> {
    if sort.needs_pii() {
        work.caller().require(Permission::CustomersReadPii)?;
    }
    check_sort(facets, sort)?;
    let wanted = Wanted::new(work, facets, filter)?;
    let print = QueryPrint::of([
        "customers".to_owned(),
        work.caller().store.to_string(),
        sort.to_string(),
        format!("{:?}", wanted.filter),
    ]);
    let after = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some(values) => {
            let position = Position::from_values(sort, values);
            Some(position.ok_or_else(|| bad_cursor(InvalidCursor::Malformed))?)
        }
    };
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let query =
        CustomerQuery { store: &store, filter: &wanted.filter, facets: &wanted.facets, sort };
    let rows = stored::list(work.unit(), &query, after.as_ref(), limit + 1).await?;
    let page = Page::from_rows(rows, limit, print, |row| row.position.to_values());
    Ok(page.map(|row| see(work, row.customer)))
}

/// How many customers are wanted; needs what [`list`] needs.
pub async fn count(work: &mut Work, facets: &FacetCatalog, filter: &CustomerFilter) -> Result<u64> {
    let wanted = Wanted::new(work, facets, filter)?;
    let store = work.caller().store.clone();
    let sort = CustomerSort::default();
    let query = CustomerQuery {
        store: &store,
        filter: &wanted.filter,
        facets: &wanted.facets,
        sort: &sort,
    };
    Ok(stored::count(work.unit(), &query).await?)
}

/// A filter that was checked, within the caller's reach.
struct Wanted {
    filter: CustomerFilter,
    facets: Vec<FacetTest>,
}

impl Wanted {
    fn new(work: &Work, facets: &FacetCatalog, filter: &CustomerFilter) -> Result<Self> {
        let caller = work.caller();
        let scope = caller.require(Permission::CustomersRead)?;
        if filter.needs_pii() {
            caller.require(Permission::CustomersReadPii)?;
        }
        filter.validate()?;
        let facets = facets.tests(&filter.facets)?;
        let mut filter = filter.clone();
        if let Scope::Own(own) = scope {
            let is_asked = filter.ids.as_ref().is_none_or(|ids| ids.contains(own));
            filter.ids = Some(if is_asked { vec![own.clone()] } else { Vec::new() });
        }
        Ok(Self { filter, facets })
    }
}

/// An order by a facet that no enabled plugin has is refused.
fn check_sort(facets: &FacetCatalog, sort: &CustomerSort) -> Result<()> {
    match &sort.key {
        CustomerSortKey::Facet { plugin, key } if facets.find(plugin, key).is_none() => {
            let message = "orders by a facet that no enabled plugin has";
            Err(AppError::Invalid(vec![FieldError::new("sort", FieldCode::Unknown, message)]))
        }
        _ => Ok(()),
    }
}
