/* Opens the dialog named by data-dialog. Focus starts on the safe choice (autofocus), Escape takes it.
 * A dialog with data-open shows at once: it came with the page or was swapped in. */

function prepare(dialog) {
  if (dialog.dataset.prepared) return;
  dialog.dataset.prepared = "yes";
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
}

export default function enhance(element) {
  if (element.matches("dialog")) {
    prepare(element);
    if (!element.open) element.showModal();
    return;
  }
  if (element.dataset.opens) return;
  element.dataset.opens = "yes";
  element.addEventListener("click", (event) => {
    const dialog = document.querySelector(element.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    prepare(dialog);
    dialog.showModal();
  });
}
