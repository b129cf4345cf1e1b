//! The certificate of the guests' door. Nobody vouches for a laptop, so it vouches for itself, and
//! browsers warn of it once; what tells it from another's is its fingerprint, which the host's own
//! screen shows as well. It is kept in the home, so that a guest who comes back is not warned anew.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _, Zoned};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::home::key_file;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It could not be made.
    #[error("a certificate for guests cannot be made")]
    Made(#[from] rcgen::Error),
    /// It could not be kept.
    #[error("the certificate for guests cannot be kept in the home")]
    Kept(#[source] io::Error),
    /// What was made cannot be used.
    #[error("the certificate for guests cannot be used")]
    Used(#[from] rustls::Error),
}

/// A certificate with its key, ready for use.
#[derive(Clone)]
pub(super) struct Certificate {
    acceptor: TlsAcceptor,
    fingerprint: [u8; 32],
}

/// What is kept of one in a file: the PEM of certificate and key behind lines that tell until when
/// it holds and for which names.
struct Kept {
    until: i64,
    names: Vec<String>,
    pem: String,
}

impl Certificate {
    /// The certificate in this file, if it holds for a while yet and for all of these addresses;
    /// else a new one, which is kept there.
    pub(super) fn at(path: &Path, addresses: &[IpAddr]) -> Result<Self, CertificateError> {
        let now = Timestamp::now();
        let names: Vec<String> = std::iter::once("localhost".to_owned())
            .chain(addresses.iter().map(ToString::to_string))
            .collect();
        let kept = fs::read_to_string(path).ok().and_then(|text| Kept::read(&text));
        let holds = |kept: &Kept| {
            kept.until > now.as_second() + LEFT_SECONDS
                && names.iter().all(|name| kept.names.contains(name))
        };
        if let Some(kept) = kept.filter(holds)
            && let Ok(certificate) = Self::used(&kept.pem)
        {
            return Ok(certificate);
        }
        let made = Kept::made(now, names)?;
        let certificate = Self::used(&made.pem)?;
        made.keep(path).map_err(CertificateError::Kept)?;
        Ok(certificate)
    }

    /// What accepts connections with it.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// How a browser shows it where one looks at the certificate: the SHA-256 of it, in hexadecimal
    /// digits.
    pub(super) fn fingerprint(&self) -> String {
        let pairs: Vec<String> =
            self.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    fn used(pem: &str) -> Result<Self, CertificateError> {
        let unreadable = |_| rustls::Error::General("it cannot be read".to_owned());
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(unreadable)?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(unreadable)?;
        let fingerprint = Sha256::digest(&certificate).into();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint })
    }
}

impl Kept {
    fn made(now: Timestamp, names: Vec<String>) -> Result<Self, CertificateError> {
        // A phone whose clock is behind must not take it for one of the future.
        let from = now.to_zoned(jiff::tz::TimeZone::UTC).saturating_sub(1.day());
        let until = from.saturating_add(DAYS.days());
        let date = |at: &Zoned| {
            let [month, day] = [at.month(), at.day()].map(|part| part.unsigned_abs());
            date_time_ymd(at.year().into(), month, day)
        };
        let mut params = CertificateParams::new(names.clone())?;
        (params.not_before, params.not_after) = (date(&from), date(&until));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "a commons board");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
        Ok(Self { until: until.timestamp().as_second(), names, pem })
    }

    fn read(text: &str) -> Option<Self> {
        let told = |label| text.lines().find_map(|line| line.strip_prefix(label));
        let names = told(NAMES)?.split_whitespace().map(str::to_owned).collect();
        Some(Self { until: told(UNTIL)?.trim().parse().ok()?, names, pem: text.to_owned() })
    }

    fn keep(&self, path: &Path) -> io::Result<()> {
        let Self { until, names, pem } = self;
        let text = format!("{COMMENT}\n{UNTIL}{until}\n{NAMES}{}\n{pem}", names.join(" "));
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let written = key_file::write_new(&draft, text.as_bytes());
        written.and_then(|()| fs::rename(&draft, path)).inspect_err(|_| {
            let _ = fs::remove_file(&draft);
        })
    }
}

const COMMENT: &str = "# The certificate of the board's door for guests, with its secret key. It may \
                       be deleted: another is made, and guests are warned once more.";
const UNTIL: &str = "# until ";
const NAMES: &str = "# for ";

/// Days that a certificate holds: chosen; browsers take none that holds more than 398.
const DAYS: i64 = 365;

/// Seconds that a certificate must hold yet to be used once more, so that it does not end in the
/// middle of an event: a week.
const LEFT_SECONDS: i64 = 7 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_certificate_is_made_once_and_kept_for_its_owner_alone() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("guests.pem");
        let here = addresses(&["192.0.2.7", "2001:db8::7"]);
        let first = Certificate::at(&path, &here).unwrap();
        assert_eq!(Certificate::at(&path, &here).unwrap().fingerprint, first.fingerprint);
        assert_eq!(Certificate::at(&path, &here[..1]).unwrap().fingerprint, first.fingerprint);
        assert_eq!(first.fingerprint().len(), 32 * 3 - 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn one_that_ends_soon_or_is_for_another_place_or_damaged_is_made_anew() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("guests.pem");
        let here = addresses(&["192.0.2.7"]);
        let mut last = Certificate::at(&path, &here).unwrap().fingerprint;
        let mut is_made_anew = |addresses: &[IpAddr]| {
            let now = Certificate::at(&path, addresses).unwrap().fingerprint;
            now != std::mem::replace(&mut last, now)
        };
        assert!(is_made_anew(&addresses(&["198.51.100.7"])));
        let text = fs::read_to_string(&path).unwrap();
        let until = text.lines().find(|line| line.starts_with(UNTIL)).unwrap();
        let soon = format!("{UNTIL}{}", Timestamp::now().as_second() + LEFT_SECONDS - 10);
        fs::write(&path, text.replace(until, &soon)).unwrap();
        assert!(is_made_anew(&addresses(&["198.51.100.7"])));
        fs::write(&path, "nothing").unwrap();
        assert!(is_made_anew(&addresses(&["198.51.100.7"])));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("BEGIN CERTIFICATE", "BEGIN NOTHING")).unwrap();
        assert!(is_made_anew(&addresses(&["198.51.100.7"])));
    }
}
