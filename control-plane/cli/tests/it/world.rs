//! A control plane, an agent and both simulators in this process, and the binary beside them.
//!
//! Every command's output is searched for every secret there is: none may ever show.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skarv::{demo::books::Admin, fake};
use skarv_agent::{Agent, AgentConfig, Registry};
use skarv_control_plane::{ControlPlane, config::Config};
use skarv_domain::SystemClock;
use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

/// How long a story waits for a process.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// The JSON on stdout of a command that went well.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Both simulators.
pub(crate) struct Systems {
    pub(crate) shop: skarv_prestashop::fake::Shop,
    pub(crate) erp: skarv_hogia_smart::fake::Erp,
}

impl Systems {
    pub(crate) async fn start(orders: u32) -> Self {
        let now = now();
        let (shop, erp) = (
            fake::shop(orders, 0, now, 0).await.unwrap(),
            fake::erp(0).await.unwrap(),
        );
        // a shop is read up to ten seconds ago, so the youngest order must be older than that
        let admin = Admin::new(shop.admin_url()).unwrap();
        let clock = json!({ "now": now + TimeDelta::minutes(1) });
        admin.post::<Value>("clock", &clock).await.unwrap();
        Self { shop, erp }
    }

    fn secrets(&self) -> [String; 2] {
        let erp = self.erp.config().client_secret.expose_secret();
        [self.shop.api_key().to_owned(), erp.to_owned()]
    }
}

/// The whole system.
pub(crate) struct World {
    pub(crate) control_plane: ControlPlane,
    pub(crate) admin_key: SecretString,
    pub(crate) systems: Systems,
    folder: TempDir,
    secrets: Vec<String>,
    _agent: Option<Agent>,
}

impl World {
    /// With this many orders in the shop, and an agent.
    pub(crate) async fn start(orders: u32) -> Self {
        let mut world = Self::without_agent(orders).await;
        let token = world.control_plane.enrolment_token().await.unwrap();
        let config = AgentConfig {
            allow_private: true,
            ..AgentConfig::new(world.control_plane.url(), token)
        };
        world._agent = Some(skarv_agent::start(config, Registry::standard()).await.unwrap());
        world
    }

    /// With nobody to do the work.
    pub(crate) async fn without_agent(orders: u32) -> Self {
        let started = skarv_control_plane::start(Config::temporary(), Arc::new(SystemClock));
        let control_plane = started.await.unwrap();
        let admin_key = control_plane.bootstrap_key.clone().unwrap();
        let systems = Systems::start(orders).await;
        let mut secrets = systems.secrets().to_vec();
        secrets.push(admin_key.expose_secret().to_owned());
        let world = Self {
            control_plane,
            admin_key,
            systems,
            folder: tempfile::tempdir().unwrap(),
            secrets,
            _agent: None,
        };
        let key = world.admin_key.expose_secret().to_owned();
        world.file("admin.key", &key);
        world
    }

    /// A path in the world's own folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the world's own folder, by its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs the binary as the first admin.
    pub(crate) async fn skarv(&self, words: &[&str]) -> Answer {
        self.skarv_as(self.path("admin.key").to_str().unwrap(), words)
            .await
    }

    /// Runs the binary with the key in this file.
    pub(crate) async fn skarv_as(&self, key_file: &str, words: &[&str]) -> Answer {
        let url = self.control_plane.url();
        let answer = skarv(&[("SKARV_SERVER", &url), ("SKARV_API_KEY_FILE", key_file)], words).await;
        for secret in &self.secrets {
            let said = answer.stdout.contains(secret) || answer.stderr.contains(secret);
            assert!(!said, "`skarv {}` says a secret: {answer:?}", words.join(" "));
        }
        answer
    }

    /// Runs the binary and reads its JSON.
    pub(crate) async fn json(&self, words: &[&str]) -> Value {
        self.skarv(&[words, &["--output", "json"]].concat()).await.json()
    }

    /// The flow that carries the orders of `connect`'s shop, switched off.
    pub(crate) async fn create_flow(&self) -> Value {
        let day = first_day();
        let create = [
            "flows",
            "create",
            "order-till-faktura",
            "--tenant",
            "bagarn",
            "--template",
            "shop-master",
            "--shop",
            "butiken",
            "--erp",
            "ekonomin",
            "--start-at",
            &day,
            "--trigger-states",
            "2,11",
        ];
        self.json(&create).await
    }

    /// Makes the tenant `bagarn` with its two connections, by commands.
    pub(crate) async fn connect(&self) {
        self.json(&[
            "tenants",
            "create",
            "bagarn",
            "--display-name",
            "Bagarn i Åmål AB",
        ])
        .await;
        let shop = &self.systems.shop;
        let key = format!("api_key={}", self.file("shop.key", shop.api_key()));
        let base = format!("base_url={}", shop.base_url());
        let create = [
            "connections",
            "create",
            "--tenant",
            "bagarn",
            "--set",
            "requests_per_second=500",
        ];
        let words = [
            "butiken",
            "--connector",
            "prestashop",
            "--set",
            &base,
            "--secret-file",
            &key,
        ];
        self.json(&[&create[..], &words].concat()).await;
        let erp = &self.systems.erp;
        let config = erp.config();
        let id = format!("client_id={}", self.file("erp.id", &config.client_id));
        let secret = self.file("erp.secret", config.client_secret.expose_secret());
        let secret = format!("client_secret={secret}");
        let base = format!("base_url={}", erp.base_url());
        let token = format!("token_url={}", erp.token_url());
        let organization = format!("organization_id={}", config.organization_id);
        let words = [
            "ekonomin",
            "--connector",
            "hogia-smart",
            "--secret-file",
            &id,
            "--secret-file",
            &secret,
        ];
        let set = ["--set", &base, "--set", &token, "--set", &organization];
        self.json(&[&create[..], &words, &set].concat()).await;
    }
}

/// Runs the binary with nothing in its environment but this.
pub(crate) async fn skarv(environment: &[(&str, &str)], words: &[&str]) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_skarv"))
        .args(words)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = timeout(PATIENCE, output).await;
    let output = ended
        .unwrap_or_else(|_| panic!("`skarv {}` never ended", words.join(" ")))
        .unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a story begins at the real time, as tokens are checked against it"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The first day of the flows in these stories.
fn first_day() -> String {
    (now() - TimeDelta::days(40)).format("%Y-%m-%d").to_string()
}
