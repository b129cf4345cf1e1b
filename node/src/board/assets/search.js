// The search while one types: the page that the form asks for is fetched as soon as one stops for a
// moment, and what it found is put in place of what was found before. The form works without it.
"use strict";

(() => {
  const field = document.getElementById("words");
  const found = document.getElementById("found");
  const sum = document.getElementById("sum");
  if (!field || !found || !sum) return;
  const pause = 150;
  let shown = field.value.trim();
  let timer = null;
  let running = null;

  async function find() {
    const words = field.value.trim();
    running?.abort();
    if (words === shown) return;
    running = new AbortController();
    const address = words ? `/search?${new URLSearchParams({ q: words })}` : "/search";
    try {
      const answer = await fetch(address, { signal: running.signal });
      // A term that is half typed cannot be meant yet: what was found before stays.
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("found");
      if (!next) return;
      found.replaceChildren(...next.childNodes);
      const told = page.getElementById("sum")?.textContent ?? "";
      if (sum.textContent !== told) sum.textContent = told;
      shown = words;
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      history.replaceState(null, "", address);
    } catch (error) {
      // Another request has taken its place, or the node does not answer, which the page says.
      if (error.name !== "AbortError") sum.textContent = "";
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, pause);
  });

  // Down from the field to what was found, and up again.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [field, ...found.querySelectorAll(".rows h3 a")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
