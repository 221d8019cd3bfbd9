// Files dropped anywhere on the form of <input type="file" data-drop> land in that input. Without this module the input itself takes them.

function holdsFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

for (const input of document.querySelectorAll('input[type="file"][data-drop]')) {
  const form = input.form;
  const mark = (isOver) => form.toggleAttribute("data-dropping", isOver);
  form.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) mark(false);
  });
  form.addEventListener("drop", (event) => {
    mark(false);
    if (!holdsFiles(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.focus();
  });
}
