//! The client against real servers on loopback: what it refuses, what it cuts short, what it lets through.
//!
//! Every server here is started by the test that uses it and ends with it. Pure decisions (addresses, windows,
//! charsets) are tested beside their code.

mod calls;
mod caps;
mod guard;
mod hostile;
mod secrets;
mod server;
mod window;
