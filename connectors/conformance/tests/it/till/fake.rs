//! A till in a shop, over HTTP: it counts what lies on its shelves, and keeps articles and prices. It shares no code with the
//! connector, and forgives nothing: what is posted twice is there twice.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "kassanyckel";

#[derive(Default)]
struct Shelves {
    articles: Vec<Value>,
    prices: BTreeMap<String, String>,
}

type Till = Arc<Mutex<Shelves>>;

pub(crate) struct Fake {
    pub(crate) url: String,
    till: Till,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    pub(crate) async fn open() -> Self {
        let till = Till::default();
        let routes = Router::new()
            .route("/articles", get(search).post(make))
            .route("/articles/{id}", put(change))
            .route("/levels", get(levels))
            .route("/prices", put(price))
            .layer(middleware::from_fn(signed_in))
            .with_state(Arc::clone(&till));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, till, task }
    }

    pub(crate) fn books(&self) -> String {
        let till = self.till.lock().unwrap();
        format!("{:?} {:?}", till.articles, till.prices)
    }
}

/// The numbers of the articles that lie on its shelves.
pub(crate) fn numbers() -> impl Iterator<Item = String> {
    (1..=30).map(|n| format!("G-{n:02}"))
}

async fn signed_in(headers: HeaderMap, request: Request, next: Next) -> Response {
    if headers.get("x-till-key").is_none_or(|key| key != KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

async fn search(State(till): State<Till>, Query(asked): Query<BTreeMap<String, String>>) -> Json<Value> {
    let till = till.lock().unwrap();
    let found = till
        .articles
        .iter()
        .filter(|it| it["number"] == asked["number"].as_str());
    Json(found.cloned().collect())
}

async fn make(State(till): State<Till>, Json(article): Json<Value>) -> Json<Value> {
    let mut till = till.lock().unwrap();
    let made = json!({ "id": till.articles.len() + 1, "number": article["number"], "name": article["name"] });
    till.articles.push(made.clone());
    Json(made)
}

async fn change(State(till): State<Till>, Path(id): Path<usize>, Json(article): Json<Value>) -> StatusCode {
    match till.lock().unwrap().articles.get_mut(id - 1) {
        Some(standing) => {
            standing["name"] = article["name"].clone();
            StatusCode::OK
        }
        None => StatusCode::NOT_FOUND,
    }
}

/// What is counted, after a number and at most so many, or the one with a number.
async fn levels(Query(asked): Query<BTreeMap<String, String>>) -> Json<Value> {
    let after = asked.get("after").cloned().unwrap_or_default();
    let most = asked.get("most").map_or(100, |most| most.parse().unwrap());
    let wanted = |number: &String| match asked.get("number") {
        Some(one) => number == one,
        None => *number > after,
    };
    let level = |number: String| json!({ "number": number, "quantity": number.len() });
    Json(numbers().filter(wanted).take(most).map(level).collect())
}

/// One answer for each price, in order.
async fn price(State(till): State<Till>, Json(prices): Json<Vec<Value>>) -> Json<Vec<bool>> {
    let mut till = till.lock().unwrap();
    let known = |number: &str| numbers().any(|known| known == number);
    let mut set = |price: &Value| {
        let number = price["number"].as_str().unwrap();
        let amount = price["price"].as_str().unwrap().to_owned();
        known(number) && {
            till.prices.insert(number.to_owned(), amount);
            true
        }
    };
    Json(prices.iter().map(&mut set).collect())
}
