// Evaluated in the page by page.test.ts: what is drawn, and what overflows.
(() => {
  const charts = [...document.querySelectorAll('figure.chart')].map((figure) => {
    const marks = [...figure.querySelectorAll('.s .line, .s .bar, .s .mark, .cell')].filter((mark) => {
      const box = mark.getBoundingClientRect();
      return box.width + box.height > 0;
    });
    return {
      id: figure.id,
      marks: marks.length,
      label: figure.querySelector(':scope > svg')?.getAttribute('aria-label') ?? '',
    };
  });
  const wide = [...document.querySelectorAll('main *')]
    .filter((element) => element.closest('.scroll') === null && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.outerHTML.slice(0, 80));
  const cut = [...document.querySelectorAll('figure.chart > svg text')]
    .filter((text) => {
      const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
      return inner.left < outer.left - 1 || inner.right > outer.right + 1;
    })
    .map((text) => text.textContent);
  const style = getComputedStyle(document.body);
  return { charts, wide, cut, page: document.documentElement.scrollWidth, paper: style.backgroundColor };
})();
