// The keys that are selected in the list: only keys that it shows.

const $ = (id) => document.getElementById(id);
const boxes = () => [...document.querySelectorAll("#rows [data-pick]")];
const idOf = (box) => box.closest("tr").dataset.id;

let selected = new Set();

// Calls `changed` with the ids whenever the selection is another one.
export function start(changed) {
  const update = () => {
    summarize();
    changed([...selected]);
  };
  $("rows").addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick]")) return;
    if (event.target.checked) selected.add(idOf(event.target));
    else selected.delete(idOf(event.target));
    update();
  });
  $("select-all").addEventListener("change", () => {
    selected = new Set($("select-all").checked ? boxes().map(idOf) : []);
    mark();
    update();
  });
  // The list has new rows: keys that it no longer shows are no longer selected.
  $("rows").addEventListener("rows", () => {
    const shown = new Set(boxes().map(idOf));
    selected = new Set([...selected].filter((id) => shown.has(id)));
    mark();
    update();
  });
}

function mark() {
  for (const box of boxes()) box.checked = selected.has(idOf(box));
}

function summarize() {
  const all = boxes().length;
  $("select-all").checked = selected.size > 0 && selected.size === all;
  $("select-all").indeterminate = selected.size > 0 && selected.size < all;
}
