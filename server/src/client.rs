//! The address that a request comes from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use alluvium_services::ClientAddress;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use ipnet::IpNet;

/// Whose word on `X-Forwarded-For` counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        TrustedProxies(networks.into())
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Each proxy adds the address of its own peer at the end: the last one that no trusted proxy has is the client's. Whatever a client wrote itself stands
    /// before that.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let mut named = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
        while self.contains(client) {
            match named.next().and_then(address) {
                Some(next) => client = next.to_canonical(),
                None => break,
            }
        }
        client
    }
}

/// An address as proxies write it, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Notes the client's address for whoever counts attempts. A request that came over no network (tests) is this machine's.
pub(crate) async fn note(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let client = proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ClientAddress(client));
    }
    next.run(request).await
}

/// An address or a network: `10.0.0.7`, `10.0.0.0/8`, `::1`.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.ok_or_else(|| "an address or a network such as 10.0.0.0/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = TrustedProxies::new(&[network("10.0.0.0/8").unwrap(), network("::1").unwrap()]);
        let client = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            proxies.client(peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(client("192.0.2.7", &["198.51.100.1"]), "192.0.2.7", "a stranger's word");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.3.4"]), "198.51.100.1", "the client made one up");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.1,10.2.3.4:4711"]), "198.51.100.1");
        assert_eq!(client("::1", &["[2001:db8::1]:99"]), "2001:db8::1");
        assert_eq!(client("::1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.9"]), "10.0.0.9");
        assert!(network("10.0.0.0/33").is_err() && network("proxy.local").is_err());
    }
}
