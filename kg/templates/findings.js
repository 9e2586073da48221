"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const fold = form.elements.fold;
  const rules = [...document.querySelectorAll(".rule")].map((rule) => ({
    rule,
    severity: rule.closest(".severity"),
    groups: [...rule.querySelectorAll(".same, .single")].map((group) => ({
      group,
      said: group.matches(".same") ? group.firstElementChild.textContent.toLowerCase() : "",
      items: [...group.querySelectorAll("li[data-f]")],
    })),
  }));
  const whole = rules.reduce((sum, one) => sum + one.groups.reduce((all, group) => all + group.items.length, 0), 0);

  function filter() {
    const { severity, rule, file, words } = Object.fromEntries(new FormData(form));
    const word = words.trim().toLowerCase();
    const narrowed = Boolean(rule || file || word);
    const seen = new Map();
    let left = 0;
    for (const one of rules) {
      const asked = (!severity || one.severity.dataset.severity === severity) && (!rule || one.rule.id === rule);
      let here = 0;
      for (const { group, said, items } of one.groups) {
        let some = 0;
        for (const item of items) {
          const fits = asked && (!file || item.dataset.f === file)
            && (!word || said.includes(word) || item.textContent.toLowerCase().includes(word));
          item.hidden = !fits;
          some += fits;
        }
        group.hidden = !some;
        here += some;
      }
      one.rule.hidden = !here;
      one.rule.open = narrowed || "open" in one.rule.dataset;
      seen.set(one.severity, (seen.get(one.severity) || 0) + here);
      left += here;
    }
    for (const [section, count] of seen) section.hidden = !count;
    shown.textContent = left === whole ? `${whole.toLocaleString("en")} findings`
      : `${left.toLocaleString("en")} of ${whole.toLocaleString("en")} findings`;
    fold.textContent = "Unfold all";
  }

  let waiting;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  fold.addEventListener("click", () => {
    const unfold = fold.textContent === "Unfold all";
    for (const { rule } of rules) rule.open = unfold;
    fold.textContent = unfold ? "Fold all" : "Unfold all";
  });
  for (const cell of document.querySelectorAll("[data-file]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    button.addEventListener("click", () => {
      form.reset();
      form.elements.file.value = cell.dataset.file;
      setTimeout(() => { filter(); document.getElementById("findings").scrollIntoView(); form.elements.file.focus(); });
    });
    cell.replaceChildren(button);
  }
  const unfoldNamed = () => {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named && named.matches(".rule")) named.open = true;
  };
  addEventListener("hashchange", unfoldNamed);
  unfoldNamed();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
  form.hidden = false;
})();
