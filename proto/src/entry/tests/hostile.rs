//! What somebody might send to harm: none of it fails, all of it is the same on every node, and
//! what would take too long is folded in the canonical order.

use super::*;

#[test]
fn parents_that_other_parents_follow_change_nothing() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds"), splice(0, 0, "abc")]);
    let one = history.push(&[genesis], vec![splice(1, 1, "x")]);
    history.push(&[genesis, one], vec![set("title", "Bed sensors"), splice(3, 0, "d")]);
    assert!(!is_linear(&history.steps()));
    let state = history.state();
    assert_eq!((state.title(&Kind::Idea).as_str(), state.conflicts().count()), ("Bed sensors", 0));
    assert_eq!(state.prose("body"), "axcd");
}

#[test]
fn a_history_with_holes_or_repeats_is_shown_all_the_same() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds")]);
    let one = history.push(&[genesis], vec![add("tags", "one")]);
    history.push(&[one], vec![add("tags", "two")]);
    let steps = history.steps();
    let holed = [steps[0], steps[2]];
    assert_eq!(tags(&materialise(&Kind::Idea, &holed)), ["two"]);
    let repeated = [steps[0], steps[0], steps[1], steps[1]];
    assert_eq!(materialise(&Kind::Idea, &repeated), materialise(&Kind::Idea, &steps[..2]));
    assert_eq!(materialise(&Kind::Idea, &[]), State::default());
}

#[test]
fn a_thousand_heads_are_merged() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds"), splice(0, 0, "Beds.")]);
    for number in 0..1000 {
        history.push(&[genesis], vec![add("tags", &number.to_string()), set("status", "open")]);
    }
    let state = history.state();
    assert_eq!(tags(&state).len(), 1000);
    assert_eq!(state.conflicts().count(), 0);
}

#[test]
fn a_merge_that_would_take_too_long_is_folded_in_the_canonical_order() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![splice(0, 0, &"a".repeat(50_000))]);
    for number in 0..4_u64 {
        history.push(&[genesis], vec![splice(0, u64::MAX, &number.to_string().repeat(50_000))]);
    }
    let steps = history.steps();
    let reversed: Vec<Step> =
        std::iter::once(steps[0]).chain(steps[1..].iter().rev().copied()).collect();
    let state = history.state();
    assert_eq!(state.prose("body").len(), 50_000);
    assert_eq!(materialise(&Kind::Idea, &reversed), state);
}

#[test]
fn a_full_payload_of_edits_is_replayed() {
    let mut history = History::new();
    let edits = |word: &str| {
        (0..1024_u64)
            .map(|number| match number % 4 {
                0 => splice(number, 2, word),
                1 => splice(u64::MAX, u64::MAX, word),
                2 => add("tags", &number.to_string()),
                _ => set("title", word),
            })
            .collect()
    };
    let genesis = history.push(&[], edits("beds"));
    let linear = merged(&history);
    assert_eq!(linear, history.state());
    history.push(&[genesis], edits("door"));
    history.push(&[genesis], edits("hand"));
    assert_eq!(history.state().held("title").len(), 2);
}

#[test]
fn a_shape_that_boasts_is_bounded_where_it_is_applied() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![splice(0, 0, "Beds.")]);
    let one = history.push(&[genesis], vec![set("title", "Secret")]);
    history.push(&[genesis], vec![splice(0, 0, "Two ")]);
    history.erase(one, true);
    history.shapes[one] = Some(Shape(vec![
        crate::edit::ShapeItem::Operations(60_000),
        crate::edit::ShapeItem::Splice("body".to_owned(), u64::MAX, u64::MAX, 4_000),
    ]));
    assert_eq!(history.state().prose("body"), "Two Beds.");
}

#[test]
fn an_entry_does_not_grow_without_end() {
    let mut history = History::new();
    let mut last = history.push(&[], vec![set("title", "Beds"), add("tags", "wards")]);
    for _ in 0..30 {
        last = history.push(&[last], vec![splice(0, 0, &"a".repeat(60_000))]);
    }
    last = history.push(&[last], vec![splice(0, u64::MAX, &"b".repeat(60_000))]);
    let full = history.state();
    assert!(full.prose("body").is_empty() && full.title(&Kind::Idea) == "Beds");
    history.push(&[last], vec![splice(0, 0, "Beds.")]);
    assert_eq!(history.state().prose("body"), "Beds.");
    let steps = history.steps();
    let most = materialise(&Kind::Idea, &steps[..steps.len() - 2]);
    assert!(most.encode().len() < crate::limits::ENTRY_BYTES + 100);
}

#[test]
fn a_hundred_long_titles_at_once_do_not_make_a_huge_state() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds")]);
    for number in 0..100 {
        history.push(&[genesis], vec![set("title", &format!("{number}{}", "a".repeat(60_000)))]);
    }
    assert!(history.state().encode().len() < crate::limits::ENTRY_BYTES);
}

#[test]
fn a_long_history_in_which_all_name_the_genesis_is_as_quick_as_any() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds")]);
    let mut last = genesis;
    for number in 0..5_000 {
        last = history.push(&[genesis, last], vec![set("title", &number.to_string())]);
    }
    assert_eq!(history.state().title(&Kind::Idea), "4999");
}

#[test]
fn many_splices_in_one_contribution_are_as_many_in_contributions_of_their_own() {
    let splices: Vec<Edit> = (0..200_u64)
        .map(|number| match number % 5 {
            0 => splice(number / 2, 1, "é"),
            1 => splice(u64::MAX, 0, "bed 🛏"),
            2 => splice(number, number % 7, ""),
            3 => splice(3, u64::MAX >> (number % 64), "a\u{10FFFF}b\r\n"),
            _ => splice(number * 3, 2, "sensors"),
        })
        .collect();
    let (mut one, mut many) = (History::new(), History::new());
    let mut last = many.push(&[], vec![splice(0, 0, &"Quiet. ".repeat(30))]);
    let genesis = one.push(&[], vec![splice(0, 0, &"Quiet. ".repeat(30))]);
    for edit in &splices {
        last = many.push(&[last], vec![edit.clone()]);
    }
    let all = one.push(&[genesis], splices);
    assert_eq!(one.state().prose, many.state().prose);
    one.erase(all, false);
    (1..many.records.len()).for_each(|place| many.erase(place, false));
    assert_eq!(one.state().prose, many.state().prose);
}

#[test]
fn a_deletion_that_costs_too_much_is_not_begun() {
    let mut history = History::new();
    let mut last = history.push(&[], vec![splice(0, 0, &"a".repeat(60_000))]);
    for _ in 0..6 {
        last = history.push(&[last], vec![splice(0, 0, &"a".repeat(60_000))]);
    }
    history.push(&[last], vec![splice(0, u64::MAX, "Beds.")]);
    history.push(&[last], vec![splice(0, u64::MAX, "Doors.")]);
    // Both are folded, one after the other: the first of them is gone.
    assert!(["Beds.", "Doors."].contains(&history.state().prose("body").as_str()));
}
