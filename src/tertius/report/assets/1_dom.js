"use strict";

/* The only way in which this page makes elements: text becomes text nodes, never markup. */

const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  return filled(made, attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/* A name that may break after its joints, never inside a word; unlike elsewhere, kept apart. */
function named(name) {
  const parts = String(name).split(/(?<=[_/.:@-])(?=[^_/.:@-])/);
  return el("bdi", {}, ...parts.flatMap((part, n) => (n ? [el("wbr"), part] : [part])));
}

function byId(id) {
  return document.getElementById(id);
}

const NUMBER = new Intl.NumberFormat("en");

function counted(count, noun) {
  return `${NUMBER.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/* "A, B and 3 more" */
function listed(names, most = 6) {
  if (names.length <= most) {
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  }
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

function oneLine(text, most) {
  const flat = text.slice(0, most * 3).replace(/\s+/g, " ").trim();
  return flat.length <= most && text.length <= most * 3 ? flat : `${flat.slice(0, most - 1)}…`;
}

function moment(milliseconds) {
  return new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "");
}

/* A button that looks like a link: it leads to another place on this page. */
function jump(label, act, description) {
  return el("button", { type: "button", class: "jump", onclick: act, title: description }, label);
}

const MORE = 200; // of a long list that one press of its button adds

/* Show the first few of a list, and make the rest on request. */
function fold(items, most, nouns, make) {
  const shown = items.slice(0, most).map(make);
  if (items.length <= most) return shown;
  const more = el("button", { type: "button", class: "more" });
  let at = most;
  const say = () => {
    const left = items.length - at;
    more.textContent = left > MORE
      ? `Show ${MORE} of ${NUMBER.format(left)} more ${nouns}`
      : `Show ${NUMBER.format(left)} more ${nouns}`;
  };
  more.addEventListener("click", () => {
    const next = items.slice(at, at + MORE).map(make);
    at += next.length;
    const place = more.closest("tbody tr") || more;
    place.before(...next);
    if (at < items.length) say();
    else place.remove();
    const first = next[0].querySelector("button, a, summary");
    if (first) first.focus();
  });
  say();
  return [...shown, more];
}
