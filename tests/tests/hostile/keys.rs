//! Keys and signatures that are valid to some and not to others: case 4.

use commons_tests::forge::desk::GOOD;
use commons_tests::forge::{Desk, Forged, ForgedKey, Signature, with_large_s};

/// What is forged: what it is called, the contribution, its signature, and the code by which it must
/// be refused.
type Case = (String, Forged, Signature, &'static str);

/// Every key and signature on which verifiers could differ, each signed as well as it can be.
fn cases(desk: &Desk) -> Vec<Case> {
    let mut cases = Vec::new();
    let honest = ForgedKey::honest(&[1; 32]);
    for number in 0..8 {
        let (what, key) = (format!("weak key {number}"), ForgedKey::small_order(number));
        cases.push(with_key(desk, what, &key));
    }
    for number in 1..8 {
        let key = ForgedKey::mixed_order(&[1; 32], number);
        cases.push(with_key(desk, format!("mixed-order key {number}"), &key));
    }
    for (number, key) in ForgedKey::not_canonical().iter().enumerate() {
        cases.push(with_key(desk, format!("key {number} that is not canonical"), key));
    }
    let mut with_signature = |what: String, sign: &dyn Fn(&[u8]) -> Signature| {
        let forged = Forged::idea(&desk.commons, &honest, &what);
        let signature = sign(&forged.message());
        cases.push((what, forged, signature, "signature"));
    };
    for number in 1..8 {
        let sign = |message: &[u8]| honest.sign_off(message, 1, number);
        with_signature(format!("R with torsion part {number}"), &sign);
    }
    for canonical in [true, false] {
        let sign = |message: &[u8]| honest.sign_with_neutral_r(message, canonical);
        with_signature(format!("neutral R, canonical: {canonical}"), &sign);
    }
    with_signature("S over the group's order".to_owned(), &|message| {
        with_large_s(honest.sign(message, 1))
    });
    cases
}

fn with_key(desk: &Desk, what: String, key: &ForgedKey) -> Case {
    let forged = Forged::idea(&desk.commons, key, &what);
    let signature = key.sign(&forged.message(), 1);
    (what, forged, signature, "author-key")
}

#[test]
fn case_04_each_forgery_would_pass_with_a_laxer_verifier() {
    for (what, forged, signature, _) in cases(&Desk::new("keys")) {
        let accepted = forged.key().author_accepts_bulk(&forged.message(), &signature);
        assert!(accepted, "{what} is no forgery to anybody");
    }
}

#[test]
fn case_04_a_weak_key_is_refused_alone_in_bulk_and_after_restart() {
    let mut desk = Desk::new("keys");
    let cases = cases(&desk);
    let honest = ForgedKey::honest(&[1; 32]);
    let good = |number: u64| {
        let title = format!("Bed sensors {number}");
        Forged::idea(&desk.commons, &honest, &title).variant(number)
    };
    // Among as many honest ones of the same author, so that the verifier is at work on all cores.
    let many: Vec<Vec<u8>> = cases
        .iter()
        .zip(0..)
        .flat_map(|((_, forged, signature, _), number)| [forged.signed(signature), good(number)])
        .collect();
    let expected: Vec<&str> = cases.iter().flat_map(|(.., code)| [*code, GOOD]).collect();
    for round in ["at first", "after the honest author was admitted", "after a restart"] {
        if round == "after a restart" {
            desk = desk.restarted();
        }
        let alone: Vec<&str> = many.iter().map(|bytes| desk.verdict(bytes)).collect();
        let told = |verdicts: &[&'static str]| -> Vec<String> {
            let pairs = verdicts.iter().zip(&expected).enumerate();
            let wrong = pairs.filter(|(_, (verdict, expected))| verdict != expected);
            wrong.map(|(at, (verdict, _))| format!("{}: {verdict}", cases[at / 2].0)).collect()
        };
        assert_eq!(told(&alone), [""; 0], "alone, {round}");
        assert_eq!(told(&desk.verdicts(&many)), [""; 0], "in bulk, {round}");
    }
}

#[test]
fn case_04_one_in_the_file_is_found_out_by_verification() {
    let mut desk = Desk::new("keys");
    let cases = cases(&desk);
    let honest = Forged::idea(&desk.commons, &ForgedKey::honest(&[1; 32]), "Bed sensors");
    desk.take(&honest.bytes()).expect("an honest idea");
    for (_, forged, signature, _) in &cases {
        desk.smuggle(forged, signature);
    }
    let mut desk = desk.restarted();
    let report = desk.store.verify(|_, _| ()).expect("the store can be read");
    assert_eq!(report.damaged.len(), cases.len(), "all but the honest one are damaged");
    assert_eq!(desk.count(), 1, "what is damaged does not count as held");
}
