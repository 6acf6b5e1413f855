use galleria_app::catalog::Offer;
use galleria_domain::{FieldCode, FieldError};

use crate::bindings::imports::galleria::catalog::catalog as wit;
use crate::bindings::imports::galleria::shared::values::{Money, PageRequest};
use crate::fault::HostError;
use crate::host::{HostFunction, page_request};
use crate::state::CallState;

/// How many variants can be asked for at once.
const VARIANTS_MAX: usize = 200;

impl wit::Host for CallState {
    async fn get_many(&mut self, ids: Vec<String>) -> Result<Vec<wit::Variant>, HostError> {
        let work = self.enter(HostFunction::CatalogGetMany)?;
        // Text that is no id names nothing, like an id of something that isn't there.
        let ids: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let answer = if ids.len() > VARIANTS_MAX {
            let message = "are more than 200";
            Err(vec![FieldError::new("ids", FieldCode::TooLong, message)].into())
        } else {
            work.app().catalog().get_many(work, &ids).await
        };
        Ok(self.answer(answer)?.into_iter().map(Into::into).collect())
    }

    async fn find_by_sku(&mut self, sku: String) -> Result<Option<wit::Variant>, HostError> {
        let work = self.enter(HostFunction::CatalogFindBySku)?;
        let catalog = work.app().catalog();
        let answer = catalog.find_by_sku(work, &sku).await;
        Ok(self.answer(answer)?.map(Into::into))
    }

    async fn search(
        &mut self,
        part: Option<String>,
        page: PageRequest,
    ) -> Result<wit::VariantPage, HostError> {
        let work = self.enter(HostFunction::CatalogSearch)?;
        let answer = match page_request(&page) {
            Ok(page) => work.app().catalog().search(work, part.as_deref(), &page).await,
            Err(mistake) => Err(vec![mistake].into()),
        };
        let page = self.answer(answer)?;
        let next = page.next.map(|cursor| cursor.to_string());
        Ok(wit::VariantPage { items: page.items.into_iter().map(Into::into).collect(), next })
    }
}

impl From<Offer> for wit::Variant {
    fn from(offer: Offer) -> Self {
        let Offer { product, variant } = offer;
        Self {
            id: variant.id.into(),
            product: product.id.into(),
            product_name: product.name,
            name: variant.name,
            sku: variant.sku,
            prices: variant.prices.into_iter().map(Money::from).collect(),
            tax_class: variant.tax_class,
            active: variant.active && product.active,
            in_stock: variant.in_stock,
        }
    }
}
