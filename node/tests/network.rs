//! Networks of one machine, over loopback and without multicast: who meets whom, what gets across,
//! and what one peer can do to another. Real LANs are tested elsewhere.

use std::time::Duration;

use commons_node::network::{
    Events, FRAME_BYTES, Network, NetworkConfig, NetworkEvent, NetworkHandle, SendError,
};
use commons_proto::id::CommonsId;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

/// Longer than anything here takes on a busy machine: a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A network and what it has said.
struct Node {
    handle: NetworkHandle,
    events: Events,
    address: Multiaddr,
}

impl Node {
    fn config(commons: &str, peers: &[&Node]) -> NetworkConfig {
        NetworkConfig {
            keypair: Keypair::generate_ed25519(),
            commons: CommonsId::derive(commons, None).unwrap(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
            peers: peers.iter().map(|node| node.address.clone()).collect(),
            mdns: false,
            known: Vec::new(),
            hub: false,
        }
    }

    async fn start(config: NetworkConfig) -> Self {
        let (handle, mut events) = Network::start(config).unwrap();
        let address = wait(&mut events, |event| match event {
            NetworkEvent::Listening(address) => Some(address),
            _ => None,
        })
        .await;
        Self { handle, events, address }
    }

    fn peer(&self) -> PeerId {
        self.handle.local_peer()
    }

    /// The first event that the closure picks.
    async fn next<T>(&mut self, pick: impl FnMut(NetworkEvent) -> Option<T>) -> T {
        wait(&mut self.events, pick).await
    }

    async fn ready(&mut self, other: PeerId) -> bool {
        self.next(|event| match event {
            NetworkEvent::PeerReady { peer, dialer, .. } if peer == other => Some(dialer),
            _ => None,
        })
        .await
    }

    async fn frame(&mut self) -> Vec<u8> {
        self.next(|event| match event {
            NetworkEvent::Frame { bytes, .. } => Some(bytes),
            _ => None,
        })
        .await
    }
}

async fn wait<T>(events: &mut Events, mut pick: impl FnMut(NetworkEvent) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the network runs");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("it happens in time")
}

/// Two members that have met.
async fn pair(listen: &str) -> (Node, Node) {
    let listen: Multiaddr = listen.parse().unwrap();
    let mut one =
        Node::start(NetworkConfig { listen: vec![listen.clone()], ..Node::config("commons", &[]) })
            .await;
    let mut two =
        Node::start(NetworkConfig { listen: vec![listen], ..Node::config("commons", &[&one]) })
            .await;
    let begins = [one.ready(two.peer()).await, two.ready(one.peer()).await];
    assert_eq!(begins.iter().filter(|begins| **begins).count(), 1, "one of the two begins");
    (one, two)
}

async fn get_across(listen: &str) {
    let (mut one, mut two) = pair(listen).await;
    for frame in [b"wash hands".to_vec(), Vec::new(), vec![7; FRAME_BYTES]] {
        one.handle.send(two.peer(), frame.clone()).await.unwrap();
        assert_eq!(two.frame().await, frame);
        two.handle.try_send(one.peer(), frame.clone()).unwrap();
        assert_eq!(one.frame().await, frame);
    }
    let too_large = vec![0; FRAME_BYTES + 1];
    assert_eq!(one.handle.try_send(two.peer(), too_large), Err(SendError::TooLarge));
    assert_eq!(one.handle.try_send(PeerId::random(), Vec::new()), Err(SendError::Gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_get_across_over_tcp() {
    get_across("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_get_across_over_quic() {
    get_across("/ip4/127.0.0.1/udp/0/quic-v1").await;
}
