//! QR codes: for pages as a drawing, for terminals as characters. What they lead to is the
//! caller's affair.

use fast_qr::{ECL, QRBuilder, QRCode};
use maud::{Markup, html};

/// A QR code.
pub struct Qr(QRCode);

/// What the characters of a terminal draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The dark modules: for characters that are darker than their ground.
    Dark,
    /// The light ones: for a terminal that writes light on dark.
    Light,
}

impl Qr {
    /// The code that leads to this address; `None` if it is too long for any.
    pub fn of(address: &str) -> Option<Self> {
        QRBuilder::new(address).ecl(ECL::M).build().ok().map(Self)
    }

    /// The code as a drawing that takes the size it is given. It is dark on light in both themes, as
    /// many cameras read no other.
    pub fn drawing(&self, label: &str) -> Markup {
        let side = self.0.size + 2 * QUIET;
        let mut path = String::new();
        for y in 0..self.0.size {
            for x in (0..self.0.size).filter(|x| self.is_dark(*x, y)) {
                path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
            }
        }
        html! {
            svg.qr xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {side} {side}"))
                shape-rendering="crispEdges" role="img" aria-label=(label) {
                rect width=(side) height=(side) fill="#fff" {}
                path d=(path) fill="#000" {}
            }
        }
    }

    /// The code in lines of half blocks, with a quiet edge: two modules in a character, one above
    /// the other.
    pub fn lines(&self, ink: Ink) -> Vec<String> {
        let side = self.0.size + 2 * TERMINAL_QUIET;
        let is_drawn = |x: usize, y: usize| {
            let place = x.checked_sub(TERMINAL_QUIET).zip(y.checked_sub(TERMINAL_QUIET));
            let is_dark = place.is_some_and(|(x, y)| self.is_dark(x, y));
            // The lower half of the last line may be beyond the edge, where nothing is drawn.
            y < side && is_dark == (ink == Ink::Dark)
        };
        let character = |x, y| match (is_drawn(x, y), is_drawn(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        (0..side).step_by(2).map(|y| (0..side).map(|x| character(x, y)).collect()).collect()
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.0.size && y < self.0.size && self.0[y][x].value()
    }
}

/// Modules of the quiet zone. Source: ISO/IEC 18004.
const QUIET: usize = 4;

/// Modules of the quiet zone on a terminal, whose own ground goes on beside it: chosen, so that the
/// code of an address fits 80 by 24 characters.
const TERMINAL_QUIET: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "http://192.168.178.123:7118/";

    fn code() -> Qr {
        Qr::of(ADDRESS).expect("it is short")
    }

    #[test]
    fn the_code_of_an_address_fits_a_terminal() {
        let lines = code().lines(Ink::Dark);
        assert!(lines.len() <= 20, "{}", lines.len());
        assert!(lines.iter().all(|line| line.chars().count() <= 40));
    }

    #[test]
    fn light_ink_draws_what_dark_ink_leaves() {
        let drawn = |ink| -> Vec<bool> {
            let half = |character| match character {
                '█' => [true, true],
                '▀' => [true, false],
                '▄' => [false, true],
                _ => [false, false],
            };
            let lines = code().lines(ink);
            // Without the last line, of which half is beyond the edge.
            let whole = &lines[..lines.len() - 1];
            whole.iter().flat_map(|line| line.chars().flat_map(half)).collect()
        };
        let (dark, light) = (drawn(Ink::Dark), drawn(Ink::Light));
        assert!(dark.iter().zip(&light).all(|(dark, light)| dark != light));
        assert!(dark.iter().any(|dark| *dark) && light.iter().any(|light| *light));
    }

    #[test]
    fn every_finder_is_in_the_drawing() {
        let drawing = code().drawing("QR code").into_string();
        let far = QUIET + code().0.size - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            for step in 0..7 {
                assert!(drawing.contains(&format!("M{} {y}h1v1h-1z", x + step)), "{x} {y} {step}");
            }
        }
        assert!(!drawing.contains("style="), "the policy of the board forbids it");
    }

    #[test]
    fn what_no_code_can_hold_has_none() {
        assert!(Qr::of(&"a".repeat(5000)).is_none());
    }
}
