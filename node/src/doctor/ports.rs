//! Whether a node can listen: one port for TCP and for QUIC, that of the last time if it is free.

use super::{Findings, Patient};
use crate::driver::last_port;
use crate::network::ListenPlan;

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    if let Some(node) = &patient.node {
        if node.listen.is_empty() {
            findings.problem(
                CHECK,
                "the node runs and listens nowhere, so nobody can reach it",
                "stop it, and start it again; with -v it says what is in the way",
            );
        } else {
            findings.ok(CHECK, format!("the node listens on {} addresses", node.listen.len()));
        }
        return;
    }
    match ListenPlan::new(last_port(&patient.home)) {
        Err(error) => findings.problem(
            CHECK,
            format!("no port can be opened: {error}"),
            "see whether a firewall or a sandbox keeps this user from listening",
        ),
        Ok(ListenPlan { warning: Some(warning), .. }) => findings.warning(
            CHECK,
            warning.replace("listening on", "a node would listen on"),
            "others find the new port by themselves on a LAN; tell it to whoever dials you by address, \
             or stop the other program",
        ),
        Ok(ListenPlan { port, .. }) => {
            findings.ok(CHECK, format!("port {port} is free, for TCP and for QUIC"));
        }
    }
}

const CHECK: &str = "ports";
