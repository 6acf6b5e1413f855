//! Addresses of customers, for staff.

use aide::OperationInput;
use aide::axum::ApiRouter;
use axum::extract::FromRequestParts;
use galleria_app::Work;
use galleria_domain::CustomerId;
use http::request::Parts;
use serde::Deserialize;

use crate::addresses::{self, AddressBook};
use crate::extract::{At, StaffCaller};
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    addresses::router::<OfCustomer>()
}

/// The addresses of the customer whom the path names.
struct OfCustomer {
    caller: StaffCaller,
    id: CustomerId,
}

#[derive(Deserialize)]
struct Named {
    customer: CustomerId,
}

impl FromRequestParts<HttpState> for OfCustomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let caller = StaffCaller::from_request_parts(parts, state).await?;
        let At(Named { customer: id }) = At::from_request_parts(parts, state).await?;
        Ok(Self { caller, id })
    }
}

impl OperationInput for OfCustomer {}

impl AddressBook for OfCustomer {
    const PATH: &str = "/customers/{customer}";

    fn location(&self) -> String {
        format!("/admin/v1/customers/{}", self.id)
    }

    fn customer(&self) -> &CustomerId {
        &self.id
    }

    fn read(&self) -> Work {
        self.caller.read()
    }

    fn write(&self) -> Work {
        self.caller.write()
    }
}
