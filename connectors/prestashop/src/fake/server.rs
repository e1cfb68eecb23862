//! The accept loop: the routes, and the one thing a web framework cannot do, which is to answer badly or not at all.

use std::sync::Arc;

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use skarv_http::hostile::{self, Stage};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower::ServiceExt;

use super::{admin, state::State, webservice};

fn router(state: Arc<State>) -> Router {
    Router::new()
        .nest("/__admin", admin::routes())
        .route("/api", axum::routing::any(webservice::answer))
        .route("/api/", axum::routing::any(webservice::answer))
        .route("/api/{*rest}", axum::routing::any(webservice::answer))
        .with_state(state)
}

/// Serves until it is aborted; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let router = router(Arc::clone(&state));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                if state.counter().hostile.strike_accepted() {
                    hostile::reset(socket);
                } else {
                    connections.spawn(converse(socket, router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(socket: TcpStream, router: Router) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "nodelay refused");
    }
    let stage = Stage::new(socket);
    let cue = stage.cue();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (router, cue) = (router.clone(), cue.clone());
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(cue);
        router.oneshot(request)
    });
    // the shop tells the time itself, by its own clock
    if let Err(error) = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stage), service)
        .await
    {
        tracing::trace!(%error, "connection ended");
    }
}
