"use strict";
(() => {
  for (const figure of document.querySelectorAll("figure")) {
    const told = figure.nextElementSibling;
    if (!told || !told.matches(".told")) continue;
    told.hidden = false;
    const tell = (event) => {
      const link = event.target.closest("a");
      const mark = link && (link.getAttribute("aria-label") || link.querySelector("[aria-label]")?.getAttribute("aria-label"));
      told.textContent = mark ? `${mark}. Click to read the claims.` : "";
    };
    figure.addEventListener("mouseover", tell);
    figure.addEventListener("focusin", tell);
  }
  const unfold = () => {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let folded = named?.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
    if (named) named.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.words)")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
})();
