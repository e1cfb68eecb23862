//! What must hold after a generated story: by the fakes' own books and the rules said anew, and then by the control plane's word.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use skarv_proto::v1::{self as pb, OrderEvent};
use skarv_tests::{goods::stream, statuses::Course};

use super::{
    once::Story,
    rules::{Bar, DELIVERED, ends},
};

impl Story {
    /// What the books of both systems say by themselves.
    pub(super) async fn check(&mut self) -> anyhow::Result<()> {
        let courses = self.platform.courses().await?;
        (self.seen.states, self.seen.mails) = (0, 0);
        for course in courses.values() {
            self.is_once_and_never_back(course)
                .with_context(|| format!("{course:?}\n{:?}", self.rules))?;
        }
        let mut untold = self.since.iter();
        untold
            .try_for_each(|((order, event), since)| {
                let course = &courses[order];
                ensure!(
                    self.is_told(course, *event, *since),
                    "{event:?} since {since}: {course:?}"
                );
                Ok(())
            })
            .with_context(|| format!("{:?}", self.rules))
    }

    fn is_once_and_never_back(&mut self, course: &Course) -> anyhow::Result<()> {
        let mut told = Vec::new();
        for (place, row) in course.history.iter().enumerate() {
            if self.theirs.contains(&row.id) {
                continue;
            }
            let event = self.event_of(row.state).context("nobody asked for this state")?;
            ensure!(row.employee == 0, "it was no person");
            ensure!(
                self.since.contains_key(&(course.id, event)),
                "{event:?} has not happened"
            );
            let bar = self.rules.bars(&course.history[..place], event);
            ensure!(bar.is_none(), "{event:?} was told although {bar:?}");
            ensure!(told.last() < Some(&event), "{event:?} was told after {told:?}");
            told.push(event);
        }
        let mailed: Vec<u32> = course.mails.iter().map(|mail| mail.state).collect();
        let mut to_mail: Vec<u32> = told.iter().map(|event| self.rules.states[event]).collect();
        to_mail.retain(|state| self.mails && *state != DELIVERED);
        ensure!(mailed == to_mail, "mailed: {mailed:?}, to be mailed: {to_mail:?}");
        self.seen.states += told.len();
        self.seen.mails += mailed.len();
        Ok(())
    }

    fn event_of(&self, state: u32) -> Option<OrderEvent> {
        let mut states = self.rules.states.iter();
        states.find(|(_, told)| **told == state).map(|(event, _)| *event)
    }

    /// Whether it stands, or there was a time since it happened at which it could not be told.
    fn is_told(&self, course: &Course, event: OrderEvent, since: usize) -> bool {
        let has_ended = |end: OrderEvent| self.since.contains_key(&(course.id, end));
        let over = !ends(event) && (has_ended(OrderEvent::Cancelled) || has_ended(OrderEvent::Credited));
        let lengths = since.max(1)..=course.history.len();
        let mut bars = lengths.filter_map(|length| self.rules.bars(&course.history[..length], event));
        over || bars.next().is_some()
    }

    /// What the control plane says is what the books say.
    pub(super) async fn check_records(&mut self) -> anyhow::Result<()> {
        let courses = self.platform.courses().await?;
        let statuses = stream(&self.set_up, "order-status");
        let unknown = self
            .platform
            .records_in(&statuses, pb::RecordState::Unknown)
            .await?;
        ensure!(unknown.is_empty(), "{unknown:?}");
        let parked = self
            .platform
            .records_in(&statuses, pb::RecordState::Parked)
            .await?;
        let allowed = |reason: &pb::Reason| reason.code == "cancel_would_pay_back";
        ensure!(
            parked.iter().flat_map(|record| &record.reason).all(allowed),
            "{parked:?}"
        );
        ensure!(
            parked.len() == self.waiting(&courses),
            "{parked:?}\n{courses:?}\n{:?}",
            self.since
        );
        self.seen.waiting = parked.len();
        let dropped = self
            .platform
            .records_in(&statuses, pb::RecordState::Dropped)
            .await?;
        let moved_on = |record: &&pb::Record| {
            let why = record.reason.as_ref();
            why.is_some_and(|why| why.code == "order_moved_on")
        };
        self.seen.moved_on = dropped.iter().filter(moved_on).count();
        for course in courses.values() {
            self.story_agrees(course).await?;
        }
        Ok(())
    }

    /// How many orders have an end that only a person may allow.
    fn waiting(&self, courses: &BTreeMap<u32, Course>) -> usize {
        let wait = |course: &&Course| {
            let ends = [OrderEvent::Cancelled, OrderEvent::Credited];
            let mut happened = ends
                .into_iter()
                .filter(|end| self.since.contains_key(&(course.id, *end)));
            happened.any(|end| self.rules.bars(&course.history, end) == Some(Bar::Captured))
        };
        courses.values().filter(wait).count()
    }

    async fn story_agrees(&self, course: &Course) -> anyhow::Result<()> {
        let told = self.platform.told_of(&self.set_up, course.id).await?;
        let told = told.iter().filter_map(|event| event.facts.get("status"));
        let told: BTreeSet<&str> = told.flat_map(|events| events.split(", ")).collect();
        for row in &course.history {
            if self.theirs.contains(&row.id) {
                continue;
            }
            let event = self.event_of(row.state).context("nobody asked for this state")?;
            ensure!(
                told.contains(name(event)),
                "{event:?} is not in its story: {told:?}"
            );
        }
        for (event, state) in &self.rules.states {
            let stands = course.history.iter().any(|row| row.state == *state);
            ensure!(
                stands || !told.contains(name(*event)),
                "{event:?} is in its story only: {course:?}"
            );
        }
        Ok(())
    }
}

fn name(event: OrderEvent) -> &'static str {
    match event {
        OrderEvent::Unspecified => "",
        OrderEvent::Invoiced => "invoiced",
        OrderEvent::Delivered => "delivered",
        OrderEvent::Paid => "paid",
        OrderEvent::Cancelled => "cancelled",
        OrderEvent::Credited => "credited",
    }
}
