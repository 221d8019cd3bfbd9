// Keys: "/" goes to the search box, "j" and "k" move between the rows of a table marked data-rows.
// Whoever dictates to the computer can switch them off in the user menu (WCAG 2.1.4).

const STORE = "keys-off";
const toggle = document.querySelector("[data-keys-toggle]");
const isOff = () => localStorage.getItem(STORE) === "yes";

function isTyping(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function move(by) {
  const links = [...document.querySelectorAll("table[data-rows] tbody th a")];
  if (links.length === 0) return;
  const row = document.activeElement.closest("tr");
  const now = links.findIndex((link) => row && row.contains(link));
  links[Math.max(0, Math.min(links.length - 1, now + by))].focus();
}

const acts = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  if (isOff() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function show() {
  toggle.setAttribute("aria-pressed", String(!isOff()));
  toggle.querySelector("[data-keys-state]").textContent = isOff() ? toggle.dataset.off : toggle.dataset.on;
}

if (toggle) {
  toggle.hidden = false;
  show();
  toggle.addEventListener("click", () => {
    localStorage.setItem(STORE, isOff() ? "no" : "yes");
    show();
  });
}
