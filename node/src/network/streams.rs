//! The libp2p behaviour that opens one stream of frames on each connection and takes one in. It
//! hands both to the task, in order with the connection's own events. (`libp2p-stream` drops
//! streams that come in quickly and can hang when it opens one: rust-libp2p#5651, #6157.)

use std::collections::VecDeque;
use std::convert::Infallible;
use std::task::{Context, Poll};

use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::core::{Endpoint, Multiaddr};
use libp2p::swarm::handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
    NetworkBehaviour, Stream, StreamProtocol, SubstreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};

/// What the streams of frames are negotiated by.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/commons/sync/1");

/// What a connection has come to.
#[derive(Debug)]
pub(super) enum Opened {
    /// The stream to write to.
    Outbound(Stream),
    /// The stream to read from.
    Inbound(Stream),
    /// The other side does not take our stream.
    Failed,
}

/// One stream on one connection.
#[derive(Debug)]
pub(super) struct StreamEvent {
    pub(super) connection: ConnectionId,
    pub(super) opened: Opened,
}

/// Opens and takes in streams.
#[derive(Default)]
pub(super) struct Behaviour {
    events: VecDeque<StreamEvent>,
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = StreamEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        connection: ConnectionId,
        opened: THandlerOutEvent<Self>,
    ) {
        self.events.push_back(StreamEvent { connection, opened });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // The swarm polls again after each handler event, so no waker is needed.
        match self.events.pop_front() {
            Some(event) => Poll::Ready(ToSwarm::GenerateEvent(event)),
            None => Poll::Pending,
        }
    }
}

/// The streams of one connection.
#[derive(Default)]
pub(super) struct Handler {
    has_asked: bool,
    has_inbound: bool,
    opened: VecDeque<Opened>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Opened;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ())
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Self::ToBehaviour>> {
        // The connection polls again after each of its events, so no waker is needed.
        if !self.has_asked {
            self.has_asked = true;
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        match self.opened.pop_front() {
            Some(opened) => Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(opened)),
            None => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        match event {
            // A second stream in is dropped: there is no use for it.
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol, ..
            }) if !self.has_inbound => {
                self.has_inbound = true;
                self.opened.push_back(Opened::Inbound(protocol));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol, ..
            }) => self.opened.push_back(Opened::Outbound(protocol)),
            ConnectionEvent::DialUpgradeError(_) => self.opened.push_back(Opened::Failed),
            _ => {}
        }
    }
}
