/* Shows a button that opens the browser's own print dialog. */

export default function print(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
