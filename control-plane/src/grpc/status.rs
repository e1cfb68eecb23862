//! The one place that makes a `tonic::Status`.
//!
//! Every error carries an `ErrorInfo` with a stable reason, the request's id, and what its class has to say: the field, the
//! resource, the precondition or when to try again. A fault of ours is logged here and told without its text.

use std::collections::HashMap;

use skarv_domain::error::Error;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "skarv";

/// The status of an error, for the request with this id.
pub(crate) fn status(error: &Error, request_id: &str) -> Status {
    let (code, reason) = class(error);
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, metadata(error));
    details.set_request_info(request_id, "");
    add_details(&mut details, error, reason);
    if let Error::Internal(fault) = error {
        tracing::error!(request_id, fault, "a request failed through a fault of ours");
        let told = format!(
            "something went wrong on our side, nothing was changed; tell support the request id {request_id}"
        );
        return Status::with_error_details(code, told, details);
    }
    tracing::debug!(request_id, reason, %error, "a request was refused");
    Status::with_error_details(code, error.to_string(), details)
}

/// The status of a method that does not exist.
pub(crate) fn unknown_method(path: &str) -> Status {
    let details = ErrorDetails::with_error_info("UNKNOWN_METHOD", DOMAIN, HashMap::new());
    let told = format!("`{path}` is no method of this server: reflection lists those that are");
    Status::with_error_details(Code::Unimplemented, told, details)
}

fn class(error: &Error) -> (Code, &'static str) {
    match error {
        Error::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
        Error::AlreadyExists { .. } => (Code::AlreadyExists, "ALREADY_EXISTS"),
        Error::ToldOnce { .. } => (Code::AlreadyExists, "SECRET_SHOWN_ONCE"),
        Error::InvalidArgument { .. } => (Code::InvalidArgument, "INVALID_ARGUMENT"),
        Error::FailedPrecondition { reason, .. } => (Code::FailedPrecondition, reason),
        Error::Unauthenticated { reason, .. } => (Code::Unauthenticated, reason),
        Error::PermissionDenied { reason, .. } => (Code::PermissionDenied, reason),
        Error::Conflict { .. } => (Code::Aborted, "ETAG_MISMATCH"),
        Error::ResourceExhausted { .. } => (Code::ResourceExhausted, "TOO_MUCH_AT_ONCE"),
        Error::Unavailable { .. } => (Code::Unavailable, "UNAVAILABLE"),
        Error::Internal(_) => (Code::Internal, "INTERNAL"),
    }
}

fn metadata(error: &Error) -> HashMap<String, String> {
    match error {
        Error::Conflict { etag } => HashMap::from([("etag".to_owned(), etag.to_string())]),
        Error::FailedPrecondition { subject, .. } => HashMap::from([("subject".to_owned(), subject.clone())]),
        _ => HashMap::new(),
    }
}

fn add_details(details: &mut ErrorDetails, error: &Error, reason: &str) {
    match error {
        Error::NotFound { kind, name } | Error::AlreadyExists { kind, name } => {
            details.set_resource_info(*kind, name, "", error.to_string());
        }
        Error::ToldOnce { request, problem } => {
            details.set_resource_info("request", request, "", problem);
        }
        Error::InvalidArgument { field, problem } => {
            details.add_bad_request_violation(field, problem);
        }
        Error::FailedPrecondition { subject, problem, .. } => {
            details.add_precondition_failure_violation(reason, subject, problem);
        }
        Error::ResourceExhausted { retry, .. } | Error::Unavailable { retry, .. } => {
            details.set_retry_info(Some(*retry));
        }
        Error::Unauthenticated { .. }
        | Error::PermissionDenied { .. }
        | Error::Conflict { .. }
        | Error::Internal(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wrong_field_is_named_in_the_details() {
        let status = status(&Error::invalid("tenant.org_number", "must be ten digits"), "r1");
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            "tenant.org_number"
        );
        assert_eq!(details.request_info().unwrap().request_id, "r1");
        assert_eq!(details.error_info().unwrap().domain, "skarv");
    }

    #[test]
    fn a_fault_of_ours_is_told_without_its_text() {
        let status = status(&Error::internal("disk /var/lib/skarv is full"), "r2");
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("disk"), "{}", status.message());
        assert!(status.message().contains("r2"));
    }

    #[test]
    fn what_may_work_later_says_when() {
        let error = Error::Unavailable {
            problem: "the store is busy".to_owned(),
            retry: Duration::from_secs(2),
        };
        let retry = status(&error, "r3")
            .get_error_details()
            .retry_info()
            .unwrap()
            .retry_delay;
        assert_eq!(retry, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_precondition_carries_its_reason_and_subject() {
        let error = Error::precondition(
            "CONNECTION_NOT_TESTED",
            "tenants/a/connections/shop",
            "test it first",
        );
        let details = status(&error, "r4").get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "CONNECTION_NOT_TESTED");
        let failure = details.precondition_failure().unwrap();
        assert_eq!(failure.violations[0].subject, "tenants/a/connections/shop");
    }
}
