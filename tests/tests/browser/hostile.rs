//! Somebody writes what would run, lead astray or break the page where it was shown as it is. Nothing
//! of it does: whoever reads the board sees text. That no page asks elsewhere or breaks its own policy
//! is demanded of every browser when it is dropped.

use commons_node::store::Source;
use commons_proto::contribution::Verified;
use commons_proto::edit::Edit;
use commons_proto::kind::Kind;
use commons_tests::browser::Browser;
use commons_tests::ideas::{accept, store};
use commons_tests::scribe::{about, add, set, splice};
use commons_tests::{Person, Scribe};
use serde_json::json;

use crate::house::{PLAIN, with_board};
use crate::pages::WIDE;

#[test]
fn what_strangers_write_is_only_text() {
    let ana = Person::new("ana");
    ana.adds_idea("Hand hygiene by the door");
    let mut written = Vec::new();
    for (number, evil) in evil().iter().enumerate() {
        let number = u8::try_from(number).expect("a few") + 1;
        written.extend(writes(&Scribe::new(ana.commons(), number), evil));
    }
    accept(&mut store(&ana), &written, Source::Peer);
    let node = with_board(&ana);
    let board = node.board();
    let Some(browsers) = Browser::on([&board, &board]) else { return };
    let pages = pages(&written);
    let (one, other) = pages.split_at(pages.len() / 2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let tasks: Vec<_> = browsers
            .into_iter()
            .zip([one, other])
            .map(|(browser, pages)| scope.spawn(move || looks_for_life(&browser, pages)))
            .collect();
        tasks.into_iter().flat_map(|task| task.join().expect("it was looked at")).collect()
    });
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// An entry of each kind with this in every field, changed for this reason, and answered with it.
fn writes(scribe: &Scribe, evil: &str) -> Vec<Verified> {
    let sets = |fields: &[&str]| fields.iter().map(|field| set(field, evil)).collect::<Vec<_>>();
    let with = |mut edits: Vec<Edit>, more: Vec<Edit>| {
        edits.extend(more);
        edits
    };
    let shared = || vec![add("tags", evil), add("links", evil), splice(0, 0, evil)];
    let idea = scribe.begins(Kind::Idea, with(sets(&["title", "licence", "status"]), shared()));
    let resource = with(sets(&["title", "url", "format"]), shared());
    let resource = scribe.begins(Kind::Resource, resource);
    let project = with(sets(&["title", "repository", "demo"]), shared());
    let project = scribe.begins(Kind::Project, with(project, vec![add("skills", evil)]));
    let session = with(sets(&["title", "place", "workstream"]), shared());
    let session = scribe.begins(Kind::Session, with(session, vec![add("leads", evil)]));
    let person = with(sets(&["name", "about"]), vec![add("skills", evil), add("interests", evil)]);
    let person = scribe.begins(Kind::Person, person);
    let note = scribe.begins(Kind::Note, vec![set("text", evil), add("tags", evil)]);
    let comment = vec![about(idea.entry()), set("text", evil)];
    let comment = scribe.begins(Kind::Comment, comment);
    let member = vec![about(project.entry()), set("role", evil)];
    let member = scribe.begins(Kind::Membership, member);
    let other = scribe.begins(Kind::new("survey", true).expect("a name"), sets(&["title", "odd"]));
    let parents = [idea.id()];
    let title = vec![set("title", &format!("{evil} changed"))];
    let subject = commons_proto::contribution::Subject::Entry(idea.entry());
    // A reason is one line.
    let reason = evil.replace('\n', " ");
    let change = scribe.signs_with_summary(LATER, subject, &parents, title, Some(&reason));
    vec![idea, resource, project, session, person, note, comment, member, other, change]
}

