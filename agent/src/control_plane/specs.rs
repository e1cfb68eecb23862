//! Stream specs by their hashes. A spec never changes under its hash, so what was fetched once is good for ever.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use skarv_canonical::{Class, Fingerprint, Reason, spec::StreamSpec};
use skarv_proto::{agent::v1 as pb, convert::settings::decode_stream_spec};

use super::client::{Client, Patience};

const PATIENCE: Patience = Patience {
    attempt: Duration::from_secs(10),
    all: Duration::from_secs(60),
};

/// Specs that are kept. When there are more, all are forgotten: fetching is cheap, and no agent serves that many for long.
const MOST: usize = 4_096;

/// Specs that were fetched before.
#[derive(Debug, Default)]
pub(super) struct Specs {
    known: Mutex<HashMap<Fingerprint, Arc<StreamSpec>>>,
}

impl Specs {
    fn get(&self, hash: &Fingerprint) -> Option<Arc<StreamSpec>> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    fn keep(&self, hash: Fingerprint, spec: &Arc<StreamSpec>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(hash, Arc::clone(spec));
    }
}

impl Client {
    /// The spec of this hash, or why it cannot be had.
    pub(crate) async fn spec(&self, hash: Fingerprint) -> Result<Arc<StreamSpec>, Reason> {
        if let Some(spec) = self.specs.get(&hash) {
            return Ok(spec);
        }
        let request = pb::BatchGetSpecsRequest {
            hashes: vec![hash.as_bytes().to_vec()],
        };
        let fetched = self.call(PATIENCE, request, |mut stub, q| async move {
            stub.batch_get_specs(q).await
        });
        let answer = fetched.await.map_err(|error| {
            tracing::warn!(%error, "a stream's settings could not be fetched");
            Reason::new(Class::Transient, "spec_unavailable")
        })?;
        let spec = Arc::new(decode(answer.reply.specs, hash)?);
        self.specs.keep(hash, &spec);
        Ok(spec)
    }
}

fn decode(specs: Vec<pb::AddressedSpec>, hash: Fingerprint) -> Result<StreamSpec, Reason> {
    let addressed = specs.into_iter().find(|spec| spec.hash == hash.as_bytes());
    let Some(spec) = addressed.and_then(|addressed| addressed.spec) else {
        return Err(Reason::new(Class::Transient, "spec_missing"));
    };
    match decode_stream_spec(spec) {
        Ok(spec) if spec.hash() == hash => Ok(spec),
        Ok(_) => Err(outdated("it has settings that this version does not know")),
        Err(malformed) => Err(outdated(&malformed.to_string())),
    }
}

/// Running a stream while missing one of its settings could book it wrong: better not at all. Another agent may be newer.
fn outdated(why: &str) -> Reason {
    tracing::error!(why, "a stream's settings are not understood: update this agent");
    Reason::new(Class::Transient, "agent_outdated").fix("update_agent")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use skarv_canonical::{
        spec::{OrderSettings, StreamSettings},
        trigger::TriggerState,
    };
    use skarv_proto::convert::settings::encode_stream_spec;

    use super::*;

    fn spec(terms: u32) -> StreamSpec {
        let orders = OrderSettings {
            payment_terms_days: terms,
            ..OrderSettings::swedish(
                DateTime::from_timestamp(1_770_000_000, 0).unwrap(),
                vec![TriggerState::Id("2".to_owned())],
            )
        };
        StreamSpec {
            settings: StreamSettings::Orders(orders),
        }
    }

    fn addressed(hash: Fingerprint, spec: &StreamSpec) -> pb::AddressedSpec {
        pb::AddressedSpec {
            hash: hash.as_bytes().to_vec(),
            spec: Some(encode_stream_spec(spec)),
        }
    }

    #[test]
    fn a_spec_is_taken_by_its_hash_whatever_else_came() {
        let (wanted, other) = (spec(30), spec(10));
        let answer = vec![addressed(other.hash(), &other), addressed(wanted.hash(), &wanted)];
        assert_eq!(decode(answer, wanted.hash()), Ok(wanted));
    }

    #[test]
    fn a_spec_that_is_not_what_its_hash_says_is_not_run() {
        let wanted = spec(30);
        let refused = decode(vec![addressed(wanted.hash(), &spec(10))], wanted.hash()).unwrap_err();
        assert_eq!(refused.code, "agent_outdated");
        assert_eq!(
            decode(Vec::new(), wanted.hash()).unwrap_err().code,
            "spec_missing"
        );
    }
}
