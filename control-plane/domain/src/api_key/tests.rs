//! What keys are good for, and whose they are.

use super::*;
use crate::clock::from_micros;

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn now() -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000)
}

fn key() -> ApiKey {
    let principal = PrincipalId::new(now());
    ApiKey {
        id: ApiKeyId::new(now()),
        principal,
        owner: KeyOwner::Principal(principal),
        prefix: "0123456789ab".to_owned(),
        hash: [0; 32],
        name: String::new(),
        created_at: now(),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        replaced_by: None,
    }
}

fn reason(refused: Result<Handover>) -> &'static str {
    match refused {
        Err(Error::FailedPrecondition { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_ends_at_its_end_and_when_it_is_taken_back() {
    let ending = ApiKey {
        expires_at: Some(after(now(), DAY)),
        ..key()
    };
    assert_eq!(ending.state(now()), KeyState::Active);
    assert_eq!(ending.state(after(now(), DAY)), KeyState::Expired);
    let taken_back = ApiKey {
        revoked_at: Some(now()),
        ..ending
    };
    assert_eq!(taken_back.state(after(now(), DAY)), KeyState::Revoked);
}

#[test]
fn a_replaced_key_goes_on_for_the_overlap_but_never_longer_than_it_would_have() {
    let endless = key().handover(now(), DAY).unwrap();
    assert_eq!((endless.old_ends, endless.new_ends), (after(now(), DAY), None));
    let ending = ApiKey {
        expires_at: Some(after(now(), DAY)),
        ..key()
    };
    let later = after(now(), DAY / 2);
    let handover = ending.handover(later, DAY).unwrap();
    assert_eq!(handover.old_ends, after(now(), DAY));
    assert_eq!(
        handover.new_ends,
        Some(after(later, DAY)),
        "as long as the old one was made for"
    );
}

#[test]
fn a_key_that_has_ended_or_was_replaced_is_not_replaced() {
    let expired = ApiKey {
        expires_at: Some(now()),
        ..key()
    };
    assert_eq!(reason(expired.handover(now(), DAY)), "API_KEY_EXPIRED");
    let revoked = ApiKey {
        revoked_at: Some(now()),
        ..key()
    };
    assert_eq!(reason(revoked.handover(now(), DAY)), "API_KEY_REVOKED");
    let replaced = ApiKey {
        replaced_by: Some("ba9876543210".to_owned()),
        ..key()
    };
    assert_eq!(reason(replaced.handover(now(), DAY)), "API_KEY_REPLACED");
}

#[test]
fn an_overlap_is_a_day_unless_said_and_a_month_at_most() {
    assert_eq!(overlap(None), Ok(DAY));
    assert_eq!(overlap(Some(Duration::ZERO)), Ok(Duration::ZERO));
    assert_eq!(overlap(Some(30 * DAY)), Ok(30 * DAY));
    assert!(overlap(Some(30 * DAY + Duration::from_nanos(1))).is_err());
}

#[test]
fn an_end_lies_ahead_and_a_name_is_short() {
    assert_eq!(checked_end(None, now()), Ok(None));
    assert!(checked_end(Some(now()), now()).is_err());
    assert!(checked_end(Some(after(now(), DAY)), now()).is_ok());
    assert_eq!(checked_name(" nightly "), Ok("nightly".to_owned()));
    assert!(checked_name(&"å".repeat(201)).is_err());
}

#[test]
fn use_is_noted_once_a_minute() {
    let used = ApiKey {
        last_used_at: Some(now()),
        ..key()
    };
    assert!(key().use_is_news(now()));
    assert!(!used.use_is_news(after(now(), Duration::from_secs(59))));
    assert!(used.use_is_news(after(now(), Duration::from_secs(60))));
}

#[test]
fn keys_are_seen_by_their_owner_their_partner_and_for_partners_an_admin() {
    let (me, someone) = (
        PrincipalId::from_uuid(uuid::Uuid::from_u128(1)),
        PrincipalId::from_uuid(uuid::Uuid::from_u128(2)),
    );
    let (mine, other) = (
        PartnerId::from_uuid(uuid::Uuid::from_u128(3)),
        PartnerId::from_uuid(uuid::Uuid::from_u128(4)),
    );
    assert!(KeyScope::Own(me).sees(me, None));
    assert!(!KeyScope::Own(me).sees(someone, Some(mine)));
    assert!(KeyScope::Partner(me, mine).sees(someone, Some(mine)));
    assert!(!KeyScope::Partner(me, mine).sees(someone, Some(other)));
    assert!(!KeyScope::Partner(me, mine).sees(someone, None));
    assert!(KeyScope::Admin(me).sees(someone, Some(other)));
    assert!(!KeyScope::Admin(me).sees(someone, None));
}
