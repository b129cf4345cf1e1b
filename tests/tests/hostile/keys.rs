//! Keys and signatures that are valid to some and not to others: case 4.

use commons_tests::forge::desk::GOOD;
use commons_tests::forge::{Desk, Forged, ForgedKey, Unsound, unsound};
use commons_tests::{Liar, Member};

#[test]
fn case_04_each_forgery_would_pass_with_a_laxer_verifier() {
    for Unsound { what, forged, signature, .. } in unsound(&Desk::new("keys").commons) {
        if what.contains("of large order") {
            continue;
        }
        let accepted = forged.key().author_accepts_bulk(&forged.message(), &signature);
        assert!(accepted, "{what} is no forgery to anybody");
    }
}

#[test]
fn case_04_a_weak_key_is_refused_alone_in_bulk_and_after_restart() {
    let mut desk = Desk::new("keys");
    let cases = unsound(&desk.commons);
    let honest = ForgedKey::honest(&[1; 32]);
    let good = |number: u64| {
        let title = format!("Bed sensors {number}");
        Forged::idea(&desk.commons, &honest, &title).variant(number)
    };
    // Among as many honest ones of the same author, so that the verifier is at work on all cores.
    let many: Vec<Vec<u8>> =
        cases.iter().zip(0..).flat_map(|(case, number)| [case.bytes(), good(number)]).collect();
    let expected: Vec<&str> = cases.iter().flat_map(|case| [case.code, GOOD]).collect();
    for round in ["at first", "after the honest author was admitted", "after a restart"] {
        if round == "after a restart" {
            desk = desk.restarted();
        }
        let alone: Vec<&str> = many.iter().map(|bytes| desk.verdict(bytes)).collect();
        let told = |verdicts: &[&'static str]| -> Vec<String> {
            let pairs = verdicts.iter().zip(&expected).enumerate();
            let wrong = pairs.filter(|(_, (verdict, expected))| verdict != expected);
            wrong.map(|(at, (verdict, _))| format!("{}: {verdict}", cases[at / 2].what)).collect()
        };
        assert_eq!(told(&alone), [""; 0], "alone, {round}");
        assert_eq!(told(&desk.verdicts(&many)), [""; 0], "in bulk, {round}");
    }
}

#[test]
fn case_04_one_in_the_file_is_found_out_by_verification() {
    let mut desk = Desk::new("keys");
    let cases = unsound(&desk.commons);
    let honest = Forged::idea(&desk.commons, &ForgedKey::honest(&[1; 32]), "Bed sensors");
    desk.take(&honest.bytes()).expect("an honest idea");
    for case in &cases {
        desk.smuggle(&case.forged, &case.signature);
    }
    let mut desk = desk.restarted();
    let report = desk.store.verify(|_, _| ()).expect("the store can be read");
    assert_eq!(report.damaged.len(), cases.len(), "all but the honest one are damaged");
    assert_eq!(desk.count(), 1, "what is damaged does not count as held");
}

#[test]
fn case_04_who_sends_one_is_blamed_before_and_after_a_restart() {
    let mut ann = Member::new("Ann");
    let chosen = ["weak key 1", "mixed-order key 1", "key 0 that is not canonical"];
    let chosen = [chosen.as_slice(), &["R with torsion part 4"]].concat();
    let cases: Vec<Unsound> = unsound(&ann.commons())
        .into_iter()
        .filter(|case| chosen.contains(&case.what.as_str()))
        .collect();
    assert_eq!(cases.len(), chosen.len());
    for restarts in [true, false] {
        for case in &cases {
            let mut liar = Liar::meets(&ann);
            liar.gossips(&case.bytes());
            let reason = liar.is_blamed_by(&ann);
            assert!(reason.contains("does not verify"), "{}: {reason}", case.what);
        }
        // Many at a time, with honest ones before it, which are kept.
        let honest: Vec<Forged> = (0..20)
            .map(|number| {
                let title = format!("Bed sensors {number} {restarts}");
                Forged::idea(&ann.commons(), &ForgedKey::honest(&[1; 32]), &title)
            })
            .collect();
        let mut many: Vec<Vec<u8>> = honest.iter().map(Forged::bytes).collect();
        many.push(cases[1].bytes());
        let mut liar = Liar::meets(&ann);
        liar.offers(&many);
        liar.is_blamed_by(&ann);
        ann.until_it_holds(&honest.iter().map(Forged::id).collect::<Vec<_>>());
        assert!(cases.iter().all(|case| !ann.holds(&case.forged.id())));
        if restarts {
            ann = Member::of(&ann.stops(), &[]);
        }
    }
}
