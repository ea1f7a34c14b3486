// A box in a table's head ticks all boxes below it, and the number of those that are ticked is told.
for (const all of document.querySelectorAll("[data-choose-all]")) {
  const boxes = [...document.querySelectorAll(`input[name="${all.dataset.chooseAll}"]`)];
  const told = document.querySelector("[data-chosen]");
  const tell = () => {
    const count = boxes.filter(box => box.checked).length;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    if (told) {
      told.textContent = `${count} chosen`;
    }
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    boxes.forEach(box => { box.checked = all.checked; });
    tell();
  });
  boxes.forEach(box => box.addEventListener("change", tell));
  tell();
}
