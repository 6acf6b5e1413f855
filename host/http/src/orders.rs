//! Orders, as staff and shoppers see them.

mod view;

pub(crate) use view::{OrderView, PlacedView, StaffOrderView};
