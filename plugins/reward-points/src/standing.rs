//! How customers stand, for the host to search by. Whoever reads a balance counts it anew; facets
//! follow each change, and the job of each hour where only time has passed.

use galleria_sdk::facets::{self, CustomerFacet};
use galleria_sdk::{Fault, clock};

use crate::books::Host;
use crate::ledger::Ledger;
use crate::rules::Program;

/// Tells the host how customers stand now.
pub(crate) fn show(
    program: &Program,
    customers: impl IntoIterator<Item = String>,
) -> Result<(), Fault> {
    let (ledger, now) = (Ledger::new(&Host, program), clock::now());
    for customer in customers {
        let balance = ledger.balance(&customer, now)?;
        let owner = ledger.owner(&customer)?.value.customer;
        let values = [
            ("points", balance.available),
            ("points_pending", balance.pending),
            ("points_expiring_30d", balance.expiring_30d),
        ];
        let values = values.map(|(key, value)| CustomerFacet::new(owner.clone(), key, [value]));
        match facets::put(&values) {
            // Nobody who could be searched for.
            Ok(()) | Err(Fault::NotFound) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
