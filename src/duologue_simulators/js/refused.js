if (parent !== window) parent.postMessage({ type: "refused", payload: REFUSAL }, "*");
