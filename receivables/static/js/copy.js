// Copy buttons: <button type="button" data-copy="text" data-copied="Copied" hidden>. Hidden until this module runs.

async function copy(button) {
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return select(button);
  }
  label.textContent = button.dataset.copied;
  setTimeout(() => (label.textContent = before), 2000);
}

// Where the clipboard is closed (plain http), mark the text so that Ctrl+C takes it.
function select(button) {
  const text = button.parentElement.querySelector("[data-copy-value]");
  if (text) getSelection().selectAllChildren(text);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
