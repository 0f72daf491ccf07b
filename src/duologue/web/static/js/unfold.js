/* On phones filters are folded by the style sheet: the button unfolds them. Without script they are all there. */

export default function unfold(button) {
  if (button.dataset.unfolds) return;
  button.dataset.unfolds = "yes";
  const target = document.querySelector(button.dataset.unfold);
  button.setAttribute("aria-expanded", String(target.classList.contains("unfolded")));
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(target.classList.toggle("unfolded")));
  });
}
