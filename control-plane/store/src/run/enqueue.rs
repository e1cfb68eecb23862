//! Queuing runs: many requests in one go, each lane one active run.
//!
//! A request for a stream only counts up; the run that is queued for it, or that follows the one under way, serves it. What
//! is queued already is not queued again.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, prelude::Uuid, sea_query::Expr};
use serde::Serialize;
use skarv_domain::{
    Error, Result,
    auth::{Actor, Scope},
    id::{RunId, TenantId},
    lane::{self, Class},
    run::{Event, Run, RunAsk, RunKind, RunState, RunSubject, Totals, state::apply},
    stream::{StreamState, parse_kind},
};

use super::{NewRun, purse::Purse, rows};
use crate::{
    audit::{Note, note},
    entity::{run as row, stream},
    error::of_db,
    group::Typed,
    json,
    open::Store,
    turn::{Turn, set},
};

/// One request for a run.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) kind: RunKind,
    pub(crate) subject: RunSubject,
    pub(crate) ask: RunAsk,
    pub(crate) by: By,
}

/// On whose behalf.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// A person or script, who sees what the scope lets them; written down, and its end is remembered.
    Caller(Scope, Actor),
    /// The schedule or a timer.
    Schedule,
    /// The run before, because it was asked for again meanwhile.
    Follow,
}

/// The run that serves a request, or why there is none.
pub(crate) type Requested = Result<Run>;

/// What a run is to be on, with all that its row takes over.
#[derive(Clone, Debug, FromQueryResult)]
struct Subject {
    subject_id: Uuid,
    tenant_id: Uuid,
    partner_id: Option<Uuid>,
    pool_id: Uuid,
    allowed_until: Option<i64>,
    stream_kind: Option<String>,
    stream_state: Option<String>,
    source_id: Uuid,
    target_id: Option<Uuid>,
    source_connector: String,
    target_connector: Option<String>,
}

impl Store {
    /// Queues a run. One for the same that is queued or under way is answered instead.
    pub async fn run_enqueue(&self, scope: &Scope, actor: &Actor, new: NewRun) -> Result<Run> {
        let by = By::Caller(scope.clone(), actor.clone());
        self.request(Request {
            kind: new.kind,
            subject: new.subject,
            ask: RunAsk::Nothing,
            by,
        })
        .await
    }

    /// Carries out one request; a mere check in a transaction of its own.
    pub(crate) async fn request(&self, request: Request) -> Result<Run> {
        let check = matches!(&request.by, By::Caller(_, actor) if actor.validate_only);
        let answers = if check {
            self.change(false, move |turn| {
                Box::pin(async move { enqueue(turn, &[&request]).await })
            })
            .await?
        } else {
            self.typed(vec![request], Typed::Enqueue).await?
        };
        self.hint();
        answers
            .into_iter()
            .next()
            .unwrap_or_else(|| Err(Error::internal("a request was not answered")))
    }
}

/// Queues runs; answers in the order asked. A request that is refused changes nothing.
pub(crate) async fn enqueue(turn: Turn<'_>, requests: &[&Request]) -> Result<Vec<Requested>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let subjects = subjects(turn, requests).await?;
    let admitted: Vec<Result<&Subject>> = requests.iter().map(|request| admit(request, &subjects)).collect();
    let wanted: Vec<_> = requests
        .iter()
        .zip(&admitted)
        .filter_map(|(r, s)| Some((*r, *s.as_ref().ok()?)))
        .collect();
    let runs = queue(turn, &wanted).await?;
    bump(turn, &wanted).await?;
    for ((request, subject), run) in wanted.iter().zip(&runs) {
        if let By::Caller(_, actor) = &request.by {
            let tenant = Some(TenantId::from_uuid(subject.tenant_id));
            note(turn, actor, Note::of(tenant, &format!("runs/{run}"))).await?;
        }
    }
    let mut views = rows::held(turn, &runs)
        .await?
        .into_iter()
        .map(|(id, held)| Ok((id, rows::view(&held.run)?)));
    let views = views.by_ref().collect::<Result<HashMap<_, _>>>()?;
    let mut runs = runs.into_iter();
    Ok(admitted
        .into_iter()
        .map(|subject| {
            subject?;
            let view = runs.next().and_then(|id| views.get(&id));
            view.cloned()
                .ok_or_else(|| Error::internal("a queued run is not there"))
        })
        .collect())
}

