//! The local API by its own word: schemathesis reads the OpenAPI document of a running node, makes
//! requests of it, good ones and bad ones, and compares each answer with what the document promises.

use std::fs;

use commons_tests::{Node, Person};
use serde_json::Value;

use crate::tools;

/// Somebody with an entry of most kinds, whose node has a board.
fn somebody() -> Node {
    let ana = Person::new("ana");
    ana.says(["profile", "--name", "Ana", "--skill", "rust"]);
    ana.says(["add-idea", "Bed sensors", "--tag", "wards"]);
    let project = ana.says(["add-project", "Mats", "--body", "They tell who got up"]);
    ana.says(["comment", project.trim(), "Thank you"]);
    ana.says(["add-session", "Show us", "--start", "2026-11-22 09:00", "--end", "45m"]);
    ana.starts_with(&["--board", "127.0.0.1:0", "--guests=127.0.0.1:0"])
}

/// Has schemathesis ask an API with these headers, of a document that is there.
#[track_caller]
fn ask(api: &str, headers: &[&str], more: &[&str]) {
    let Some(python) = tools::python() else { return };
    let folder = tempfile::TempDir::new().expect("a temporary directory");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/schemathesis.toml");
    let mut command = python.program("schemathesis");
    command.current_dir(folder.path()).args(["--config-file", config]).arg("run");
    command.arg(format!("{api}/openapi.json")).args(["--url", api]);
    // The stream of events has no end; its tests are the board's own.
    command.args(["--checks", "all", "--exclude-path", "/events", "--continue-on-failure"]);
    command.args(["--seed", "1", "--no-color", "--request-timeout", "30", "--warnings", "off"]);
    for header in headers {
        command.args(["--header", header]);
    }
    let done = command.args(more).output().expect("schemathesis runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{}\n{said}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains("generated"), "something was asked: {said}");
}

#[test]
fn the_api_is_what_its_document_says() {
    let node = somebody();
    let api = format!("{}api/v1", node.board());
    let token = fs::read_to_string(node.person().home().join("api.token")).unwrap();
    ask(&api, &[&format!("Authorization: Bearer {}", token.trim())], &[]);
    let verified = node.person().says(["verify", "--json"]);
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["damaged"], serde_json::json!([]), "whatever was asked, all is sound");
    node.stops();
}

#[test]
fn without_the_token_the_api_is_read_only_as_its_document_says() {
    let node = somebody();
    let api = format!("{}api/v1", node.board());
    let before = node.person().list();
    // Whoever has no token hears of nothing else, whatever the method.
    ask(&api, &[], &["--max-examples", "5", "--exclude-checks", "unsupported_method"]);
    assert_eq!(node.person().list(), before, "nobody wrote");
    node.stops();
}

#[test]
fn guests_get_of_the_api_what_its_document_says() {
    let node = somebody();
    let guests = node.ready()["guests"][0].as_str().expect("guests are let in").to_owned();
    let before = node.person().list();
    // The token is nothing to them, so they are not told to show it.
    let unlike = ["--exclude-checks", "unsupported_method,missing_required_header,ignored_auth"];
    ask(&format!("{guests}api/v1"), &[], &[&["--max-examples", "5"], &unlike[..]].concat());
    assert_eq!(node.person().list(), before, "nobody wrote");
    node.stops();
}
