//! The harness itself: a browser that would not notice is no witness.

use std::panic::AssertUnwindSafe;
use std::path::Path;

use commons_tests::browser::axe::Axe;
use commons_tests::browser::{Browser, Key};
use tempfile::TempDir;

#[test]
fn a_page_is_read_and_acted_on() {
    let page = r#"
        <title>A page</title><h1>Hello</h1>
        <form><label>Title <input name=title></label> <label>When <input type=date name=when></label>
        <label>Kind <select name=kind><option>idea<option>note</select></label>
        <label><input type=checkbox name=agreed> I agree</label><button>Save</button></form>
        <p id=said hidden></p><a href="?other">Another page</a>
        <script>
        document.title += ', with scripts';
        document.forms[0].addEventListener('submit', event => {
            event.preventDefault();
            said.textContent = [...new FormData(event.target).values()].join(' ');
            setTimeout(() => said.hidden = false, 100);
        });
        </script>"#;
    let site = site(page);
    let Some([ana, ben]) = Browser::on([&address(&site), &address(&site)]) else { return };
    ana.visits("index.html").sees("hello");
    assert_eq!(ana.title(), "A page, with scripts");
    ana.fills("Title", "Bed sensors").fills("When", "2026-05-04").chooses("Kind", "note");
    ana.ticks("I agree").clicks("Save");
    ana.shows("#said").sees_in("#said", "Bed sensors 2026-05-04 note on");
    ana.adds_to("Title", " on wards");
    assert_eq!(ana.holds("Title"), "Bed sensors on wards");
    ana.presses(Key::Tab).types("2027");
    ana.clicks("Another page").arrives_at(&format!("{}/index.html?other", site.path().display()));
    ana.goes_back().sees("Hello");
    ben.without_script().visits("index.html").sees("Hello").sees_no_more("Bed sensors");
    assert_eq!(ben.title(), "A page");
}

#[test]
fn sizes_and_schemes_are_what_is_asked_for() {
    let site = site("<title>A page</title><p>Hello");
    let Some([ana]) = Browser::on([&address(&site)]) else { return };
    let is = |query: &str| ana.script(&format!("return matchMedia('{query}').matches"), vec![]);
    ana.visits("index.html").sized(360, 740).prefers("dark");
    assert_eq!(is("(width: 360px) and (height: 740px) and (prefers-color-scheme: dark)"), true);
    ana.sized(1280, 900).prefers("light");
    assert_eq!(is("(width: 1280px) and (prefers-color-scheme: light)"), true);
    let picture = site.path().join("picture.png");
    ana.takes_picture(&picture);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_request_beyond_the_board_and_a_complaint_are_noticed() {
    let site = site(
        r#"<meta http-equiv="Content-Security-Policy" content="script-src 'none'"><title>A page</title>
        <p>Hello <img alt="" src="http://elsewhere.example/picture.png"><script>1</script>"#,
    );
    let Some([ana]) = Browser::on([&address(&site)]) else { return };
    ana.visits("index.html").sees("Hello");
    assert_eq!(ana.asked_beyond(), ["http://elsewhere.example/picture.png"]);
    let complaints = ana.complaints();
    assert!(complaints.iter().any(|it| it.contains("Content Security Policy")), "{complaints:?}");
}

#[test]
fn a_dialog_fails_the_test() {
    let site = site("<title>A page</title><p>Hello<script>setTimeout(() => alert(1))</script>");
    let Some([ana]) = Browser::on([&address(&site)]) else { return };
    let looked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        ana.visits("index.html").sees("never shown");
    }));
    let why = looked.unwrap_err();
    assert!(why.downcast_ref::<String>().unwrap().contains("opened a dialog"), "{why:?}");
}

#[test]
fn axe_finds_what_is_wrong_and_nothing_else() {
    let Some(axe) = Axe::installed() else { return };
    let site = site("<title>A page</title><main><h1>Hello</h1><img src='data:,'></main>");
    let Some([ana]) = Browser::on([&address(&site)]) else { return };
    ana.visits("index.html");
    let found = axe.finds(&ana);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("image-alt: img: Images must have alternative text"), "{found:?}");
}

/// A folder with one page.
fn site(page: &str) -> TempDir {
    let site = TempDir::with_prefix("commons-test-").expect("a temporary directory");
    let page = format!("<!doctype html><html lang=en><meta charset=utf-8>{page}");
    std::fs::write(site.path().join("index.html"), page).expect("a page can be written");
    site
}

fn address(site: &TempDir) -> String {
    let path: &Path = site.path();
    format!("file://{}/", path.display())
}
