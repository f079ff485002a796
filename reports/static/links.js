// Links to claims and to evidence: "#" copies one, and one that is followed opens what is folded.
(() => {
  "use strict";
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  document.body.append(said);

  const addressOf = (id) => `${location.href.split("#")[0]}#${encodeURIComponent(id)}`;

  const copy = async (button, id) => {
    let words = "The link is copied";
    try {
      await navigator.clipboard.writeText(addressOf(id));
    } catch {
      history.replaceState(null, "", addressOf(id)); // no clipboard: the address bar holds it
      words = "The link is in the address bar";
    }
    said.textContent = words;
    button.classList.add("done");
    setTimeout(() => {
      button.classList.remove("done");
      said.textContent = "";
    }, 2000);
  };

  const add = (heading, id) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "#";
    button.title = "Copy the link";
    button.setAttribute("aria-label", `Copy the link to ${heading.textContent.trim().replace(/\s+/g, " ")}`);
    button.addEventListener("click", () => copy(button, id));
    const line = document.createElement("div");
    line.className = "heading";
    heading.replaceWith(line);
    line.append(heading, button);
  };
  for (const article of document.querySelectorAll("article.claim[id]")) add(article.querySelector("h3"), article.id);
  for (const evidence of document.querySelectorAll("section.evidence[id]")) add(evidence.querySelector("h4"), evidence.id);

  const named = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null; // an address that is no text
    }
  };
  const follow = () => {
    const target = location.hash.length > 1 ? named() : null;
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (target.matches(".evidence")) for (const fold of target.querySelectorAll("details")) fold.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  follow();
})();
