// Writing as a guest: a key is made and kept in this browser, and what one writes is signed with it
// before it leaves. The laptop that serves this page composes what is to be signed, and never has the
// key. Without this script the board is read, not written.
"use strict";

(() => {
  const TAG = new TextEncoder().encode("commons/1 contribution\0");
  const COMMONS_BYTES = 32;
  const SEED_BEFORE = "302e020100300506032b657004220420"; // PKCS #8 of an Ed25519 key, up to its seed
  const COOKIE = "commons-author";
  const COMMENT = "# The secret author key of a commons. Whoever has this file writes in your name: " +
    "keep a copy, and give it to nobody.";
  const OFFLINE = "The laptop that you are a guest of does not answer. What you typed is still here: " +
    "try again in a moment.";

  // Bytes and letters.
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const fromBase64 = (text) => Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  function base32(bytes) {
    let [text, held, bits] = ["", 0, 0];
    for (const byte of bytes) {
      held = (held << 8) | byte;
      for (bits += 8; bits >= 5; bits -= 5) text += letter(held >> (bits - 5));
      held &= (1 << bits) - 1;
    }
    return bits ? text + letter(held << (5 - bits)) : text;
  }
  const letter = (value) => "abcdefghijklmnopqrstuvwxyz234567"[value & 31];

  // The place in this browser where the key is kept.
  function kept(mode, act) {
    return new Promise((done, failed) => {
      const opening = indexedDB.open("commons-guest", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
      opening.onerror = () => failed(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const change = database.transaction("keys", mode);
        const asked = act(change.objectStore("keys"));
        change.oncomplete = () => { database.close(); done(asked.result); };
        change.onabort = () => { database.close(); failed(change.error); };
      };
    });
  }
  const read = () => kept("readonly", (keys) => keys.get("author"));
  const keep = (key) => kept("readwrite", (keys) => keys.put(key, "author"));
  const forget = () => kept("readwrite", (keys) => keys.delete("author"));

  // A key: the secret to sign with, and the author's name in letters.
  async function named(secret) {
    const { x } = await crypto.subtle.exportKey("jwk", secret);
    return { secret, author: base32(fromBase64(x)) };
  }
  async function make() {
    const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
    return named(pair.privateKey);
  }
  async function brought(text) {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const digits = lines.find((line) => line && !line.startsWith("#")) ?? "";
    if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new Error("no key");
    const bytes = fromHex(SEED_BEFORE + digits);
    return named(await crypto.subtle.importKey("pkcs8", bytes, { name: "Ed25519" }, true, ["sign"]));
  }
  async function file(key) {
    const { d } = await crypto.subtle.exportKey("jwk", key.secret);
    return `${COMMENT}\n${hex(fromBase64(d))}\n`;
  }

  // Whether this browser can do it: only secure pages have the keys, and only newer browsers these.
  async function able() {
    if (!isSecureContext || !globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
    try {
      await make();
      return true;
    } catch {
      return false;
    }
  }

  // The cookie gives no right: it tells the board what to show as one's own.
  function tell(author) {
    const age = author ? 365 * 24 * 60 * 60 : 0;
    document.cookie = `${COOKIE}=${author ?? ""}; path=/; max-age=${age}; SameSite=Strict`;
  }

  const browser = able();
  const mine = browser.then(async (is_able) => {
    const key = is_able ? await read() : undefined;
    if (key && !document.cookie.includes(`${COOKIE}=${key.author}`)) tell(key.author);
    return key;
  }).catch(() => undefined);

  // Words to the guest, beside what they are about.
  function note(form, words, link) {
    let place = form.querySelector(":scope > p.guest-note");
    if (!place) {
      place = document.createElement("p");
      place.className = "guest-note";
      place.setAttribute("role", "alert");
      form.append(place);
    }
    place.textContent = words;
    if (link) {
      const leads = document.createElement("a");
      [leads.href, leads.textContent] = [link, "How to write here"];
      place.append(" ", leads);
    }
  }
  const here = () => `/guests?to=${encodeURIComponent(location.pathname + location.search)}#write`;

  // A question, answered with a button.
  function ask(title, words, yes) {
    return new Promise((answered) => {
      const asked = document.createElement("dialog");
      const make = (name, text) => {
        const element = document.createElement(name);
        element.textContent = text;
        return element;
      };
      const heading = make("h2", title);
      heading.id = "guest-question";
      asked.setAttribute("aria-labelledby", heading.id);
      const form = document.createElement("form");
      form.method = "dialog";
      form.className = "buttons";
      const [agree, not] = [make("button", yes), make("button", "Not now")];
      [agree.value, agree.className, not.value] = ["yes", "first", "no"];
      form.append(agree, " ", not);
      asked.append(heading, ...words.map((line) => make("p", line)), form);
      asked.addEventListener("close", () => {
        asked.remove();
        answered(asked.returnValue === "yes");
      });
      document.body.append(asked);
      asked.showModal();
    });
  }

  // The key; one is made if the guest wants to.
  let made;
  async function key() {
    const found = made ?? (await mine);
    if (found) return found;
    const words = [
      "A key is made and kept in this browser. What you write is signed with it, so nobody else can " +
        "write in your name.",
      "It is public to everybody in this commons, and lasts. Nobody asks for your name.",
    ];
    return (await ask("Write as a guest?", words, "Make a key and write")) ? fresh() : null;
  }
  async function fresh() {
    made = await make();
    await keep(made);
    tell(made.author);
    // So that the browser does not clear it away when it lacks room.
    navigator.storage?.persist?.();
    return made;
  }

  // Signs one message, which must be that of a contribution and of this very one.
  async function sign({ secret }, { header, payload, message }) {
    const [bytes, head] = [fromBase64(message), fromBase64(header)];
    const at = TAG.length + COMMONS_BYTES;
    const is_ours = bytes.length === at + head.length &&
      TAG.every((byte, place) => bytes[place] === byte) &&
      head.every((byte, place) => bytes[at + place] === byte);
    if (!is_ours) throw new Error("The laptop asked for a signature of something else. Nothing was signed.");
    const signature = await crypto.subtle.sign({ name: "Ed25519" }, secret, bytes);
    return { header, payload, signature: toBase64(new Uint8Array(signature)) };
  }

  const is = (answer, type) => (answer.headers.get("content-type") ?? "").startsWith(type);

  // What went wrong, in the node's own words.
  async function words(answer) {
    if (is(answer, "application/json")) {
      const told = await answer.json();
      const { message, hint } = told.error ?? {};
      if (message) return [message, hint].filter(Boolean).map(sentence).join(" ");
    }
    return answer.status === 413 ? "That is too long." : "That did not work. Try again in a moment.";
  }
  const sentence = (text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

  // The page that came back in place of this one: a form that was refused keeps what was typed.
  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const [old, next] = [document.querySelector("main"), page.querySelector("main")];
    if (!old || !next) return;
    old.replaceWith(next);
    document.title = page.title;
    const wrong = next.querySelector("[aria-invalid=true], [role=alert], .error") ?? next;
    if (!wrong.matches("a, button, input, select, textarea")) wrong.tabIndex = -1;
    wrong.focus();
    next.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
  }

  const inside = (address) => /^\/(?![/\\])/.test(address ?? "") ? address : "/";

  async function send(form, pressed) {
    const typed = new URLSearchParams(new FormData(form, pressed));
    const address = pressed?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
    const signer = await key();
    if (!signer) return note(form, "Nothing was sent, and what you typed is still here.");
    const answer = await fetch(address, {
      method: "POST",
      headers: { accept: "application/json", "x-commons-author": signer.author },
      body: typed,
    });
    if (answer.redirected) return location.assign(answer.url);
    if (is(answer, "text/html")) return show(await answer.text());
    if (!answer.ok) return note(form, await words(answer));
    const { sign: messages, then } = await answer.json();
    const contributions = [];
    for (const message of messages) contributions.push(await sign(signer, message));
    for (let at = 0; at < contributions.length; at += 32) {
      const taken = await fetch("/api/v1/contributions", {
        method: "POST",
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify({ contributions: contributions.slice(at, at + 32) }),
      });
      if (!taken.ok) return note(form, await words(taken));
      const refused = (await taken.json()).contributions
        .find((one) => one.outcome !== "new" && one.outcome !== "known");
      if (refused) return note(form, `${sentence(refused.message)} Nothing more was sent.`);
    }
    // As the node says it to its host: a draft of this form may go.
    const token = typed.get("once");
    if (token) document.cookie = `commons-written=${token}; path=/; max-age=60; SameSite=Strict`;
    location.assign(inside(then));
  }

  const busy = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    event.preventDefault();
    if (busy.has(form)) return;
    busy.add(form);
    try {
      if (await browser) await send(form, event.submitter);
      else note(form, unable(), isSecureContext ? undefined : here());
    } catch (error) {
      note(form, error instanceof TypeError ? OFFLINE : error.message);
    } finally {
      busy.delete(form);
    }
  });
  const unable = () => isSecureContext
    ? "This browser cannot keep the kind of key that signs what you write, so it can read everything " +
      "here and not write. Firefox from 129, Chrome from 137 and Safari from 17 can."
    : "Browsers keep keys on secure pages alone, and this page was opened the plain way.";

  // A form that cannot be sent says so before somebody fills it in.
  browser.then((is_able) => {
    if (is_able) return;
    document.querySelectorAll("main form").forEach((form) => {
      if (form.method === "post") note(form, unable(), isSecureContext ? undefined : here());
    });
  });

  // The page about guests: who one is, and what one may do with the key.
  async function about(panel) {
    const [who, actions, said] = ["who", "actions", "said"]
      .map((part) => panel.querySelector(`[data-guest-${part}]`));
    const button = (label, act) => {
      const element = document.createElement("button");
      element.type = "button";
      if (!actions.firstChild) element.className = "first";
      element.textContent = label;
      element.addEventListener("click", () => act().catch((error) => { said.textContent = error.message; }));
      actions.append(element, " ");
    };
    const to = inside(panel.dataset.to ?? "/guests");
    const on = () => (panel.dataset.to ? location.assign(to) : location.reload());
    // The plain page says beside it what to do.
    panel.hidden = !isSecureContext;
    if (!(await browser)) {
      who.textContent = unable();
      return;
    }
    const found = await mine;
    if (!found) {
      who.textContent = "You have no key yet. One is made in a moment, and stays in this browser.";
      const label = panel.dataset.to ? "Make a key and go on" : "Make a key now";
      button(label, async () => { await fresh(); on(); });
      button("Use a key that I took along", () => choose(said, on));
      return;
    }
    const name = who.dataset.name;
    who.textContent = `You write as ${name ? `${name}, ` : ""}${found.author.slice(0, 8)}.`;
    if (panel.dataset.to) button("Go on", async () => on());
    button("Take the key along", async () => {
      save(await file(found));
      said.textContent = "The file commons-guest.key is your key: whoever has it writes in your name. On " +
        "a node of your own, commons key import FILE makes you the same person there.";
    });
    button("Forget the key on this device", async () => {
      const words = [
        "What you wrote stays. Without a copy of the key nobody can ever change it or take it back, " +
          "not even you.",
      ];
      if (!(await ask("Forget the key?", words, "Forget it"))) return;
      await forget();
      tell(null);
      location.reload();
    });
  }
  function save(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = "commons-guest.key";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
  function choose(said, then) {
    return new Promise((done) => {
      const input = document.createElement("input");
      input.type = "file";
      input.addEventListener("change", async () => {
        try {
          const found = await brought(await input.files[0].text());
          await keep(found);
          tell(found.author);
          then();
        } catch {
          said.textContent = "There is no key in that file.";
        }
        done();
      });
      input.click();
    });
  }
  document.querySelectorAll("[data-guest]").forEach(about);
})();
