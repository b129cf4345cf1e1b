//! Tests of the port over loopback.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::super::certificate::Certificate;
use super::*;

/// A port that says `private` or `open` to everybody, and then whatever they say.
struct Port {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    places: Places,
    task: tokio::task::JoinHandle<()>,
}

impl Port {
    async fn open(of_one: usize, patience: Duration) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("guests.pem");
        let certificate = Certificate::at(&path, &["127.0.0.1".parse().unwrap()]).unwrap();
        let pem = std::fs::read(&path).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let places = Places::new(100, of_one);
        let echo = |mut visit: Visit| async move {
            let word: &[u8] = if visit.is_private { b"private " } else { b"open " };
            let _ = visit.stream.write_all(word).await;
            let mut bytes = [0; 64];
            while let Ok(read @ 1..) = visit.stream.read(&mut bytes).await {
                let _ = visit.stream.write_all(&bytes[..read]).await;
            }
        };
        let serving = serve(listener, certificate.acceptor(), places.clone(), patience, echo);
        let task = tokio::spawn(serving);
        let certificate = tokio_rustls::rustls::pki_types::pem::PemObject::from_pem_slice(&pem);
        Self { address, certificate: certificate.unwrap(), places, task }
    }

    async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn secure(&self, trusted: &CertificateDer<'static>) -> io::Result<Box<dyn Connection>> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Box::new(connector.connect(name, self.plain().await).await?))
    }
}

/// What comes back for a word of four letters.
async fn said(stream: &mut dyn Connection, word: &[u8; 4]) -> String {
    stream.write_all(word).await.unwrap();
    let mut heard = [0; "private ".len() + 4];
    stream.read_exact(&mut heard).await.unwrap();
    String::from_utf8(heard.to_vec()).unwrap()
}

#[tokio::test]
async fn one_port_speaks_both() {
    let port = Port::open(9, PATIENCE).await;
    // From this machine itself everything is private.
    assert_eq!(said(&mut port.plain().await, b"GET ").await, "private GET ");
    let mut secure = port.secure(&port.certificate).await.unwrap();
    assert_eq!(said(&mut *secure, b"GET ").await, "private GET ");
}

#[tokio::test]
async fn who_expects_another_certificate_notices() {
    let port = Port::open(9, PATIENCE).await;
    let CertifiedKey { cert, .. } =
        generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    assert!(port.secure(cert.der()).await.is_err());
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_those_that_end_make_room() {
    let port = Port::open(2, PATIENCE).await;
    let (mut first, mut second) = (port.plain().await, port.plain().await);
    said(&mut first, b"GET ").await;
    said(&mut second, b"GET ").await;
    let mut third = port.plain().await;
    // It may be closed already.
    let _ = third.write_all(b"GET ").await;
    assert_eq!(third.read(&mut [0]).await.unwrap_or(0), 0, "it is closed without a word");
    drop(first);
    // The place is given back when the port has noticed.
    while port.places.take(port.address.ip()).is_none() {
        tokio::task::yield_now().await;
    }
    said(&mut port.plain().await, b"GET ").await;
    second.write_all(b"more").await.unwrap();
    let mut more = [0; 4];
    second.read_exact(&mut more).await.unwrap();
    assert_eq!(&more, b"more", "those who were there before are not held up");
}

#[tokio::test]
async fn when_it_closes_all_connections_end() {
    let port = Port::open(9, PATIENCE).await;
    let mut plain = port.plain().await;
    said(&mut plain, b"GET ").await;
    let mut secure = port.secure(&port.certificate).await.unwrap();
    said(&mut *secure, b"GET ").await;
    port.task.abort();
    assert_eq!(plain.read(&mut [0]).await.unwrap_or(0), 0);
    assert_eq!(secure.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(port.address).await.is_err(), "nobody listens there any more");
}

#[tokio::test]
async fn who_says_nothing_is_sent_away() {
    let port = Port::open(9, Duration::from_millis(50)).await;
    let mut silent = port.plain().await;
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
    let mut half = port.plain().await;
    half.write_all(&[TLS_HANDSHAKE, 3, 1]).await.unwrap();
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest).await;
    assert_eq!(rest, [0; 0], "nothing was said to half a greeting");
}
