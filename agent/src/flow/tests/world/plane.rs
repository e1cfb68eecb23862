//! The control plane's half of the world, as far as one stream needs it: what was written, by whom, and who may write.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use skarv_canonical::{Fingerprint, write::Effect};
use tokio::time::Instant;

use super::{Books, GRANT, World};
use crate::flow::{
    Signal,
    control::{Checkpoint, Control, ControlError, Grant, Prepared, Question, Verdict, Waiting},
};

/// How long after a grant a request may still arrive.
const SLACK: Duration = Duration::from_secs(5);

/// What is known of a write.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// Somebody may have sent it, until then.
    Intent {
        epoch: u64,
        until: Instant,
        look_after: Option<Instant>,
    },
    /// It stands there.
    Done {
        foreign_id: String,
        fingerprint: Fingerprint,
    },
}

impl Books {
    /// How many writes are known of.
    pub(in crate::flow::tests) fn rows(&self) -> usize {
        self.rows.len()
    }
}

impl World {
    /// What a write is to be, and what is kept of having asked.
    fn verdict(&self, row: Option<&Row>, question: &Question) -> (Verdict, Option<Row>) {
        let now = Instant::now();
        let intent = |look_after| Row::Intent {
            epoch: self.epoch,
            until: now + GRANT,
            look_after,
        };
        let look_after = match row {
            Some(Row::Done {
                foreign_id,
                fingerprint,
            }) => return (done(foreign_id, *fingerprint, question), None),
            _ if !question.needs_intent => return (Verdict::New(Grant { length: GRANT }), None),
            None if self.verify => Some(now),
            None => return (Verdict::New(Grant { length: GRANT }), Some(intent(None))),
            Some(Row::Intent { epoch, until, .. }) if *epoch != self.epoch => Some((*until + SLACK).max(now)),
            Some(Row::Intent { look_after, .. }) => *look_after,
        };
        let verdict = match look_after {
            None => Verdict::Held(Grant { length: GRANT }),
            Some(at) if at > now => Verdict::Pending {
                wait: at - now,
                grant: Grant {
                    length: Duration::ZERO,
                },
            },
            Some(_) => Verdict::Pending {
                wait: Duration::ZERO,
                grant: Grant { length: GRANT },
            },
        };
        (verdict, Some(intent(look_after)))
    }

    fn ask(&self, questions: Vec<Question>, keep: bool) -> Result<Prepared, ControlError> {
        self.held()?;
        assert!(!questions.is_empty(), "asked about nothing");
        let mut books = self.books.lock().unwrap();
        let mut verdicts = Vec::new();
        for question in questions {
            let key = (question.entity.clone(), question.our_key.clone());
            let (verdict, row) = self.verdict(books.rows.get(&key), &question);
            if let Some(row) = row.filter(|_| keep) {
                books.rows.insert(key, row);
            }
            verdicts.push(verdict);
        }
        Ok(Prepared {
            asked: Instant::now(),
            answered: Instant::now(),
            asked_wall: self.origin.1 + (Instant::now() - self.origin.0),
            verdicts,
        })
    }

    /// Of a run whose lease is lost nothing counts.
    fn held(&self) -> Result<(), ControlError> {
        match *self.signal.borrow() {
            Signal::Lost => Err(ControlError::Lost),
            _ => Ok(()),
        }
    }
}

fn done(foreign_id: &str, fingerprint: Fingerprint, question: &Question) -> Verdict {
    let foreign_id = foreign_id.to_owned();
    if fingerprint == question.fingerprint {
        return Verdict::Unchanged { foreign_id };
    }
    let length = match question.effect {
        Effect::Create => Duration::ZERO,
        Effect::Update | Effect::Set => GRANT,
    };
    Verdict::Linked {
        foreign_id,
        grant: Grant { length },
    }
}

#[async_trait]
impl Control for World {
    async fn prepare(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        self.ask(questions, true)
    }

    async fn peek(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        self.books.lock().unwrap().peeks += 1;
        self.ask(questions, false)
    }

    async fn demand(&self, numbers: Vec<String>) -> Result<HashMap<String, i64>, ControlError> {
        self.held()?;
        let mut books = self.books.lock().unwrap();
        books.calls.push(format!("demand of {}", numbers.join(", ")));
        let of = |number: &String| {
            let waiting = books.demand.iter().filter(|((_, sku), _)| sku == number);
            waiting.map(|(_, quantity)| quantity).sum()
        };
        let sums: Vec<i64> = numbers.iter().map(of).collect();
        Ok(numbers.into_iter().zip(sums).collect())
    }

    async fn waiting(&self, orders: Vec<String>) -> Result<Waiting, ControlError> {
        self.held()?;
        let mut books = self.books.lock().unwrap();
        books.calls.push("waiting".to_owned());
        let mut demand = HashMap::new();
        if !books.tells_by_article {
            for ((_, sku), quantity) in &books.demand {
                *demand.entry(sku.clone()).or_default() += quantity;
            }
        }
        Ok(Waiting {
            demand,
            complete: !books.tells_by_article,
            unread: orders
                .into_iter()
                .filter(|key| !books.read.contains(key))
                .collect(),
        })
    }

    async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<Vec<String>, ControlError> {
        self.held()?;
        let mut books = self.books.lock().unwrap();
        for write in checkpoint.outcomes.iter().flat_map(|o| &o.writes) {
            let key = (write.entity.clone(), write.our_key.clone());
            let done = Row::Done {
                foreign_id: write.foreign_id.clone(),
                fingerprint: write.fingerprint,
            };
            books.rows.insert(key, done);
        }
        for given_back in &checkpoint.released {
            let row = books.rows.remove(given_back);
            assert!(
                !matches!(row, Some(Row::Done { .. })),
                "what stands was given back: {given_back:?}"
            );
        }
        for waits in &checkpoint.demand {
            assert!(!waits.sku.is_empty());
            let key = (waits.order_key.clone(), waits.sku.clone());
            books.demand.insert(key, waits.quantity);
        }
        books.demand.retain(|_, quantity| *quantity > 0);
        books.checkpoints.push(checkpoint);
        Ok(Vec::new())
    }
}
