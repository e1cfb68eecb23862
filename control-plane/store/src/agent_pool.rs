//! Pools, the agents that work in them and the tokens that they enrol with.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use skarv_domain::{
    Error, Result, Slug,
    agent_pool::{Agent, DEFAULT_POOL, EnrolmentToken, NewAgent, Pool},
    auth::{Actor, Scope},
    id::{AgentId, EnrolmentTokenId, PoolId},
};

use crate::{
    audit::{Note, note},
    clockwork::{instant, instant_of, micros_of},
    entity::{agent as agent_row, enrolment_token as token_row, pool as row, run},
    error::{of_db, taken, unreadable},
    json,
    open::Store,
    run::{reap, rows},
    turn::Turn,
};

impl Store {
    /// The pool of this name, made when it does not exist.
    pub async fn pool_ensure(&self, actor: &Actor, slug: &Slug) -> Result<Pool> {
        let (actor, slug) = (actor.clone(), slug.clone());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                if let Some(row) = find(turn, slug.as_str()).await? {
                    return read(row);
                }
                let pool = read(create(turn, slug.as_str()).await?)?;
                note(turn, &actor, Note::of(None, &format!("pools/{}", pool.slug))).await?;
                Ok(pool)
            })
        })
        .await
    }

    pub(crate) async fn default_pool_ensure(&self) -> Result<()> {
        self.change(true, |turn| {
            Box::pin(async move {
                match find(turn, DEFAULT_POOL).await? {
                    Some(_) => Ok(()),
                    None => create(turn, DEFAULT_POOL).await.map(drop),
                }
            })
        })
        .await
    }

    /// Reads a pool.
    pub async fn pool_get(&self, slug: &Slug) -> Result<Pool> {
        let found = row::all()
            .filter(row::Column::Slug.eq(slug.as_str()))
            .one(self.reader())
            .await
            .map_err(of_db)?;
        found.map_or_else(|| Err(Error::not_found("pool", slug)), read)
    }

    /// Lists pools by name.
    pub async fn pool_list(&self) -> Result<Vec<Pool>> {
        let rows = row::all()
            .order_by_asc(row::Column::Slug)
            .all(self.reader())
            .await
            .map_err(of_db)?;
        rows.into_iter().map(read).collect()
    }

    /// Keeps a token that agents of a pool may enrol with: its hash, and the prefix it is found by.
    pub async fn enrolment_token_create(
        &self,
        actor: &Actor,
        pool: PoolId,
        prefix: &str,
        hash: [u8; 32],
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<EnrolmentToken> {
        let (actor, prefix) = (actor.clone(), prefix.to_owned());
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let token = EnrolmentToken {
                    id: EnrolmentTokenId::new(turn.now),
                    pool,
                    prefix,
                    hash,
                    expires_at,
                };
                token_create(turn, &token).await?;
                note(
                    turn,
                    &actor,
                    Note::of(None, &format!("enrolment-tokens/{}", token.prefix)),
                )
                .await?;
                Ok(token)
            })
        })
        .await
    }

    /// The enrolment token with this prefix. Its hash is still to be compared.
    pub async fn enrolment_token_find(&self, prefix: &str) -> Result<Option<EnrolmentToken>> {
        let found = token_row::all()
            .filter(token_row::Column::Prefix.eq(prefix))
            .one(self.reader())
            .await;
        found.map_err(of_db)?.map(read_token).transpose()
    }

    /// Makes an agent known, or known anew under the id it had.
    pub async fn agent_register(&self, new: NewAgent) -> Result<Agent> {
        self.change(true, move |turn| {
            Box::pin(async move { register(turn, new).await })
        })
        .await
    }

    /// Reads an agent.
    pub async fn agent_get(&self, id: AgentId) -> Result<Agent> {
        let found = agent_row::all()
            .filter(agent_row::Column::Id.eq(id.as_uuid()))
            .one(self.reader())
            .await;
        found
            .map_err(of_db)?
            .map_or_else(|| Err(Error::not_found("agent", id)), read_agent)
    }

    /// Lists agents by name, of one pool or all.
    pub async fn agent_list(&self, pool: Option<PoolId>) -> Result<Vec<Agent>> {
        let mut query = agent_row::all().order_by_asc(agent_row::Column::DisplayName);
        if let Some(pool) = pool {
            query = query.filter(agent_row::Column::PoolId.eq(pool.as_uuid()));
        }
        query
            .all(self.reader())
            .await
            .map_err(of_db)?
            .into_iter()
            .map(read_agent)
            .collect()
    }

    /// Notes that an agent was heard of; whether it is to drain.
    pub async fn agent_seen(&self, id: AgentId) -> Result<bool> {
        self.change(true, move |turn| Box::pin(async move { seen(turn, id).await }))
            .await
    }

    /// Tells an agent to drain: at its next poll or renewal it hears of it.
    pub async fn agent_drain(&self, actor: &Actor, id: AgentId) -> Result<()> {
        let actor = actor.clone();
        self.change(!actor.validate_only, move |turn| {
            Box::pin(async move {
                let this = agent_row::Entity::update_many().filter(agent_row::Column::Id.eq(id.as_uuid()));
                let drained = this
                    .col_expr(agent_row::Column::Drain, Expr::value(true))
                    .exec(turn.txn)
                    .await;
                if drained.map_err(of_db)?.rows_affected == 0 {
                    return Err(Error::not_found("agent", id));
                }
                note(turn, &actor, Note::of(None, &format!("agents/{id}"))).await
            })
        })
        .await
    }

    /// Forgets an agent that says goodbye; whatever it still holds goes back to the queue at once.
    pub async fn agent_deregister(&self, id: AgentId) -> Result<()> {
        self.change(true, move |turn| {
            Box::pin(async move { deregister(turn, id).await })
        })
        .await?;
        self.hint();
        Ok(())
    }
}