/// Every page on which something of it may stand.
fn pages(written: &[Verified]) -> Vec<String> {
    let mut pages: Vec<String> = PLAIN.iter().map(|&page| page.to_owned()).collect();
    for one in written {
        let entry = one.entry();
        pages.push(format!("/entry/{entry}"));
        if one.id().to_string() != entry.to_string() {
            pages.push(format!("/entry/{entry}/history"));
            pages.push(format!("/entry/{entry}/history/{}", one.id()));
            pages.push(format!("/entry/{entry}/edit"));
            pages.push(format!("/people/{}", one.header().author));
        }
    }
    for evil in evil() {
        let encoded: String = evil.bytes().take(500).map(|byte| format!("%{byte:02X}")).collect();
        pages.push(format!("/tags/{encoded}"));
        pages.push(format!("/search?q={encoded}"));
        pages.push(format!("/digest?tag={encoded}"));
        pages.push(format!("/ideas?tag={encoded}&by={encoded}"));
        pages.push(format!("/new/idea?title={encoded}&tags={encoded}&body={encoded}"));
        pages.push(format!("/{encoded}"));
    }
    pages
}

/// What of these pages is more than text, or sticks out of a small window. A dialog fails the test by
/// itself.
fn looks_for_life(browser: &Browser, pages: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    browser.sized(360, 740);
    for page in pages {
        browser.visits(page);
        for script in [ALIVE, WIDE] {
            let found = browser.script(script, vec![]);
            let found = found.as_array().expect("a list");
            wrong.extend(found.iter().map(|what| format!("{page}: {what}")));
        }
        assert_eq!(browser.script("return typeof ran", vec![]), json!("undefined"), "{page}");
    }
    wrong
}

fn evil() -> Vec<String> {
    let mut evil: Vec<String> = EVIL.iter().map(|&text| text.to_owned()).collect();
    evil.push("x".repeat(2_000));
    evil.push(format!("{}{}", "> ".repeat(60), "*".repeat(300)));
    evil
}

const EVIL: &[&str] = &[
    "<script>ran=1;alert(1)</script>",
    "\"><img src=x onerror=ran=1><svg onload=ran=1>' onmouseover='ran=1",
    "</title></textarea></option></script></style><script>ran=1</script><!--",
    "javascript:alert(document.cookie)",
    "data:text/html,<script>alert(1)</script>",
    "https://elsewhere.example/\" onclick=\"ran=1",
    "\u{202e}drawkcab\u{2066}\u{200b}\u{feff} \u{1b}[2J",
    "[x](javascript:alert`1`) ![y](https://elsewhere.example/pixel.png) <a href=javascript:alert(1)>z</a> [w](data:text/html,hello)",
    "<iframe src=https://elsewhere.example></iframe><form action=https://elsewhere.example><input name=q><button>Save</button></form><style>*{display:none}</style><meta http-equiv=refresh content=0;url=https://elsewhere.example><base href=https://elsewhere.example>",
    "```\n# [broken](<\n***\n| a | b\n|--\n<details open ontoggle=ran=1>\n[^1]: <x",
    "../../../etc/passwd?a=b&c=<d>#e %00 %ff",
    "{{7*7}} ${7*7} <%= 7*7 %>",
];

/// Everything on the page that could act, or hide what the page is.
const ALIVE: &str = r#"
const found = [];
const tell = (what, node) => found.push(`${what}: ${node.outerHTML.slice(0, 200)}`);
for (const node of document.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
        if (name.startsWith('on') || name === 'style' || name === 'srcdoc') tell(name, node);
        if (['href', 'src', 'action', 'formaction', 'data', 'xlink:href'].includes(name)) {
            const address = new URL(value, location);
            const own = address.origin === location.origin;
            const leads = node.localName === 'a' && ['http:', 'https:', 'mailto:'].includes(address.protocol);
            if (!own && !leads) tell('address', node);
            if (!own && leads && !/noopener|noreferrer/.test(node.rel)) tell('rel', node);
        }
    }
}
for (const node of document.querySelectorAll('iframe, object, embed, base, style, meta[http-equiv], svg script')) tell('element', node);
for (const node of document.querySelectorAll('script')) {
    if (!node.src.startsWith(location.origin + '/assets/')) tell('script', node);
}
const hidden = document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b\ufeff\u001b]/);
if (hidden) found.push(`a sign that steers: ${hidden[0].codePointAt(0).toString(16)}`);
return found;
"#;

/// When the entries were changed: after they were begun.
const LATER: u64 = 1_700_000_100;
