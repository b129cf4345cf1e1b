// What moves on the board: what others write appears without a reload, and is marked as new; times
// go on. Every page is whole without it.
"use strict";

(() => {
  const position = Number(document.body.dataset.position ?? NaN);
  const status = document.querySelector("p.live");
  let source = null;
  let seen = position;
  let wanted = false;
  let busy = false;

  function say(words) {
    if (status && status.textContent !== words) status.textContent = words;
  }

  // What the page shows is fetched again; of it, the parts that live are put in place of the old.
  async function refresh() {
    if (busy) { wanted = true; return; }
    busy = true;
    wanted = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const told = Number(page.body.dataset.position);
        if (told > seen) seen = told;
        document.querySelectorAll("[data-live]").forEach((old) => replace(old, page));
        tick();
      }
    } catch {
      // The stream tells when the node is there again.
    } finally {
      busy = false;
      if (wanted) soon();
    }
  }

  let timer = null;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, 60 + Math.random() * 120);
  }

  function replace(old, page) {
    const name = CSS.escape(old.dataset.live);
    const next = page.querySelector(`[data-live="${name}"]`);
    // The tokens of forms are new each time.
    const was = next?.innerHTML.replace(/(name="once" value=")[^"]*/g, "$1");
    if (!next || was === old.dataset.was) return;
    const known = new Set([...old.querySelectorAll("[data-key]")].map((item) => item.dataset.key));
    const marked = new Set([...old.querySelectorAll(".new")].map((item) => item.dataset.key));
    next.querySelectorAll("[data-key]").forEach((item) => {
      const key = item.dataset.key;
      if (!known.has(key) || marked.has(key)) item.classList.add("new");
    });
    const focus = document.activeElement;
    const same = old.contains(focus) ? selector(focus) : null;
    const open = [...old.querySelectorAll("details[id][open]")].map((one) => one.id);
    old.replaceChildren(...next.childNodes);
    old.dataset.was = was;
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (same) old.querySelector(same)?.focus();
    old.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
  }

  // What leads to the same place, or is the same button.
  function selector(element) {
    const address = element.getAttribute("href");
    if (address) return `[href="${CSS.escape(address)}"]`;
    const { name, value } = element;
    return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]` : null;
  }

  // A hidden page lets go of its stream: browsers keep few connections to one place.
  function listen() {
    if (source || document.hidden || Number.isNaN(seen)) return;
    source = new EventSource(`/live?after=${seen}`);
    source.addEventListener("open", () => say(""));
    source.addEventListener("grown", (event) => {
      const grown = Number(event.data);
      if (grown > seen) { seen = grown; soon(); }
    });
    source.addEventListener("error", () => {
      say("The node does not answer. What you see may be old.");
      // A stream that was refused does not try again by itself.
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(listen, 2000 + Math.random() * 2000);
      }
    });
  }

  function rest() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); soon(); } });
  if (document.querySelector("[data-live]")) listen();

  // What changes without anything being written, as who is connected, is looked at again and again.
  const every = Number(document.querySelector("[data-every]")?.dataset.every);
  if (every > 0) setInterval(() => { if (!document.hidden) soon(); }, every * 1000);

  // Times that say how long ago something was.
  const minute = 60, hour = 60 * minute, day = 24 * hour;
  function span(seconds) {
    if (seconds < minute) return `${seconds} s`;
    if (seconds < hour) return `${Math.floor(seconds / minute)} min`;
    if (seconds < day) return `${Math.floor(seconds / hour)} h`;
    const days = Math.floor(seconds / day);
    return days === 1 ? "1 day" : `${days} days`;
  }
  function tick() {
    const now = Math.floor(Date.now() / 1000);
    document.querySelectorAll("time[data-ago]").forEach((time) => {
      const past = now - Math.floor(Date.parse(time.dateTime) / 1000);
      if (past < 0 || past > 7 * day) return;
      const words = past < 10 ? "just now" : `${span(past)} ago`;
      if (time.textContent !== words) time.textContent = words;
    });
  }
  setInterval(tick, 20000);
})();
