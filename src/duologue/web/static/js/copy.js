/* Copies the text of the element named by data-copy, and says so in the button for two seconds. */

export default function copy(button) {
  if (button.dataset.copies) return;
  button.dataset.copies = "yes";
  const word = button.querySelector("[data-copy-word]") ?? button.lastChild;
  const usual = word.textContent;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    } catch {
      getSelection().selectAllChildren(source);
      return;
    }
    button.style.minInlineSize = `${button.offsetWidth}px`;
    word.textContent = button.dataset.copied ?? usual;
    setTimeout(() => { word.textContent = usual; }, 2000);
  });
}
