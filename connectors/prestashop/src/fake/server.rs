//! The accept loop: the routes, and the one thing a web framework cannot do, which is not to answer.

use std::sync::Arc;

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower::ServiceExt;

use super::{admin, answer::Lost, state::State, webservice};

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .nest("/__admin", admin::routes())
        .route("/api", axum::routing::any(webservice::answer))
        .route("/api/", axum::routing::any(webservice::answer))
        .route("/api/{*rest}", axum::routing::any(webservice::answer))
        .with_state(state)
}

/// Serves until it is aborted; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
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
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let request: Request = request.map(Body::new);
            let Ok(response) = router.oneshot(request).await;
            // an error of the service closes the connection without a byte of an answer
            if response.extensions().get::<Lost>().is_some() {
                Err("answer lost")
            } else {
                Ok(response)
            }
        }
    });
    if let Err(error) = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await
    {
        tracing::trace!(%error, "connection ended");
    }
}
