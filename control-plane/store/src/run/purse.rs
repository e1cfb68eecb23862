//! What tenants pay for their turns: how far each has queued, against how far its pool has come.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{FromQueryResult, prelude::Uuid};
use serde::Serialize;
use skarv_domain::{
    Result,
    lane::{self, Class},
};

use crate::{
    entity::pool,
    error::of_db,
    turn::{Turn, set},
};

/// The purses of some tenants, while runs of theirs are queued.
pub(crate) struct Purse {
    weights: HashMap<Uuid, u32>,
    finish: BTreeMap<(Uuid, &'static str), i64>,
    clocks: HashMap<Uuid, i64>,
}

#[derive(FromQueryResult)]
struct Share {
    tenant_id: Uuid,
    weight: i32,
    grp: Option<String>,
    finish: Option<i64>,
}

#[derive(Serialize)]
struct SharePut {
    tenant_id: Uuid,
    grp: &'static str,
    finish: i64,
}

impl Purse {
    pub(crate) async fn of(turn: Turn<'_>, tenants: impl Iterator<Item = Uuid>) -> Result<Self> {
        let tenants: Vec<_> = tenants.collect::<BTreeSet<_>>().into_iter().collect();
        let mut purse = Self {
            weights: HashMap::new(),
            finish: BTreeMap::new(),
            clocks: HashMap::new(),
        };
        if tenants.is_empty() {
            return Ok(purse);
        }
        for share in turn.rows::<Share>(turn.sql.share_load, [set(&tenants)?]).await? {
            purse.weights.insert(share.tenant_id, share.weight.unsigned_abs());
            let group = Class::ALL
                .map(Class::group)
                .into_iter()
                .find(|group| Some(*group) == share.grp.as_deref());
            if let (Some(group), Some(finish)) = (group, share.finish) {
                purse.finish.insert((share.tenant_id, group), finish);
            }
        }
        let pools = pool::all().all(turn.txn).await.map_err(of_db)?;
        purse.clocks = pools.into_iter().map(|pool| (pool.id, pool.clock)).collect();
        Ok(purse)
    }

    /// The tag of one more run of a tenant, which pays for it.
    pub(crate) fn pay(&mut self, tenant: Uuid, pool: Uuid, class: Class) -> i64 {
        let clock = self.clocks.get(&pool).copied().unwrap_or_default();
        let weight = self.weights.get(&tenant).copied().unwrap_or(lane::DEFAULT_WEIGHT);
        let finish = self.finish.entry((tenant, class.group())).or_default();
        let tag = lane::tag(clock, *finish, class);
        *finish = lane::finish_after(clock, *finish, class, weight);
        tag
    }

    pub(crate) async fn save(self, turn: Turn<'_>) -> Result<()> {
        let put = |((tenant_id, grp), finish)| SharePut {
            tenant_id,
            grp,
            finish,
        };
        let rows: Vec<_> = self.finish.into_iter().map(put).collect();
        turn.run_over(turn.sql.share_put, &rows).await.map(drop)
    }
}
