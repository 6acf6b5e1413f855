use galleria_domain::{Customer, Permission, Scope};

use crate::work::Work;

/// A customer as the caller may see them.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenCustomer {
    /// The customer; without what says who they are, if that is masked.
    pub customer: Customer,
    /// Whether what says who they are was taken out.
    pub is_masked: bool,
}

/// What the caller may see of a customer: the one place where it is decided.
pub(crate) fn see(work: &Work, customer: Customer) -> SeenCustomer {
    let rights = &work.caller().rights;
    let is_masked = !rights.has_for(Permission::CustomersReadPii, &customer.id);
    let is_own = matches!(rights.scope(), Scope::Own(_));
    let customer = if is_masked { masked(customer) } else { customer };
    // What staff note about somebody isn't for that person's eyes.
    let customer =
        if is_own { Customer { admin_comment: String::new(), ..customer } } else { customer };
    SeenCustomer { customer, is_masked }
}

fn masked(customer: Customer) -> Customer {
    Customer {
        email: None,
        email_verified_at: None,
        email_alt: None,
        phone: None,
        phone_alt: None,
        fax: None,
        title: None,
        first_name: String::new(),
        last_name: String::new(),
        company: None,
        gender: None,
        date_of_birth: None,
        vat_number: None,
        admin_comment: String::new(),
        external_ref: None,
        custom: serde_json::Map::new(),
        last_ip: None,
        ..customer
    }
}

/// The names of the fields in which two states of a customer differ, but for the version.
pub fn changed_fields(before: &Customer, after: &Customer) -> Vec<&'static str> {
    macro_rules! differing {
        ($($field:ident),+ $(,)?) => {{
            // Taken apart by name: a new field doesn't compile until it is compared here.
            let Customer { version: _, $($field: _),+ } = before;
            [$((stringify!($field), before.$field != after.$field)),+]
        }};
    }
    let fields = differing!(
        id,
        store,
        number,
        kind,
        stage,
        active,
        email,
        email_verified_at,
        email_alt,
        phone,
        phone_alt,
        fax,
        title,
        first_name,
        last_name,
        company,
        gender,
        date_of_birth,
        language,
        time_zone,
        vat_number,
        tax_exempt,
        accepts_marketing,
        admin_comment,
        external_ref,
        custom,
        default_billing_id,
        default_shipping_id,
        orders_count,
        total_spent,
        first_purchase_at,
        last_order_at,
        created_at,
        created_via,
        created_by,
        last_login_at,
        last_activity_at,
        last_ip,
        merged_into,
        deleted_at,
        anonymized_at,
    );
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