async fn subjects(turn: Turn<'_>, requests: &[&Request]) -> Result<HashMap<RunSubject, Subject>> {
    let streams: Vec<_> = requests
        .iter()
        .filter_map(|r| {
            if let RunSubject::Stream(id) = r.subject {
                Some(id)
            } else {
                None
            }
        })
        .collect();
    let connections: Vec<_> = requests
        .iter()
        .filter_map(|r| {
            if let RunSubject::Connection(id) = r.subject {
                Some(id)
            } else {
                None
            }
        })
        .collect();
    let mut found = HashMap::new();
    for subject in turn
        .rows::<Subject>(turn.sql.subject_streams, [set(&streams)?])
        .await?
    {
        found.insert(
            RunSubject::Stream(skarv_domain::id::StreamId::from_uuid(subject.subject_id)),
            subject,
        );
    }
    for subject in turn
        .rows::<Subject>(turn.sql.subject_connections, [set(&connections)?])
        .await?
    {
        found.insert(
            RunSubject::Connection(skarv_domain::id::ConnectionId::from_uuid(subject.subject_id)),
            subject,
        );
    }
    Ok(found)
}

fn admit<'s>(request: &Request, subjects: &'s HashMap<RunSubject, Subject>) -> Result<&'s Subject> {
    let (kind, name) = match request.subject {
        RunSubject::Stream(id) => ("stream", id.to_string()),
        RunSubject::Connection(id) => ("connection", id.to_string()),
    };
    let visible = |subject: &&Subject| match &request.by {
        By::Schedule | By::Follow => true,
        By::Caller(scope, _) => sees(scope, subject),
    };
    let subject = subjects
        .get(&request.subject)
        .filter(visible)
        .ok_or_else(|| Error::not_found(kind, &name))?;
    if request.kind.on_connection() != matches!(request.subject, RunSubject::Connection(_)) {
        return Err(Error::invalid(
            "run.subject",
            format!("a run of kind `{}` is not on a {kind}", request.kind.as_str()),
        ));
    }
    let off = subject
        .stream_state
        .as_deref()
        .is_some_and(|state| state != StreamState::On.as_str());
    if request.kind.carries() && off {
        let state = subject.stream_state.as_deref().unwrap_or_default();
        let problem =
            format!("the stream is {state}: see its block_reason or off_reason for what to do first");
        return Err(Error::precondition("STREAM_NOT_ON", name, problem));
    }
    Ok(subject)
}

fn sees(scope: &Scope, subject: &Subject) -> bool {
    match scope {
        Scope::Tenant(id) => id.as_uuid() == subject.tenant_id,
        Scope::Partner(id) => Some(id.as_uuid()) == subject.partner_id,
        Scope::Staff | Scope::System(_) => true,
    }
}

/// Queues what is not queued yet; the run of each request.
async fn queue(turn: Turn<'_>, wanted: &[(&Request, &Subject)]) -> Result<Vec<RunId>> {
    let fresh: Vec<_> = wanted.iter().map(|_| RunId::new(turn.now)).collect();
    let keys: Vec<_> = wanted
        .iter()
        .zip(&fresh)
        .map(|((r, _), id)| lane::queue_key(r.kind, r.subject, &r.ask, *id))
        .collect();
    let mut queued: HashMap<String, row::Model> = queued(turn, &keys).await?;
    let mut purse = Purse::of(turn, wanted.iter().map(|(_, subject)| subject.tenant_id)).await?;
    let mut changed = BTreeMap::new();
    let (mut runs, mut anew) = (Vec::new(), Vec::new());
    for (((request, subject), id), key) in wanted.iter().zip(fresh).zip(&keys) {
        let row = match queued.remove(key) {
            Some(row) => again(row, request),
            None => {
                anew.extend((request.kind == RunKind::Backfill).then_some(subject.subject_id));
                new_row(turn, id, key.clone(), request, subject, &mut purse)?
            }
        };
        runs.push(RunId::from_uuid(row.id));
        changed.insert(row.id, row.clone());
        queued.insert(key.clone(), row);
    }
    let changed: Vec<_> = changed.into_values().collect();
    rows::save(turn, &changed).await?;
    purse.save(turn).await?;
    begin_anew(turn, anew).await?;
    rows::grant_lanes(turn, changed.iter().filter_map(|row| row.behind.clone())).await?;
    Ok(runs)
}

