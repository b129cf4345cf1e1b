//! A guest of a board: somebody with a browser and a key in it, and no node. Asks as a browser does,
//! sends forms as the script of guests does, and signs with a key of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use commons_proto::author::AuthorKey;
use commons_proto::id::Author;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A guest.
pub struct Guest {
    board: SocketAddr,
    secret: [u8; 32],
    trusted: Option<CertificateDer<'static>>,
    runtime: Runtime,
}

/// What a board answered.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Guest {
    /// A guest with a fresh key at the board with this URL.
    ///
    /// # Panics
    /// If that is no URL of a board.
    pub fn at(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let board = address.parse().expect("a board's URL is of numbers");
        let mut secret = [0; 32];
        fastrand::fill(&mut secret);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        Self { board, secret, trusted: None, runtime }
    }

    /// The same guest on the secure page, whose certificate, as PEM, they take for the host's.
    ///
    /// # Panics
    /// If that is no certificate.
    pub fn trusting(self, pem: &str) -> Self {
        let trusted = CertificateDer::from_pem_slice(pem.as_bytes());
        Self { trusted: Some(trusted.expect("it is a certificate")), ..self }
    }

    /// The fingerprint of the certificate that they trust, as browsers show it.
    pub fn fingerprint(&self) -> Option<String> {
        let hash = Sha256::digest(self.trusted.as_ref()?);
        let pairs: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
        Some(pairs.join(":"))
    }

    /// Whose key it is.
    pub fn author(&self) -> Author {
        AuthorKey::from_secret(&self.secret).author()
    }

    /// The file that the browser saves when the guest takes the key along.
    pub fn key_file(&self) -> String {
        let digits: String = self.secret.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("# The secret author key of a commons.\n{digits}\n")
    }

    /// Whether anybody answers.
    pub fn reaches(&self) -> bool {
        self.runtime.block_on(async { TcpStream::connect(self.board).await.is_ok() })
    }

    /// The page at this path.
    #[track_caller]
    pub fn gets(&self, path: &str) -> Page {
        let Self { board, .. } = self;
        let cookie = format!("Cookie: commons-author={}", self.author());
        self.asks(&format!("GET {path} HTTP/1.1\r\nHost: {board}\r\n{cookie}\r\n"), "")
    }

    /// Fills in a form, signs what comes back, and brings it; gives what became of it.
    ///
    /// # Panics
    /// If the board does not answer with something to sign.
    #[track_caller]
    pub fn writes(&self, path: &str, form: &str) -> Vec<Value> {
        let media_type = "application/x-www-form-urlencoded";
        let asked = self.posts(path, media_type, form);
        assert_eq!(asked.status, 200, "{}", asked.body);
        let asked: Value = serde_json::from_str(&asked.body).expect("it is JSON");
        let signed: Vec<Value> =
            asked["sign"].as_array().expect("an array").iter().map(|one| self.signs(one)).collect();
        let brought = json!({ "contributions": signed }).to_string();
        let taken = self.posts("/api/v1/contributions", "application/json", &brought);
        assert_eq!(taken.status, 200, "{}", taken.body);
        let taken: Value = serde_json::from_str(&taken.body).expect("it is JSON");
        taken["contributions"].as_array().expect("an array").clone()
    }

    /// Sends this, as the script of guests does.
    #[track_caller]
    pub fn posts(&self, path: &str, media_type: &str, body: &str) -> Page {
        let Self { board, .. } = self;
        let scheme = if self.trusted.is_some() { "https" } else { "http" };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {board}\r\nOrigin: {scheme}://{board}\r\n\
             Accept: application/json\r\nX-Commons-Author: {}\r\nContent-Type: {media_type}\r\n\
             Content-Length: {}\r\n",
            self.author(),
            body.len()
        );
        self.asks(&head, body)
    }

    fn signs(&self, asked: &Value) -> Value {
        let message = asked["message"].as_str().expect("a message is text");
        let message = BASE64URL_NOPAD.decode(message.as_bytes()).expect("it is base64url");
        let signature = SigningKey::from_bytes(&self.secret).sign(&message).to_bytes();
        json!({
            "header": asked["header"],
            "payload": asked["payload"],
            "signature": BASE64URL_NOPAD.encode(&signature),
        })
    }

    #[track_caller]
    fn asks(&self, head: &str, body: &str) -> Page {
        let request = format!("{head}Connection: close\r\n\r\n{body}");
        let answered = self.runtime.block_on(async {
            let stream = TcpStream::connect(self.board).await?;
            match &self.trusted {
                None => exchange(stream, &request).await,
                Some(trusted) => {
                    let name = ServerName::from(self.board.ip());
                    exchange(connector(trusted).connect(name, stream).await?, &request).await
                }
            }
        });
        Page::read(&answered.unwrap_or_else(|error| panic!("no answer to {head}: {error}")))
    }
}

impl Page {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self { status: status.expect("an answer has a status"), body: body.to_owned() }
    }
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> std::io::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn connector(trusted: &CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("it is a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}