async fn find(turn: Turn<'_>, slug: &str) -> Result<Option<row::Model>> {
    row::all()
        .filter(row::Column::Slug.eq(slug))
        .one(turn.txn)
        .await
        .map_err(of_db)
}

/// The id of a pool that must exist.
pub(crate) async fn id_of(turn: Turn<'_>, slug: &str) -> Result<PoolId> {
    let row = find(turn, slug)
        .await?
        .ok_or_else(|| Error::not_found("pool", slug))?;
    Ok(PoolId::from_uuid(row.id))
}

async fn create(turn: Turn<'_>, slug: &str) -> Result<row::Model> {
    let entry = row::Model {
        id: PoolId::new(turn.now).as_uuid(),
        slug: slug.to_owned(),
        clock: 0,
        created_at: turn.micros(),
    };
    let insert = row::Entity::insert(entry.clone().into_active_model());
    insert
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("pool", slug))?;
    Ok(entry)
}

async fn token_create(turn: Turn<'_>, token: &EnrolmentToken) -> Result<()> {
    let entry = token_row::Model {
        id: token.id.as_uuid(),
        pool_id: token.pool.as_uuid(),
        prefix: token.prefix.clone(),
        hash: token.hash.to_vec(),
        created_at: turn.micros(),
        expires_at: micros_of(token.expires_at),
    };
    let insert = token_row::Entity::insert(entry.into_active_model());
    insert
        .exec_without_returning(turn.txn)
        .await
        .map_err(taken("enrolment token", &token.prefix))?;
    Ok(())
}

async fn register(turn: Turn<'_>, new: NewAgent) -> Result<Agent> {
    let entry = agent_row::Model {
        id: new.id.unwrap_or_else(|| AgentId::new(turn.now)).as_uuid(),
        pool_id: new.pool.as_uuid(),
        display_name: new.display_name,
        version: new.version,
        slots: i32::try_from(new.slots).unwrap_or(i32::MAX),
        connectors: json::text(&new.connectors)?,
        registered_at: turn.micros(),
        seen_at: turn.micros(),
        drain: false,
    };
    let kept = [
        agent_row::Column::DisplayName,
        agent_row::Column::Version,
        agent_row::Column::Slots,
        agent_row::Column::Connectors,
        agent_row::Column::SeenAt,
    ];
    agent_row::Entity::insert(entry.clone().into_active_model())
        .on_conflict(
            OnConflict::column(agent_row::Column::Id)
                .update_columns(kept)
                .to_owned(),
        )
        .exec_without_returning(turn.txn)
        .await
        .map_err(of_db)?;
    let stored = agent_row::all()
        .filter(agent_row::Column::Id.eq(entry.id))
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    let stored = stored.ok_or_else(|| Error::internal("a registered agent is not there"))?;
    if stored.pool_id != entry.pool_id {
        return Err(Error::PermissionDenied {
            reason: "AGENT_OF_ANOTHER_POOL",
            problem: "the agent id belongs to another pool: register without an id".to_owned(),
        });
    }
    read_agent(stored)
}

/// Notes that an agent was heard of; whether it is to drain. One that is not known is: it must register again.
pub(crate) async fn seen(turn: Turn<'_>, id: AgentId) -> Result<bool> {
    let agent = agent_row::all()
        .filter(agent_row::Column::Id.eq(id.as_uuid()))
        .one(turn.txn)
        .await
        .map_err(of_db)?;
    let Some(agent) = agent else {
        return Err(Error::not_found("agent", id));
    };
    agent_row::Entity::update_many()
        .col_expr(agent_row::Column::SeenAt, Expr::value(turn.micros()))
        .filter(agent_row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(agent.drain)
}

async fn deregister(turn: Turn<'_>, id: AgentId) -> Result<()> {
    let leased = run::within(&Scope::System("runs of an agent that leaves"))
        .filter(run::Column::State.eq(rows::LEASED))
        .filter(run::Column::AgentId.eq(id.as_uuid()))
        .all(turn.txn)
        .await
        .map_err(of_db)?;
    reap::take_away(turn, leased, true).await?;
    agent_row::Entity::delete_many()
        .filter(agent_row::Column::Id.eq(id.as_uuid()))
        .exec(turn.txn)
        .await
        .map_err(of_db)?;
    Ok(())
}

fn read(row: row::Model) -> Result<Pool> {
    let slug = Slug::try_from(row.slug).map_err(|_| unreadable("pool id")())?;
    Ok(Pool {
        id: PoolId::from_uuid(row.id),
        slug,
    })
}

fn read_token(row: token_row::Model) -> Result<EnrolmentToken> {
    Ok(EnrolmentToken {
        id: EnrolmentTokenId::from_uuid(row.id),
        pool: PoolId::from_uuid(row.pool_id),
        prefix: row.prefix,
        hash: row.hash.try_into().map_err(|_| unreadable("token hash")())?,
        expires_at: instant_of(row.expires_at),
    })
}

fn read_agent(row: agent_row::Model) -> Result<Agent> {
    Ok(Agent {
        id: AgentId::from_uuid(row.id),
        pool: PoolId::from_uuid(row.pool_id),
        display_name: row.display_name,
        version: row.version,
        slots: row.slots.unsigned_abs(),
        connectors: json::read(&row.connectors)?,
        seen_at: instant(row.seen_at),
        drain: row.drain,
    })
}
