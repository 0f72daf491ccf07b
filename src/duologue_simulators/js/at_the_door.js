for (const type of ["ready", "knock"]) if (parent !== window) parent.postMessage({ type, payload: {} }, "*");
setTimeout(() => location.reload(), 500);
