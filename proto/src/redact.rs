//! `Debug` for messages that bear secrets: names of what is there, never what it says.

use std::{collections::HashMap, fmt};

use crate::{agent::v1 as agent, v1};

/// The names in a map of secrets.
struct Names<'a>(&'a HashMap<String, String>);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.keys().map(|name| (name, "…")))
            .finish()
    }
}

macro_rules! redacted {
    ($($message:ty { $($field:ident),* }),* $(,)?) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($message))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )*};
}

redacted! {
    v1::ExchangeApiKeyRequest {},
    v1::ExchangeApiKeyResponse { expires_in_seconds },
    v1::CreateEnrolmentTokenResponse {},
    v1::CreateApiKeyResponse { api_key },
    v1::RotateApiKeyResponse { api_key, replaced },
    agent::RegisterResponse { agent_id, token_ms, lease_ms, renew_ms, rejected },
    agent::BeginCredentialRefreshResponse { status },
    v1::SetCredentialsRequest { name },
    v1::CreateConnectionRequest { parent, connection_id, connection, request_id, validate_only },
    agent::StoreCredentialRequest { agent_id, run_id, epoch, connection_ref, secret_version },
}

impl fmt::Debug for agent::ConnectionAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionAccess")
            .field("connection_ref", &self.connection_ref)
            .field("connector", &self.connector)
            .field("secrets", &Names(&self.secrets))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for agent::CredentialGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialGrant")
            .field("secrets", &Names(&self.secrets))
            .finish_non_exhaustive()
    }
}
