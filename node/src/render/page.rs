//! The shell of a page: head, navigation, content, foot; and the style of all pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::parts;

/// The style of every page: light or dark as the reader's system is, on a phone, a projector and
/// paper. It loads nothing.
pub const STYLE: &str = include_str!("style.css");

/// What a page that stands alone may do: show its own style. Nothing runs in it and nothing is
/// loaded, whatever is in it.
pub const STANDS_ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'";

/// A page. Addresses in it are taken as they are.
#[derive(Debug, Clone)]
pub struct Page<'p> {
    /// The language of our own words, as in `lang`.
    pub language: &'p str,
    /// What the page is called: plain text, strangers' too.
    pub title: &'p str,
    /// What the whole is called, and where its front page is, if there is one.
    pub site: (&'p str, Option<&'p str>),
    /// Where else one can go.
    pub navigation: &'p [Place<'p>],
    /// What stands at the top beside that.
    pub top: Markup,
    /// Where the style is; in the page itself if that is not said.
    pub style: Option<&'p str>,
    /// Where the picture is by which browsers tell pages apart, an SVG.
    pub icon: Option<&'p str>,
    /// Scripts that add comfort; the page is whole without.
    pub scripts: &'p [&'p str],
    /// Feeds: what each is called, and where it is.
    pub feeds: &'p [(&'p str, &'p str)],
    /// The Content-Security-Policy that the page gives itself.
    pub policy: Option<&'p str>,
    /// What others are told of where a reader comes from, as a Referrer-Policy.
    pub referrer: &'p str,
    /// Up to where in the log the page tells, for a script that looks for more.
    pub position: Option<u64>,
    /// What it is about. It has the one `h1`.
    pub main: Markup,
    /// What stands at its foot.
    pub foot: Markup,
}

/// A place that the navigation leads to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// What it is called.
    pub label: &'p str,
    /// Its address.
    pub address: &'p str,
    /// Whether this is the page.
    pub is_here: bool,
}

impl<'p> Page<'p> {
    /// A page that is one file, with everything in it.
    pub fn alone(title: &'p str, site: &'p str, main: Markup, foot: Markup) -> Self {
        Self {
            language: "en",
            title,
            site: (site, None),
            navigation: &[],
            top: html! {},
            style: None,
            icon: None,
            scripts: &[],
            feeds: &[],
            policy: Some(STANDS_ALONE),
            referrer: "no-referrer",
            position: None,
            main,
            foot,
        }
    }

    /// The page as a document.
    pub fn write(&self) -> String {
        let (site, front) = self.site;
        let page = html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    @if let Some(policy) = self.policy {
                        meta http-equiv="Content-Security-Policy" content=(policy);
                    }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content=(self.referrer);
                    title { (crate::escape::line(self.title)) " · " (crate::escape::line(site)) }
                    @match self.style {
                        Some(address) => link rel="stylesheet" href=(address);,
                        None => style { (PreEscaped(STYLE)) },
                    }
                    @if let Some(icon) = self.icon {
                        link rel="icon" type="image/svg+xml" href=(icon);
                    }
                    @for (title, address) in self.feeds {
                        link rel="alternate" type="application/atom+xml" title=(title) href=(address);
                    }
                    @for script in self.scripts { script src=(script) defer {} }
                }
                body data-position=[self.position] {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        @match front {
                            Some(front) => a.site href=(front) { (parts::line(site)) },
                            None => span.site { (parts::line(site)) },
                        }
                        @if !self.navigation.is_empty() {
                            nav aria-label="Main" {
                                ul {
                                    @for place in self.navigation {
                                        li {
                                            a href=(place.address)
                                                aria-current=[place.is_here.then_some("page")] {
                                                (place.label)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                        (self.top)
                    }
                    main #main { (self.main) }
                    footer { (self.foot) }
                }
            }
        };
        page.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_stands_alone_loads_nothing_and_says_so() {
        let main = html! { h1 { "Ideas" } };
        let page = Page::alone("<b>\u{202e}", "health & <commons>", main, html! { "foot" }).write();
        assert!(
            page.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        );
        assert!(page.contains("<title>&lt;b&gt;\\u{202e} · health &amp; &lt;commons&gt;</title>"));
        assert!(page.contains("default-src 'none'"));
        for load in ["src=", "<link", "@import", "url(", "<script"] {
            assert!(!page.contains(load), "{load}");
        }
    }

    #[test]
    fn a_page_among_others_leads_to_them() {
        let here = Place { label: "Ideas", address: "ideas.html", is_here: true };
        let there = Place { label: "People", address: "people.html", is_here: false };
        let page = Page {
            site: ("commons", Some("index.html")),
            navigation: &[here, there],
            style: Some("style.css"),
            scripts: &["search.js"],
            feeds: &[("Ideas", "ideas.xml")],
            ..Page::alone("Ideas", "commons", html! {}, html! {})
        };
        let page = page.write();
        assert!(page.contains("<a href=\"ideas.html\" aria-current=\"page\">Ideas</a>"));
        assert!(page.contains("<a href=\"people.html\">People</a>"));
        assert!(page.contains("<link rel=\"stylesheet\" href=\"style.css\">"));
        assert!(page.contains("<script src=\"search.js\" defer></script>"));
        assert!(!page.contains("<style>"));
    }
}