/// A run that carries everything begins at the beginning: what one before it had carried was carried by the settings of then.
async fn begin_anew(turn: Turn<'_>, streams: Vec<Uuid>) -> Result<()> {
    if streams.is_empty() {
        return Ok(());
    }
    stream::Entity::update_many()
        .col_expr(stream::Column::BackfillCursor, Expr::value(None::<String>))
        .filter(stream::Column::Id.is_in(streams))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

async fn queued(turn: Turn<'_>, keys: &[String]) -> Result<HashMap<String, row::Model>> {
    let found = row::within(&Scope::System("queue"))
        .filter(row::Column::QueueKey.is_in(keys))
        .all(turn.txn)
        .await;
    Ok(found
        .map_err(of_db)?
        .into_iter()
        .map(|row| (row.queue_key.clone(), row))
        .collect())
}

/// A person who asks for what is queued already wants it now, and wants to see its end.
fn again(mut row: row::Model, request: &Request) -> row::Model {
    if let By::Caller(..) = request.by {
        row.asked = true;
        if let Ok(hastened) = apply(rows::state_of(&row), Event::Hasten) {
            rows::put_state(&mut row, hastened);
        }
    }
    row
}

fn new_row(
    turn: Turn<'_>,
    id: RunId,
    queue_key: String,
    request: &Request,
    subject: &Subject,
    purse: &mut Purse,
) -> Result<row::Model> {
    let class = Class::of(request.kind, subject.stream_kind.as_deref().and_then(parse_kind));
    let mut row = row::Model {
        id: id.as_uuid(),
        tenant_id: subject.tenant_id,
        pool_id: subject.pool_id,
        stream_id: subject.stream_kind.is_some().then_some(subject.subject_id),
        source_id: subject.source_id,
        target_id: subject.target_id,
        source_connector: subject.source_connector.clone(),
        target_connector: subject.target_connector.clone(),
        kind: request.kind.as_str().to_owned(),
        class: class.as_i16(),
        background: class.is_background(),
        queue_key,
        lane: Some(lane::lane(request.kind, request.subject)),
        behind: None,
        state: 0,
        blocked_on: None,
        tag: purse.pay(subject.tenant_id, subject.pool_id, class),
        ready_at: turn.micros(),
        since_at: turn.micros(),
        epoch: 0,
        attempt: 0,
        agent_id: None,
        poll_seq: 0,
        leased_at: 0,
        lease_until: 0,
        allowed_until: subject.allowed_until,
        wanted_seq: None,
        seq: None,
        cancel: false,
        asked: matches!(request.by, By::Caller(..)),
        keys: json::text_of(
            Some(request.ask.records())
                .filter(|keys| !keys.is_empty())
                .as_ref(),
        )?,
        period: json::text_of(request.ask.period().as_ref())?,
        foresee: json::text_of(request.ask.foresee().as_ref())?,
        totals: json::text(&Totals::default())?,
        progress: None,
        percent: None,
        error: None,
        created_at: turn.micros(),
    };
    rows::put_state(&mut row, RunState::enqueue());
    Ok(row)
}

#[derive(Serialize)]
struct Bump {
    id: Uuid,
    n: i64,
}

/// Counts up the streams that people and the schedule asked for; a run that follows another answers what was counted.
async fn bump(turn: Turn<'_>, wanted: &[(&Request, &Subject)]) -> Result<()> {
    let mut counts = BTreeMap::<Uuid, i64>::new();
    for (request, subject) in wanted {
        if request.kind == RunKind::Sync && !matches!(request.by, By::Follow) {
            *counts.entry(subject.subject_id).or_default() += 1;
        }
    }
    let rows: Vec<_> = counts.into_iter().map(|(id, n)| Bump { id, n }).collect();
    turn.run_over(turn.sql.stream_bump, &rows).await.map(drop)
}
