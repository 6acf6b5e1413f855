//! Impersonation: staff acting for a customer, for a while and within limits.

use crate::names::named;

named! {
    /// How much staff may do for a customer.
    ImpersonationMode, "mode of impersonation" {
        /// All but what only the customer may do.
        Full = "full",
        /// What is about one cart and its checkout.
        CartOnly = "cart-only",
        /// Looking only.
        ReadOnly = "read-only",
    }
}
