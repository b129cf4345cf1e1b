// The search of an archive. It reads the index that was loaded beside it, and sends nothing anywhere.
"use strict";

(() => {
  const SHOWN = 100;
  const input = document.getElementById("q");
  const results = document.getElementById("results");
  const found = document.getElementById("found");
  const entries = window.commonsIndex || [];

  // Small letters without accents.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let folded = null;

  // What people say of something comes after the thing.
  const REACTIONS = new Set(["comment", "endorsement", "membership"]);

  function prepare() {
    folded = entries.map(([, kind, title, tags, who, , words]) => ({
      title: fold(title),
      tags: tags.map(fold),
      rest: fold(`${kind} ${who} ${words}`),
    }));
  }

  // How well an entry fits a word; 0 if it does not.
  function weigh(entry, word) {
    if (word.startsWith("#")) return entry.tags.includes(word.slice(1)) ? 4 : 0;
    const begins = (text) => text.startsWith(word) || text.includes(` ${word}`);
    if (begins(entry.title)) return 8;
    if (entry.tags.includes(word)) return 6;
    if (entry.title.includes(word)) return 4;
    if (entry.tags.some((tag) => tag.includes(word))) return 3;
    if (begins(entry.rest)) return 2;
    return entry.rest.includes(word) ? 1 : 0;
  }

  function search(text) {
    const words = fold(text).split(/\s+/u).filter(Boolean);
    if (words.length === 0) return null;
    if (folded === null) prepare();
    const hits = [];
    folded.forEach((entry, at) => {
      let weight = 0;
      for (const word of words) {
        const fits = weigh(entry, word);
        if (fits === 0) return;
        weight += fits;
      }
      if (REACTIONS.has(entries[at][1])) weight /= 4;
      hits.push([weight, at]);
    });
    hits.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
    return hits.map((hit) => entries[hit[1]]);
  }

  function element(name, text, kind) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  // Everything is put in as text: what strangers wrote stays text.
  function show(hits) {
    results.replaceChildren();
    if (hits === null) {
      found.textContent = "";
      return;
    }
    const count = hits.length === 1 ? "1 entry" : `${hits.length} entries`;
    found.textContent = hits.length > SHOWN ? `${count}; the best ${SHOWN} are shown` : count;
    for (const [page, kind, title, tags, who, day, words] of hits.slice(0, SHOWN)) {
      const item = element("li");
      const heading = element("h2");
      const link = element("a", title || "without a title");
      link.href = page;
      heading.append(link);
      const meta = element("p", "", "meta");
      meta.append(element("span", kind, "kind"), ` ${who}, ${day} `);
      meta.append(tags.map((tag) => `#${tag}`).join(" "));
      item.append(heading, meta);
      if (words && words !== title) item.append(element("p", words));
      results.append(item);
    }
  }

  let waiting = 0;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      show(search(input.value));
      const query = input.value ? `?q=${encodeURIComponent(input.value)}` : location.pathname;
      try {
        history.replaceState(null, "", query);
      } catch {
        // A page on a disk may not change its address everywhere.
      }
    }, 120);
  }

  input.value = new URLSearchParams(location.search).get("q") || "";
  input.addEventListener("input", later);
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(search(input.value));
  });
  show(search(input.value));
})();
