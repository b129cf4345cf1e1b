//! The running node: whether it answers, whom it has met, and which versions those are.

use super::interfaces::Interface;
use super::{Findings, Patient};
use crate::control::{NodeStatus, PeerState, PeerStatus};

/// Looks into it.
pub(super) fn look(patient: &Patient, networks: &[Interface], findings: &mut Findings) {
    let node = match (&patient.node, patient.process) {
        (Some(node), _) => node,
        (None, Some(process)) => {
            findings.problem(
                NODE,
                format!("process {process} runs a node on this home, and does not answer"),
                format!(
                    "end it and start it again: kill {process}; if it stays, kill -9 {process}"
                ),
            );
            return;
        }
        (None, None) => {
            let fix = "commons start runs one; commons service install has the system run it";
            findings.note(NODE, "no node runs on this home, so nothing is exchanged", fix);
            return;
        }
    };
    standing(patient, node, networks, findings);
    versions(env!("CARGO_PKG_VERSION"), &patient.peers, findings);
}

/// Whom the node has met, and how far it is with them.
fn standing(patient: &Patient, node: &NodeStatus, networks: &[Interface], findings: &mut Findings) {
    let minutes = patient.now.saturating_sub(node.since) / 60;
    let refused = patient.peers.iter().filter(|peer| peer.state == PeerState::Refused).count();
    if refused > 0 {
        findings.note(
            NODE,
            format!("{refused} peers are refused for a while: of another commons, or they sent what they should have checked"),
            "if they should be in yours, compare --commons and the passphrase with theirs",
        );
    }
    if node.connected == 0 {
        let what = format!("the node runs since {minutes} min and has met nobody");
        let fix = if networks.iter().any(|network| network.is_wireless) {
            "see that the others are in the same Wi-Fi and the same commons; a guest Wi-Fi may keep \
             you apart: name one with --peer, or have one run commons start --hub"
        } else {
            "see that the others are on the same network and in the same commons, or name one with --peer"
        };
        match minutes {
            0 => {
                findings.note(NODE, what, "others are found within seconds; look again in a minute")
            }
            _ => findings.warning(NODE, what, fix),
        }
    } else if node.in_sync < node.connected {
        let behind = node.connected - node.in_sync;
        findings.note(
            NODE,
            format!("of {} {behind} do not hold the same yet", count(node.connected)),
            "that lasts for moments, or longer while much is written; commons peers tells how far each is",
        );
    } else {
        findings.ok(NODE, format!("it runs, and is in sync with {}", count(node.connected)));
    }
    if node.only_here > 0 && node.connected > 0 {
        findings.note(
            NODE,
            format!("{} contributions are on no other machine yet", node.only_here),
            "keep the node running until a peer has them",
        );
    }
}

/// Whether peers run newer versions.
fn versions(ours: &str, peers: &[PeerStatus], findings: &mut Findings) {
    let connected = peers.iter().filter(|peer| peer.state == PeerState::Connected);
    let told: Vec<&str> = connected.filter_map(|peer| peer.version.as_deref()).collect();
    let mine = numbers(ours);
    let newer = told.iter().filter(|version| numbers(version) > mine);
    let newest = newer.clone().max_by_key(|version| numbers(version));
    if told.is_empty() {
        return;
    }
    match newest.zip(numbers(newest.copied().unwrap_or_default())) {
        Some((_, [major, minor, patch])) => findings.warning(
            VERSIONS,
            format!(
                "of {} {} run a newer commons (as {major}.{minor}.{patch}), and this is {ours}",
                count(told.len()),
                newer.count(),
            ),
            "update it: what only a newer one knows is kept and passed on, but not shown",
        ),
        None => {
            findings.ok(
                VERSIONS,
                format!("of {} none runs a newer commons than {ours}", count(told.len())),
            );
        }
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 peer".to_owned() } else { format!("{number} peers") }
}

/// The three numbers of a version; none if it is something else.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let plain = version.split(['-', '+']).next()?;
    let parts: Vec<u32> = plain.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

const NODE: &str = "node";
const VERSIONS: &str = "versions";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    fn peer(version: Option<&str>) -> PeerStatus {
        PeerStatus {
            peer: "12D3KooW".to_owned(),
            address: None,
            state: PeerState::Connected,
            in_sync: Some(true),
            behind: None,
            ahead: None,
            since: None,
            version: version.map(str::to_owned),
        }
    }

    fn found(versions_of: &[Option<&str>]) -> Option<(Level, String)> {
        let mut findings = Findings::default();
        let peers: Vec<_> = versions_of.iter().map(|version| peer(*version)).collect();
        versions("0.9.1", &peers, &mut findings);
        findings.all.pop().map(|finding| (finding.level, finding.what))
    }

    #[test]
    fn a_newer_peer_is_told_by_numbers_and_nonsense_is_not() {
        assert_eq!(found(&[None]), None);
        let plain = [Some("0.9.1"), Some("0.8.0"), Some("99999999999.0.0"), Some("newest"), None];
        assert_eq!(found(&plain).map(|(level, _)| level), Some(Level::Ok));
        let (level, what) = found(&[Some("0.10.0"), Some("0.9.1"), Some("0.9.2-rc1")]).unwrap();
        assert_eq!(level, Level::Warning);
        assert!(what.starts_with("of 3 peers 2 run a newer commons (as 0.10.0)"), "{what}");
    }
}
