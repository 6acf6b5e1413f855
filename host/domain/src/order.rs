//! Orders.

use crate::names::named;

named! {
    /// How an order came about.
    PlacedVia, "way to place an order" {
        /// The customer placed it.
        Storefront = "storefront",
        /// Staff placed it, acting for the customer.
        Impersonation = "impersonation",
        /// Staff placed it right out of the cart.
        AgentCheckout = "agent-checkout",
        /// The customer placed it, having come by a link.
        Link = "link",
    }
}
