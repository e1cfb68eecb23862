//! Listeners on loopback that nobody may connect to, and a server that sends everybody on to them.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinHandle,
};

/// Loopback is a whole network: each of these is listened on.
const LOOPBACKS: [Ipv4Addr; 4] = [
    Ipv4Addr::LOCALHOST,
    Ipv4Addr::new(127, 0, 0, 2),
    Ipv4Addr::new(127, 127, 127, 127),
    Ipv4Addr::new(127, 255, 255, 254),
];

/// One port of every loopback address that this machine has.
pub struct Lookout {
    listeners: Vec<TcpListener>,
    /// The port.
    pub port: u16,
}

impl Lookout {
    /// Listens, on a free port.
    pub fn start() -> std::io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = first.local_addr()?.port();
        let others = LOOPBACKS[1..]
            .iter()
            .map(|address| SocketAddr::from((*address, port)));
        let six = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        // some systems have one address of the network only, and some no IPv6
        let more = others
            .chain([six])
            .filter_map(|address| TcpListener::bind(address).ok());
        let listeners: Vec<_> = std::iter::once(first).chain(more).collect();
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        Ok(Self { listeners, port })
    }

    /// Who has connected since this was last asked. A connection is here as soon as the other side has it.
    pub fn visitors(&self) -> std::io::Result<Vec<SocketAddr>> {
        let mut visitors = Vec::new();
        for listener in &self.listeners {
            loop {
                match listener.accept() {
                    Ok((_, from)) => visitors.push(from),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(visitors)
    }
}

/// An HTTP server that answers whatever it is asked with a redirect.
pub struct Redirector {
    serving: JoinHandle<()>,
    /// Its address.
    pub url: String,
}

impl Redirector {
    /// Answers with this status and sends to this address.
    pub async fn start(status: u16, location: &str) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 4096];
                // a client that has gone already needs no answer
                if stream.read(&mut asked).await.is_ok() {
                    stream.write_all(answer.as_bytes()).await.ok();
                }
            }
        });
        Ok(Self { serving, url })
    }
}

impl Drop for Redirector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
