//! Integration tests of the Hogia Smart connector and of the fake it is tried against, over loopback.

mod fake;
