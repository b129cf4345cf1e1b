//! Finding what a person would: a button by its words, a field by its label. The search runs in the
//! page, where what is visible is known.

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use serde_json::{Value, json};

/// The link, button or summary with these words within what this selector names.
pub(super) async fn control(
    client: &Client,
    within: &str,
    words: &str,
) -> Result<Option<Element>, CmdError> {
    let script = format!("{COMMON}{CONTROL}");
    element(client, client.execute(&script, vec![json!(within), json!(words)]).await?)
}

/// The field with this label.
pub(super) async fn field(client: &Client, label: &str) -> Result<Option<Element>, CmdError> {
    let script = format!("{COMMON}{FIELD}");
    element(client, client.execute(&script, vec![json!("body"), json!(label)]).await?)
}

fn element(client: &Client, found: Value) -> Result<Option<Element>, CmdError> {
    let reference = found.as_object().and_then(|found| found.values().next());
    let reference = reference.and_then(Value::as_str).map(str::to_owned);
    Ok(reference.map(|it| Element::from_element_id(client.clone(), ElementRef::from(it))))
}

/// An open dialog hides the page from a person, so it does here. Exact words go before those that
/// begin so, and those before any that have them.
const COMMON: &str = r#"
const [within, words] = arguments;
const scope = document.querySelector('dialog:modal') || document.querySelector(within) || document.body;
const tidy = text => (text || '').replace(/\s+/g, ' ').trim().toLowerCase();
const wanted = tidy(words);
const seen = node => node.checkVisibility({ visibilityProperty: true });
const best = named => {
    for (const fits of [n => n === wanted, n => n.startsWith(wanted), n => n.includes(wanted)]) {
        const hit = named.find(([names]) => names.some(fits));
        if (hit) return hit[1];
    }
    return null;
};
"#;

const CONTROL: &str = r#"
const controls = [...scope.querySelectorAll('a[href], button, summary, input[type=submit], [role=button], [role=tab], [role=option]')];
return best(controls.filter(seen).map(node =>
    [[tidy(node.innerText || node.value), tidy(node.getAttribute('aria-label'))], node]));
"#;

const FIELD: &str = r#"
const fields = [...scope.querySelectorAll('input:not([type=hidden]):not([type=submit]), textarea, select')];
return best(fields.map(node =>
    [[...[...(node.labels || [])].map(label => tidy(label.innerText)), tidy(node.getAttribute('aria-label'))], node]));
"#;
