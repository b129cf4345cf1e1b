//! With the keyboard alone, and with words that are kept until they are saved.

use commons_tests::Person;
use commons_tests::browser::{Browser, Key};
use serde_json::json;

use crate::house::{Filled, with_board};

#[test]
fn everything_is_reached_with_the_tab_key_and_seen_to_be() {
    let filled = Filled::commons();
    let Some([ana]) = Browser::on([&filled.node.board()]) else { return };
    for page in filled.pages() {
        ana.visits(&page);
        let wanted = ana.script(FOCUSABLE, vec![]).as_u64().expect("a number");
        let mut reached = 0;
        let mut unseen = Vec::new();
        // Where the page gives a field the focus, the way round begins there; between its end and its
        // beginning the focus is at the browser's own.
        for _ in 0..wanted + AROUND {
            ana.presses(Key::Tab);
            let told = ana.script(FOCUSED, vec![]);
            reached = told[0].as_u64().expect("a number");
            unseen.extend(told[1].as_str().map(str::to_owned));
            if reached == wanted {
                break;
            }
        }
        assert_eq!(reached, wanted, "{page}: what can be reached with a mouse is reached");
        assert!(unseen.is_empty(), "{page}: the focus is not seen on {unseen:#?}");
    }
}

#[test]
fn an_idea_is_written_with_the_keyboard_alone() {
    let ana = Person::new("ana");
    let node = with_board(&ana);
    let Some([browser]) = Browser::on([&node.board()]) else { return };
    browser.visits("/new/idea").presses(Key::Tab).presses(Key::Enter).presses(Key::Tab);
    let inside = "return document.activeElement.closest('main') !== null";
    assert_eq!(browser.script(inside, vec![]), json!(true), "the first link skips to the content");
    browser.types("Bed sensors").presses(Key::Tab).types("Fewer alarms.");
    let words = "return document.activeElement.textContent";
    for _ in 0..FIELDS {
        if browser.script(words, vec![]) == json!("Add the idea") {
            browser.presses(Key::Enter);
            break;
        }
        browser.presses(Key::Tab);
    }
    browser.sees_in("h1", "Bed sensors").sees("Fewer alarms.");
}

#[test]
fn what_was_typed_is_kept_until_it_is_saved() {
    let ana = Person::new("ana");
    let node = with_board(&ana);
    let Some([browser]) = Browser::on([&node.board()]) else { return };
    browser.visits("/new/idea").fills("Title", "Bed sensors").fills("Text", "Fewer alarms.");
    browser.visits("/").visits("/new/idea").sees("a draft").clicks("Restore it");
    assert_eq!(browser.holds("Title"), "Bed sensors");
    assert_eq!(browser.holds("Text"), "Fewer alarms.");
    browser.clicks("Add the idea").sees_in("h1", "Bed sensors");
    browser.visits("/new/idea").shows("h1");
    assert!(!browser.text().contains("a draft"), "what is saved is not offered again");
    browser.fills("Title", "Soap").visits("/").visits("/new/idea").clicks("Discard it");
    browser.reloads().shows("h1");
    assert!(!browser.text().contains("a draft"), "what is discarded is not offered again");
}

/// How many things on the page the tab key leads to.
const FOCUSABLE: &str = r#"
const radios = new Set();
return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(node => !node.disabled && node.checkVisibility({ visibilityProperty: true }))
    .filter(node => node.type !== 'radio' || !radios.has(node.name) && radios.add(node.name))
    .length;
"#;

/// How many elements have had the focus so far, and the one that has it now if that is not seen.
const FOCUSED: &str = r#"
const reached = window.reached ??= new Set();
const node = document.activeElement;
if (!node || node === document.body) return [reached.size, null];
reached.add(node);
const box = node.getBoundingClientRect(), look = getComputedStyle(node);
const marked = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none';
// Within a date, the browser marks the part of it.
const part = node.matches('[type^=date]');
const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
return [reached.size, (marked || part) && inside ? null : node.outerHTML.slice(0, 160)];
"#;

/// Tabs beyond those that lead to something new: within a date, which has several parts, and at the
/// browser's own things between the end and the beginning of a page.
const AROUND: u64 = 20;

/// Tabs within which the button of a form is reached.
const FIELDS: usize = 20;
