//! Every page of the board, as it is for everybody: readable with other means than eyes and a mouse,
//! on a small telephone and a wide screen, by day and by night, and without a dead link.

use commons_tests::Person;
use commons_tests::browser::Browser;
use commons_tests::browser::axe::Axe;
use serde_json::json;

use crate::house::{Filled, HYGIENE, MISSING, PLAIN, id_of, with_board};

#[test]
fn every_page_is_accessible_and_fits() {
    let Some(axe) = Axe::installed() else { return };
    let filled = Filled::commons();
    let board = filled.node.board();
    let Some(browsers) = Browser::on([&board, &board]) else { return };
    let pages = filled.pages();
    // Two look over half of them each: together they take half as long.
    let (one, other) = pages.split_at(pages.len() / 2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let tasks: Vec<_> = browsers
            .into_iter()
            .zip([one, other])
            .map(|(browser, pages)| scope.spawn(move || looks_over(&browser, axe, pages)))
            .collect();
        tasks.into_iter().flat_map(|task| task.join().expect("it was looked at")).collect()
    });
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_page_of_an_empty_commons_is_accessible_and_fits() {
    let Some(axe) = Axe::installed() else { return };
    let ana = Person::new("ana");
    let node = with_board(&ana);
    let Some([browser]) = Browser::on([&node.board()]) else { return };
    let pages: Vec<String> = PLAIN.iter().map(|&page| page.to_owned()).collect();
    let wrong = looks_over(&browser, axe, &pages);
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_link_is_dead() {
    let filled = Filled::commons();
    let Some([browser]) = Browser::on([&filled.node.board()]) else { return };
    let mut wrong = Vec::new();
    let mut known = Vec::new();
    for page in filled.pages().iter().filter(|page| !MISSING.contains(&page.as_str())) {
        browser.visits(page);
        let told = browser.script_to_end(LINKS, vec![json!(known)]);
        for link in told.as_array().expect("a list") {
            let (address, status) = (&link[0], link[1].as_u64().expect("a number"));
            known.push(address.clone());
            if status >= 400 {
                wrong.push(format!("{page}: {address} answers {status}"));
            }
        }
    }
    assert!(known.len() > filled.pages().len(), "links were followed: {known:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_to_be_put_right_is_told_to_everybody() {
    let Some(axe) = Axe::installed() else { return };
    let filled = Filled::commons();
    let Some([browser]) = Browser::on([&filled.node.board()]) else { return };
    let mut wrong = Vec::new();
    for kind in ["idea", "session", "note"] {
        browser.visits(&format!("/new/{kind}")).script(SEND, vec![]);
        browser.sees("to put right").shows("[aria-invalid=true]");
        wrong.extend(looks_at(&browser, axe, &format!("an empty {kind}")));
    }
    browser.visits("/new/note").fills("What you say", "Write to ana@example.org");
    browser.clicks("Preview").sees("How it will look");
    wrong.extend(looks_at(&browser, axe, "a preview"));
    browser.clicks("Add the note").sees("looks like").sees("ana@example.org");
    wrong.extend(looks_at(&browser, axe, "a question about what is personal"));

    let id = id_of(&filled.ana, HYGIENE);
    browser.visits(&format!("/entry/{id}/edit")).fills("Title", "Hand hygiene at every door");
    filled.ana.says(["edit", &id, "--title", "Clean hands", "--body", "A light."]);
    browser.clicks("Save the idea").sees("You saved it elsewhere meanwhile");
    wrong.extend(looks_at(&browser, axe, "two versions saved at once"));
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with these pages.
fn looks_over(browser: &Browser, axe: Axe, pages: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        browser.visits(page);
        let status = browser.script(STATUS, vec![]);
        let wanted = if MISSING.contains(&page.as_str()) { 404 } else { 200 };
        if status != wanted {
            wrong.push(format!("{page} answers {status}"));
        }
        wrong.extend(looks_at(browser, axe, page));
    }
    wrong
}

/// What is wrong with the page that is shown, in each size and by day and night.
pub(crate) fn looks_at(browser: &Browser, axe: Axe, page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (width, height) in SIZES {
        browser.sized(width, height);
        let wide = browser.script(WIDE, vec![]);
        for element in wide.as_array().expect("a list") {
            wrong.push(format!("{page} at {width}: too wide: {element}"));
        }
        for scheme in ["light", "dark"] {
            browser.prefers(scheme);
            let found = axe.finds(browser);
            wrong.extend(found.iter().map(|it| format!("{page} at {width}, {scheme}: {it}")));
        }
    }
    let bones = browser.script(BONES, vec![]);
    if bones != json!([1, 1, true]) {
        wrong.push(format!("{page} has not one h1, one main and a title: {bones}"));
    }
    wrong
}

/// A small telephone and a laptop, in CSS pixels.
const SIZES: [(u32, u32); 2] = [(360, 740), (1280, 900)];

/// What makes the page wider than the window, if it is: the first few of what sticks out of it and
/// is in nothing that scrolls by itself.
pub(crate) const WIDE: &str = r#"
const root = document.documentElement;
if (root.scrollWidth <= innerWidth) return [];
const scrolls = node => node && node !== document.body && node !== root &&
    (getComputedStyle(node).overflowX !== 'visible' || scrolls(node.parentElement));
const out = [...document.body.querySelectorAll('*')]
    .filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !scrolls(node.parentElement))
    .slice(0, 3).map(node => node.outerHTML.slice(0, 160));
return out.length ? out : [`${root.scrollWidth} px of ${innerWidth}`];
"#;

/// What a page is built on.
const BONES: &str = r#"
const count = name => document.querySelectorAll(name).length;
return [count('h1'), count('main'), document.title.length > 0];
"#;

/// How the node answered.
const STATUS: &str = "return performance.getEntriesByType('navigation')[0].responseStatus";

/// Sends the form without the browser's own look at what is missing.
const SEND: &str = r#"
const form = document.querySelector('form.sheet');
form.noValidate = true;
form.requestSubmit();
"#;

/// Follows the links of the page that are not known: each with the status of its answer.
const LINKS: &str = r#"
const [known, done] = arguments;
const inside = [...document.querySelectorAll('a[href], link[href], script[src]')]
    .map(node => new URL(node.href || node.src, location)).filter(it => it.origin === location.origin)
    .map(it => it.pathname + it.search);
const fresh = [...new Set(inside)].filter(it => !known.includes(it));
Promise.all(fresh.map(it => fetch(it).then(answer => [it, answer.status]))).then(done, error => done([[String(error), 999]]));
"#;
