//! A small world: one tenant with a shop, an accounting system and a flow between them, an agent, and a clock that stands
//! still until a story moves it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use skarv_canonical::{
    Cursor, Fingerprint, Reason,
    spec::{FlowSpec, OrderSettings, StreamKind, Template},
    trigger::TriggerState,
    write::{Effect, Entity},
};
use skarv_domain::{
    Clock, ManualClock, Slug,
    agent_pool::NewAgent,
    auth::{Actor, Scope},
    clock::from_micros,
    connection::{Checked, Connection, Pace},
    flow::{Flow, FlowChange, NewFlow},
    id::{AgentId, ConnectionId, RunId, StreamId},
    lease::Answer,
    paging::Page,
    partner::NewPartner,
    record::{Amount, Outcome, RecordState, SettledWrite},
    run::{FinishOutcome, Run, RunKind, RunSubject, Totals},
    stream::Stream,
    tenant::{NewTenant, Tenant},
    write::{Question, Verdict},
};
use skarv_store::{
    AskedWrite, CheckpointItem, Checkpointed, Durability, FinishItem, LeasePoll, Leased, Location, MasterKey,
    NewApiKey, NewConnection, NewRun, PreparePage, PreparedPage, Secrets, Store, StoreConfig, StoredResult,
};

pub(crate) const STAFF: Scope = Scope::Staff;
pub(crate) const INTERVAL: Duration = Duration::from_secs(60);

pub(crate) fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor::system("story")
}

pub(crate) fn start() -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000)
}

pub(crate) fn config(location: Location) -> StoreConfig {
    let mut config = StoreConfig::new(location, MasterKey::new([7; 32]));
    config.durability = Durability::Normal;
    config
}

pub(crate) fn new_partner(id: &str) -> NewPartner {
    NewPartner {
        slug: slug(id),
        name: id.to_owned(),
    }
}

/// A key that does not end by itself.
pub(crate) fn new_key(prefix: &str) -> NewApiKey {
    NewApiKey {
        prefix: prefix.to_owned(),
        hash: [5; 32],
        name: String::new(),
        expires_at: None,
    }
}

pub(crate) fn secrets(secret: &str) -> Secrets {
    [("api_key", secret.to_owned().into())].into_iter().collect()
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tenant: Tenant,
    pub(crate) shop: Connection,
    pub(crate) erp: Connection,
    pub(crate) flow: Flow,
    pub(crate) stream: StreamId,
    pub(crate) agent: AgentId,
}

impl World {
    /// The world with its flow switched on and due.
    pub(crate) async fn new() -> Self {
        let world = Self::resting(config(Location::Temporary)).await;
        world.activate().await;
        world
    }

    /// The world with its flow switched off and nothing tested.
    pub(crate) async fn resting(config: StoreConfig) -> Self {
        let clock = Arc::new(ManualClock::at(start()));
        let store = Store::open(config, Arc::clone(&clock) as Arc<dyn Clock>)
            .await
            .unwrap();
        let agent = register(&store, "agent-1", &["prestashop", "hogia-smart"]).await;
        let (tenant, shop, erp, flow, stream) = settle(&store, "bagarn").await;
        Self {
            store,
            clock,
            tenant,
            shop,
            erp,
            flow,
            stream,
            agent,
        }
    }

    /// Has both connections tested and the flow switched on.
    pub(crate) async fn activate(&self) {
        for (connection, host) in [(&self.shop, "shop.example/1"), (&self.erp, "")] {
            self.check(self.agent, connection.id, host, None).await;
        }
        self.store
            .flow_activate(&STAFF, &actor(), self.flow.id)
            .await
            .unwrap();
    }

    /// Has an agent test a connection.
    pub(crate) async fn check(
        &self,
        agent: AgentId,
        id: ConnectionId,
        host_key: &str,
        problem: Option<Reason>,
    ) {
        let new = NewRun {
            kind: RunKind::Check,
            subject: RunSubject::Connection(id),
        };
        let run = self.store.run_enqueue(&STAFF, &actor(), new).await.unwrap();
        let lease = self.lease_by(agent, 900, 1).await.remove(0);
        assert_eq!(lease.run, run.id);
        let check = Checked {
            problem,
            host_key: host_key.to_owned(),
            title: "Bagarn i Skara".to_owned(),
            system_version: "1.0".to_owned(),
        };
        let result = StoredResult {
            kind: "check".to_owned(),
            bytes: b"found".to_vec(),
        };
        let item = FinishItem {
            check: Some(check),
            result: Some(result),
            ..done(&lease)
        };
        assert_eq!(
            self.store.run_finish(agent, vec![item]).await.unwrap(),
            [Answer::Ok]
        );
    }

