//! A customer's own addresses.

use aide::axum::ApiRouter;
use galleria_app::Work;
use galleria_domain::CustomerId;

use crate::addresses::{self, AddressBook};
use crate::extract::CustomerCaller;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    addresses::router::<CustomerCaller>()
}

impl AddressBook for CustomerCaller {
    const PATH: &str = "/me";

    fn location(&self) -> String {
        "/store/v1/me".to_owned()
    }

    fn customer(&self) -> &CustomerId {
        &self.id
    }

    fn read(&self) -> Work {
        self.read()
    }

    fn write(&self) -> Work {
        self.write()
    }
}
