//! Order statuses through the whole system: what becomes of an invoice in the books is told in the shop, once and in order.

mod once;
mod rules;
mod told;
