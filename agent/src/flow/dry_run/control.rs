//! The control plane of a dry run: it is asked what stands, and told nothing.
//!
//! Somebody else's intent is not waited for: what it may have left is looked up at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::foresight::Foresight;
use crate::flow::control::{Checkpoint, Control, ControlError, Grant, Prepared, Question, Verdict, Waiting};

/// How long what is only looked at may be looked at.
const LEAVE: Grant = Grant {
    length: Duration::from_secs(3_600),
};

/// Asks the control plane, and settles with what was foreseen.
pub(super) struct Asking {
    pub(super) control: Arc<dyn Control>,
    pub(super) foresight: Arc<Foresight>,
}

#[async_trait]
impl Control for Asking {
    async fn prepare(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        self.peek(questions).await
    }

    async fn peek(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        let mut prepared = self.control.peek(questions.clone()).await?;
        for (question, verdict) in questions.iter().zip(&mut prepared.verdicts) {
            let known = std::mem::replace(verdict, Verdict::Unknown);
            *verdict = self
                .foresight
                .verdict(question, LEAVE)
                .unwrap_or_else(|| at_once(known));
        }
        Ok(prepared)
    }

    async fn demand(&self, numbers: Vec<String>) -> Result<HashMap<String, i64>, ControlError> {
        self.control.demand(numbers).await
    }

    async fn waiting(&self, orders: Vec<String>) -> Result<Waiting, ControlError> {
        self.control.waiting(orders).await
    }

    async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<Vec<String>, ControlError> {
        self.foresight.settle(checkpoint);
        Ok(Vec::new())
    }
}

/// A verdict without a wait.
fn at_once(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::New(_) => Verdict::New(LEAVE),
        Verdict::Linked { foreign_id, .. } => Verdict::Linked {
            foreign_id,
            grant: LEAVE,
        },
        Verdict::Held(_) | Verdict::Pending { .. } | Verdict::Busy { .. } => Verdict::Pending {
            wait: Duration::ZERO,
            grant: LEAVE,
        },
        verdict @ (Verdict::Unchanged { .. } | Verdict::Unknown) => verdict,
    }
}
