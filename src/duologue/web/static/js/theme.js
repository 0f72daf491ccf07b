/* The stored choice of colours: a cookie that the server reads too, so that no page flashes. */

const root = document.documentElement;
const YEAR = 60 * 60 * 24 * 365;

function choose(value) {
  if (value) root.dataset.theme = value;
  else delete root.dataset.theme;
  document.cookie = `theme=${value}; path=/; max-age=${value ? YEAR : 0}; samesite=lax`;
}

export default function themeChoice(group) {
  const buttons = [...group.querySelectorAll("[data-theme-value]")];
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.themeValue === (root.dataset.theme ?? ""));
  };
  group.hidden = false;
  show();
  if (group.dataset.chooses) return;
  group.dataset.chooses = "yes";
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-value]");
    if (!button) return;
    choose(button.dataset.themeValue);
    show();
  });
}
