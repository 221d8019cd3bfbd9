// A head checkbox [data-select-all] ticks every box [data-select] of its table; [data-select-count] in the same form says how many.

for (const all of document.querySelectorAll("input[data-select-all]")) {
  const table = all.closest("table");
  const boxes = [...table.querySelectorAll("input[data-select]")];
  const count = (all.form ?? table.parentElement).querySelector("[data-select-count]");

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    if (count) count.textContent = String(ticked);
  };

  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  table.addEventListener("change", (event) => {
    if (event.target.matches("input[data-select]")) show();
  });
  show();
}