    pub(crate) fn pass(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Asks for the stream to run.
    pub(crate) async fn request(&self) -> Run {
        self.store
            .stream_request(&STAFF, &actor(), self.stream)
            .await
            .unwrap()
    }

    pub(crate) async fn stream(&self) -> Stream {
        self.store.stream_by_id(&STAFF, self.stream).await.unwrap()
    }

    /// Leases up to eight runs to the agent.
    pub(crate) async fn lease(&self, poll_seq: u64) -> Vec<Leased> {
        self.lease_by(self.agent, poll_seq, 8).await
    }

    pub(crate) async fn lease_by(&self, agent: AgentId, poll_seq: u64, slots: u32) -> Vec<Leased> {
        let poll = LeasePoll {
            agent,
            poll_seq,
            free_slots: slots,
            free_background_slots: slots,
        };
        self.store.run_lease(vec![poll]).await.unwrap().remove(0).leases
    }

    /// Asks for the stream to run, and leases that run.
    pub(crate) async fn leased(&self, poll_seq: u64) -> Leased {
        self.request().await;
        self.lease(poll_seq).await.remove(0)
    }

    pub(crate) async fn prepare(&self, lease: &Leased, keys: &[&str]) -> PreparedPage {
        self.prepare_by(self.agent, page(lease, keys)).await
    }

    pub(crate) async fn prepare_by(&self, agent: AgentId, page: PreparePage) -> PreparedPage {
        self.store
            .page_prepare(agent, vec![page])
            .await
            .unwrap()
            .remove(0)
    }

    pub(crate) async fn checkpoint(&self, item: CheckpointItem) -> Checkpointed {
        self.store
            .page_checkpoint(self.agent, vec![item])
            .await
            .unwrap()
            .remove(0)
    }

    pub(crate) async fn finish(&self, item: FinishItem) -> Answer {
        self.store
            .run_finish(self.agent, vec![item])
            .await
            .unwrap()
            .remove(0)
    }

    /// Orders that are parked, by a run of their own.
    pub(crate) async fn park(&self, keys: &[&str], retry: Option<Duration>) {
        let lease = self.leased(800).await;
        let outcomes = keys
            .iter()
            .map(|key| Outcome {
                retry,
                ..parked(key, "sum_mismatch")
            })
            .collect();
        let item = CheckpointItem {
            outcomes,
            ..settled(&lease, 1)
        };
        assert_eq!(self.checkpoint(item).await.answer, Answer::Ok);
        assert_eq!(self.finish(done(&lease)).await, Answer::Ok);
    }

    pub(crate) async fn runs(&self) -> Vec<Run> {
        self.store
            .run_list(&STAFF, self.tenant.id, &Page::first(100))
            .await
            .unwrap()
            .items
    }
}

pub(crate) async fn register(store: &Store, name: &str, connectors: &[&str]) -> AgentId {
    let pool = store.pool_get(&slug("default")).await.unwrap().id;
    let connectors = connectors
        .iter()
        .map(|connector| (*connector).to_owned())
        .collect();
    let (display_name, version) = (name.to_owned(), "0.1.0".to_owned());
    let new = NewAgent {
        id: None,
        pool,
        display_name,
        version,
        slots: 8,
        connectors,
    };
    store.agent_register(new).await.unwrap().id
}

/// A tenant with two connections and a flow, switched off.
pub(crate) async fn settle(store: &Store, name: &str) -> (Tenant, Connection, Connection, Flow, StreamId) {
    let new = NewTenant {
        slug: slug(name),
        partner: None,
        name: name.to_owned(),
        org_number: String::new(),
        pool: None,
    };
    let tenant = store.tenant_create(&STAFF, &actor(), new).await.unwrap();
    let shop = connect(store, &tenant, "shop", "prestashop").await;
    let erp = connect(store, &tenant, "erp", "hogia-smart").await;
    let new = new_flow(&tenant, &shop, &erp);
    let flow = store.flow_create(&STAFF, &actor(), new).await.unwrap();
    let stream = store
        .stream_get(&STAFF, flow.id, StreamKind::Orders)
        .await
        .unwrap()
        .id;
    (tenant, shop, erp, flow, stream)
}

pub(crate) fn new_flow(tenant: &Tenant, shop: &Connection, erp: &Connection) -> NewFlow {
    let orders = OrderSettings::swedish(start(), vec![TriggerState::Id("2".to_owned())]);
    let spec = FlowSpec::of_orders(Template::ShopMaster, "shop".to_owned(), "erp".to_owned(), orders);
    NewFlow {
        tenant: tenant.id,
        slug: slug("orders"),
        spec,
        shop: shop.id,
        erp: erp.id,
        interval: Some(INTERVAL),
    }
}

/// A flow as it is to be from now on.
pub(crate) fn change(flow: &Flow, spec: FlowSpec) -> FlowChange {
    FlowChange {
        id: flow.id,
        etag: flow.etag,
        spec,
        interval: None,
    }
}

pub(crate) async fn connect(store: &Store, tenant: &Tenant, name: &str, connector: &str) -> Connection {
    let new = NewConnection {
        tenant: tenant.id,
        slug: slug(name),
        connector: connector.to_owned(),
        settings: BTreeMap::from([("base_url".to_owned(), "https://shop.example".to_owned())]),
        secrets: secrets("canary-in-the-shop"),
        pace: Pace {
            interval: Duration::from_millis(100),
            max_active: 2,
        },
    };
    store.connection_create(&STAFF, &actor(), new).await.unwrap()
}

pub(crate) fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint::of(&text)
}

