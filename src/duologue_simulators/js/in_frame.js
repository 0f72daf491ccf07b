const tell = (type, payload = {}) => { if (parent !== window) parent.postMessage({ type, payload }, "*"); };
document.querySelector("[data-leave]").addEventListener("click", () => { window.simulatedLeft = true; tell("leave", { removed: false }); });
tell("ready");
tell("join");
look();
