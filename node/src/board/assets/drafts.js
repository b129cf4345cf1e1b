// What somebody types is kept in their browser until it is saved, and offered again if they come back to
// the form. It goes nowhere else. Forms that are kept say under which name: data-draft.
"use strict";

(() => {
  const PREFIX = "commons-draft:";
  // Drafts that nobody came back to for so long are let go.
  const DAYS = 30;
  const SENT = "commons-sent";

  function read(key) {
    try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; }
  }
  function keep(key, draft) {
    // A browser that keeps nothing, or is full, keeps no drafts.
    try { localStorage.setItem(PREFIX + key, JSON.stringify(draft)); } catch { /* as said */ }
  }
  function drop(key) {
    try { localStorage.removeItem(PREFIX + key); } catch { /* as said */ }
  }

  function controls(form) {
    return [...form.elements].filter((one) => one.name && one.name !== "once"
      && (one.matches("input:not([type=hidden]), textarea, select") || one.name === "based-on"));
  }
  function values(form) {
    const all = {};
    controls(form).forEach((one) => {
      if (one.type !== "radio" || one.checked) all[one.name] = one.value;
    });
    return all;
  }
  function same(one, other) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    names.delete("based-on");
    return [...names].every((name) => (one[name] ?? "") === (other[name] ?? ""));
  }

  // The node says of a form that it is written by the token that stood in it, in a cookie.
  function settle() {
    try {
      const sent = JSON.parse(sessionStorage.getItem(SENT));
      const written = document.cookie.split("; ").includes(`commons-written=${sent.token}`);
      if (written) drop(sent.key);
      sessionStorage.removeItem(SENT);
    } catch { /* nothing was sent */ }
  }

  // Whether the page is a form that came again: what was typed stands in it, and is not saved.
  function again() {
    return document.querySelector(".notice.wrong, .notice.meanwhile, .question, .preview");
  }

  function offer(form, key) {
    const shown = values(form);
    const draft = read(key);
    if (!draft || !draft.values || same(draft.values, shown)) return;
    if (Date.now() - draft.at > DAYS * 24 * 60 * 60 * 1000) { drop(key); return; }
    if (again()) return;
    const box = document.createElement("div");
    box.className = "notice draft";
    box.setAttribute("role", "status");
    const words = document.createElement("p");
    const when = new Date(draft.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    words.textContent = `You have a draft of ${when} that is not saved.`;
    box.append(words, button("Restore it", () => {
      controls(form).forEach((one) => {
        if (!(one.name in draft.values)) return;
        if (one.type === "radio") one.checked = one.value === draft.values[one.name];
        else one.value = draft.values[one.name];
      });
      form.querySelectorAll("details").forEach((more) => { more.open = true; });
      box.remove();
      form.querySelector("input:not([type=hidden]), textarea")?.focus();
    }), button("Discard it", () => {
      drop(key);
      box.remove();
      form.querySelector("input:not([type=hidden]), textarea")?.focus();
    }));
    form.before(box);
  }
  function button(words, press) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", press);
    return made;
  }

  function watch(form) {
    const key = form.dataset.draft;
    const shown = values(form);
    offer(form, key);
    const save = () => {
      const now = values(form);
      if (same(now, shown) && !again()) drop(key);
      else keep(key, { at: Date.now(), values: now });
    };
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("submit", () => {
      try {
        sessionStorage.setItem(SENT, JSON.stringify({ key, token: form.elements.once?.value }));
      } catch { /* the draft is offered once more */ }
    });
    // A script that sends the form itself says so when it is written.
    form.addEventListener("written", () => drop(key));
  }

  // Where several things stand in a line, what is known is offered for the last of them.
  function several(input) {
    const list = input.list;
    if (!list) return;
    const known = [...list.options].map((one) => [one.value, one.label]);
    input.addEventListener("input", () => {
      const at = input.value.lastIndexOf(",") + 1;
      const before = input.value.slice(0, at);
      const chosen = new Set(before.split(",").map((one) => one.trim()));
      const lead = before ? `${before} ` : "";
      list.replaceChildren(...known.filter(([value]) => !chosen.has(value)).map(([value, label]) => {
        const option = document.createElement("option");
        option.value = lead + value;
        if (label !== value) option.label = label;
        return option;
      }));
    });
  }

  // A button that was pressed is not pressed again while the node answers.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = "yes";
    setTimeout(() => { delete form.dataset.busy; }, 5000);
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-busy]").forEach((form) => { delete form.dataset.busy; });
  });

  function attach(place) {
    place.querySelectorAll("form[data-draft]").forEach(watch);
    place.querySelectorAll("input[data-several]").forEach(several);
  }
  // Another script may put a page in the place of this one.
  document.addEventListener("replaced", (event) => attach(event.target));

  settle();
  attach(document);
})();