/// A question about an invoice that has never been written.
pub(crate) fn asked(key: &str) -> AskedWrite {
    let question = Question {
        fingerprint: fingerprint(key),
        effect: Effect::Create,
        needs_intent: true,
        searchable: true,
        visible_after: Duration::from_secs(2),
    };
    AskedWrite {
        write_no: 1,
        entity: Entity::Invoice,
        our_key: key.to_owned(),
        question,
    }
}

pub(crate) fn page(lease: &Leased, keys: &[&str]) -> PreparePage {
    let writes = keys.iter().map(|key| asked(key)).collect();
    PreparePage {
        run: lease.run,
        epoch: lease.epoch,
        peek: false,
        writes,
        want_demand: Vec::new(),
        want_all_demand: false,
        want_unread: Vec::new(),
    }
}

/// The one verdict of a page.
pub(crate) fn verdict(page: PreparedPage) -> Verdict {
    assert_eq!(page.answer, Answer::Ok);
    page.verdicts.into_iter().next().unwrap().1
}

pub(crate) fn settled(lease: &Leased, seq: u64) -> CheckpointItem {
    CheckpointItem {
        run: lease.run,
        epoch: lease.epoch,
        seq,
        cursor: Some(Cursor::new(format!("after-{seq}"))),
        outcomes: Vec::new(),
        demand: Vec::new(),
        released: Vec::new(),
    }
}

/// An order that became an invoice.
pub(crate) fn invoiced(key: &str, foreign_id: &str) -> Outcome {
    let write = SettledWrite {
        entity: Entity::Invoice,
        our_key: key.to_owned(),
        foreign_id: foreign_id.to_owned(),
        fingerprint: fingerprint(key),
        unknown: false,
        adopted: false,
        links: Vec::new(),
    };
    Outcome {
        writes: vec![write],
        ..outcome(key, RecordState::Written)
    }
}

pub(crate) fn parked(key: &str, code: &str) -> Outcome {
    Outcome {
        reason: Some(Reason::data(code)),
        ..outcome(key, RecordState::Parked)
    }
}

pub(crate) fn outcome(key: &str, result: RecordState) -> Outcome {
    Outcome {
        source_key: key.to_owned(),
        reference: format!("ORDER-{key}"),
        amount: Some(Amount {
            minor: 124_900,
            currency: "SEK".to_owned(),
        }),
        result,
        writes: Vec::new(),
        reason: None,
        retry: None,
        rules: Vec::new(),
        excerpt: String::new(),
    }
}

/// The run went well and read nothing.
pub(crate) fn done(lease: &Leased) -> FinishItem {
    ended(lease, FinishOutcome::Succeeded)
}

pub(crate) fn ended(lease: &Leased, outcome: FinishOutcome) -> FinishItem {
    FinishItem {
        run: lease.run,
        epoch: lease.epoch,
        outcome,
        error: None,
        retry: None,
        block: false,
        totals: Totals::default(),
        result: None,
        check: None,
    }
}

/// The run of a lease, if anything is known of it.
pub(crate) async fn run_of(store: &Store, id: RunId) -> Option<Run> {
    store.run_get(&STAFF, id).await.ok()
}
