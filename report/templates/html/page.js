"use strict";
// Marks in the list of contents what is on the screen. Without it nothing is marked, and all else is the same.
(() => {
  const nav = document.querySelector(".contents");
  if (!nav || !("IntersectionObserver" in window)) return;
  const links = new Map();
  for (const a of nav.querySelectorAll('a[href^="#"]')) {
    const to = document.getElementById(a.getAttribute("href").slice(1));
    if (to && !links.has(to)) links.set(to, a);
  }
  const order = [...links.keys()].sort((a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  const seen = new Set();
  let marked = null;
  const observer = new IntersectionObserver(entries => {
    for (const e of entries) e.isIntersecting ? seen.add(e.target) : seen.delete(e.target);
    const here = order.findLast(to => seen.has(to));
    const a = here && links.get(here);
    if (!a || a === marked) return;
    if (marked) marked.removeAttribute("aria-current");
    a.setAttribute("aria-current", "true");
    marked = a;
    if (nav.scrollHeight > nav.clientHeight) nav.scrollTop = a.offsetTop - nav.clientHeight / 2;
  }, { rootMargin: "-12% 0px -80% 0px" });
  for (const to of order) observer.observe(to);
})();
