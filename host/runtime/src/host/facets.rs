use std::sync::Arc;

use galleria_app::facets::FacetSet;
use galleria_domain::{FacetValue, FieldCode, FieldError};

use crate::bindings::imports::galleria::facets::facets as wit;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl wit::Host for CallState {
    async fn put(&mut self, facets: Vec<wit::CustomerFacet>) -> Result<(), HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::FacetsPut)?;
        let answer =
            match facets.into_iter().enumerate().map(facet_set).collect::<Result<Vec<_>, _>>() {
                Ok(sets) => {
                    galleria_app::facets::put(work, &plugin.id, &plugin.manifest.facets, &sets)
                        .await
                }
                Err(mistake) => Err(vec![mistake].into()),
            };
        self.answer(answer)
    }
}

fn facet_set((at, facet): (usize, wit::CustomerFacet)) -> Result<FacetSet, FieldError> {
    let wit::CustomerFacet { customer, key, values } = facet;
    let customer = customer.parse().map_err(|_| {
        FieldError::new(
            format!("facets.{at}.customer"),
            FieldCode::Malformed,
            "is no customer's id",
        )
    })?;
    let values = values.into_iter().map(|value| match value {
        wit::FacetValue::Text(text) => FacetValue::Text(text),
        wit::FacetValue::Number(number) => FacetValue::Number(number),
        wit::FacetValue::Flag(flag) => FacetValue::Flag(flag),
    });
    Ok(FacetSet { customer, key, values: values.collect() })
}
