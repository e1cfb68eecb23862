//! A caller's own mark on a request, so that a repeat is seen: the same id with the same content is done once and answered
//! the same.
//!
//! The store keeps the mark with the change, in one transaction, and the answer as the edge sent it. What was said is
//! remembered as a keyed hash only.

use std::future::Future;

use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use skarv_domain::{
    auth::{Actor, AuthContext, RequestMark},
    error::{Error, Result},
};
use skarv_store::Store;

use super::mac::Mac;

/// What every changing request may say beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The caller's id for the request, a UUID, or empty.
    pub(crate) request_id: String,
    /// Check only; change nothing.
    pub(crate) validate_only: bool,
}

/// What a request that is done once came to.
#[derive(Debug)]
pub(crate) enum Once<T> {
    /// Done now. With a mark, the answer is to be remembered under it.
    Now(T, Option<RequestMark>),
    /// Done before, and answered so.
    Before(Vec<u8>),
}

/// The actor of a change: who, by which method, under which mark.
pub(super) fn actor(
    mac: &Mac,
    caller: &AuthContext,
    method: &str,
    options: &Options,
    content: &impl Serialize,
) -> Result<Actor> {
    let actor = caller.actor(method).validate_only(options.validate_only);
    if options.request_id.is_empty() {
        return Ok(actor);
    }
    let request = options.request_id.parse().map_err(|_| {
        Error::invalid(
            "request_id",
            "must be a UUID such as 0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77, or empty",
        )
    })?;
    // a check leaves nothing behind, so it has nothing to be remembered by
    if options.validate_only {
        return Ok(actor);
    }
    let content = Zeroizing::new(serde_json::to_vec(content).map_err(Error::internal)?);
    let body_hash = mac.of(&[method.as_bytes(), &content]);
    Ok(actor.with_request(RequestMark {
        principal: caller.principal,
        request,
        method: method.to_owned(),
        body_hash,
    }))
}

/// Makes something once. A repeat whose answer was not remembered reads what was made.
pub(super) async fn once<T>(
    store: &Store,
    actor: &Actor,
    make: impl Future<Output = Result<T>>,
    read: impl Future<Output = Result<T>>,
) -> Result<Once<T>> {
    let Some(mark) = actor.request.clone() else {
        return Ok(Once::Now(make.await?, None));
    };
    if let Some(seen) = store.request_find(&mark).await? {
        return match seen.reply {
            Some(reply) => Ok(Once::Before(reply)),
            None => Ok(Once::Now(read.await?, Some(mark))),
        };
    }
    match make.await {
        // the same request was made a moment ago, beside this one
        Err(Error::AlreadyExists { .. }) if store.request_find(&mark).await?.is_some() => {
            Ok(Once::Now(read.await?, Some(mark)))
        }
        made => Ok(Once::Now(made?, Some(mark))),
    }
}

/// Makes something whose answer bears a secret, once. The secret is kept nowhere, so a repeat is told that it was told.
pub(super) async fn once_told<T>(
    store: &Store,
    actor: &Actor,
    then: &str,
    make: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(mark) = &actor.request else {
        return make.await;
    };
    let told = || Error::ToldOnce {
        request: mark.request.to_string(),
        problem: format!("this request was done before, and what it answered is shown once: {then}"),
    };
    if store.request_find(mark).await?.is_some() {
        return Err(told());
    }
    match make.await {
        // the same request was made a moment ago, beside this one
        Err(Error::AlreadyExists { .. }) if store.request_find(mark).await?.is_some() => Err(told()),
        made => made,
    }
}
