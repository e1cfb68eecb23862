//! What a state change would do, seen without doing it.

use skarv_canonical::shown::Change;
use skarv_connector::Foreseen;

use super::desk::{BOTH, Cancelled, Delivered, Desk, Invoiced, change, of, write};
use crate::counter::admin;

fn shown(changes: &[Change]) -> Vec<String> {
    let changes = changes.iter();
    changes
        .map(|change| format!("{}: {} -> {}", change.path, change.before, change.after))
        .collect()
}

#[tokio::test]
async fn what_would_be_sent_is_shown_and_nothing_is_sent() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        let mut wanted = change(Invoiced);
        wanted.tracking = Some("SE1".to_owned());
        let before = admin(&desk.shop, "ledger").await;
        let preview = desk.preview(&of(wanted)).await;
        assert_eq!(preview.end, Foreseen::Made);
        assert_eq!(
            shown(&preview.changes),
            [
                "state: 10 Väntar på banköverföring -> 3 Behandlas",
                "mail:  -> true",
                "tracking:  -> SE1"
            ],
            "{version:?}"
        );
        assert_eq!(admin(&desk.shop, "ledger").await, before);
    }
}

#[tokio::test]
async fn what_stands_or_would_be_refused_is_foreseen() {
    let desk = Desk::of(BOTH[0]).await;
    desk.put(&write(Delivered)).await.expect("sent");
    assert_eq!(desk.foreseen(&write(Delivered)).await, Foreseen::Stands);
    for (event, code) in [(Invoiced, "order_moved_on"), (Cancelled, "cancel_would_pay_back")] {
        match desk.foreseen(&write(event)).await {
            Foreseen::Refused(reason) => assert_eq!(reason.code, code),
            other => panic!("{other:?}"),
        }
    }
}
