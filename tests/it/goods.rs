//! Products, prices and stock beside the orders: both systems' books agree by article number, whatever happens meanwhile.

mod initial_sync;
mod stock;
mod templates;
