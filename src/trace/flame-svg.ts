/**
 * A flame graph as one SVG file: every frame a box as wide as its share of the samples, callers below callees. Readable
 * without script (each box has a title); the script inside only zooms. With two profiles the boxes are those of both,
 * coloured by what changed from the first to the second.
 */
import { escapeXml } from '../report/xml.js';
import type { StackNode } from './stacks.js';

interface FlameProfile {
  /** `io_uring+sqpoll`. */
  readonly label: string;
  /** What one sample stands for, CPU ns per I/O: compares engines that did different numbers of I/Os. */
  readonly nsPerIoOfSample: number;
}

interface FlameInput {
  readonly root: StackNode;
  /** One, or two for a differential graph. */
  readonly profiles: readonly FlameProfile[];
  readonly title: string;
  /** A line under the title. */
  readonly note: string;
}

const widthPx = 1200;
const rowPx = 17;
const headPx = 76;
const marginPx = 10;
/** Narrower boxes cannot be seen, and make the file large. */
const boxPxMin = 0.25;
const charPx = 6.6;

const colors = { thread: '#c9c9c9', kernel: '#f0a35e', javascript: '#8fc97f', native: '#8fb8de' } as const;
const meanings = { kernel: 'kernel', javascript: 'JavaScript', native: 'native code', thread: 'thread' } as const;

interface Box {
  readonly node: StackNode;
  /** 0…1 of the whole width. */
  readonly left: number;
  readonly width: number;
  readonly level: number;
  /** CPU ns per I/O, per profile. */
  readonly costs: readonly number[];
}

export function flameSvg(input: FlameInput): string {
  const boxes = layOut(input);
  const levelCount = Math.max(0, ...boxes.map(({ level }) => level)) + 1;
  const heightPx = headPx + levelCount * rowPx + 24;
  const totals = costsOf(input.root, input.profiles);
  const elements = boxes.map((box) => boxElement(box, heightPx, totals, input));
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${heightPx}" width="${widthPx}" height="${heightPx}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">
<style>
.box rect { stroke: #fff; stroke-width: 0.5 } .box { cursor: pointer } .box:hover rect { stroke: #000 }
.box text { pointer-events: none } .away { display: none } .faded rect { opacity: 0.5 }
#reset { cursor: pointer; display: none }
</style>
<rect width="100%" height="100%" fill="#fdfdfd"/>
<text x="${marginPx}" y="22" font-size="15" font-weight="bold">${escapeXml(input.title)}</text>
<text x="${marginPx}" y="40">${escapeXml(input.note)}</text>
${legend(input)}
<text id="reset" x="${widthPx - marginPx}" y="22" text-anchor="end" fill="#0645ad">zoom out</text>
<text id="detail" x="${marginPx}" y="${heightPx - 8}"> </text>
<g id="boxes">
${elements.join('\n')}
</g>
<script><![CDATA[${zoomScript}]]></script>
</svg>
`;
}

function costsOf(node: StackNode, profiles: readonly FlameProfile[]): number[] {
  return profiles.map(({ nsPerIoOfSample }, index) => node.counts[index]! * nsPerIoOfSample);
}

/** Of a differential graph each width is of the larger of both costs, so that what vanished is seen too. */
function layOut({ root, profiles }: FlameInput): Box[] {
  const boxes: Box[] = [];
  const weights = new Map<StackNode, number>();
  const weigh = (node: StackNode): number => {
    const inner = [...node.children.values()].reduce((sum, child) => sum + weigh(child), 0);
    const whole = Math.max(inner, ...costsOf(node, profiles));
    weights.set(node, whole);
    return whole;
  };
  const all = weigh(root);
  const place = (node: StackNode, left: number, level: number): void => {
    const width = all === 0 ? 0 : weights.get(node)! / all;
    if (width * (widthPx - 2 * marginPx) < boxPxMin) return;
    boxes.push({ node, left, width, level, costs: costsOf(node, profiles) });
    let at = left;
    const children = [...node.children.values()].sort((one, other) => (one.frame.name < other.frame.name ? -1 : 1));
    for (const child of children) {
      place(child, at, level + 1);
      at += weights.get(child)! / all;
    }
  };
  place(root, 0, 0);
  return boxes;
}

function boxElement(box: Box, heightPx: number, totals: readonly number[], { profiles }: FlameInput): string {
  const usable = widthPx - 2 * marginPx;
  const x = marginPx + box.left * usable;
  const width = box.width * usable;
  const y = heightPx - 24 - (box.level + 1) * rowPx;
  const { name, kind } = box.node.frame;
  const figures = profiles.map(({ label }, index) => {
    const share = totals[index]! === 0 ? 0 : (box.costs[index]! / totals[index]!) * 100;
    const count = box.node.counts[index]!;
    return `${label}: ${share.toFixed(1)} %, ${ns(box.costs[index]!)} per I/O, ${count} samples`;
  });
  const change = profiles.length === 2 ? `; ${changeText(box.costs)}` : '';
  const title = `${name} (${meanings[kind]}); ${figures.join('; ')}${change}`;
  const fill = profiles.length === 2 ? changeColor(box.costs, Math.max(...totals)) : colors[kind];
  const text = cut(name, width);
  const ink = profiles.length === 2 && isDark(box.costs, Math.max(...totals)) ? ' fill="#fff"' : '';
  return (
    `<g class="box" data-l="${box.left.toFixed(6)}" data-w="${box.width.toFixed(6)}" data-v="${box.level}" data-n="${escapeXml(name)}">` +
    `<title>${escapeXml(title)}</title>` +
    `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${rowPx - 1}" fill="${fill}"/>` +
    `<text x="${(x + 3).toFixed(2)}" y="${y + 12}"${ink}>${escapeXml(text)}</text></g>`
  );
}

function ns(value: number): string {
  return value < 1000 ? `${value.toFixed(value < 10 ? 2 : 0)} ns` : `${(value / 1000).toFixed(2)} us`;
}

function changeText([first, second]: readonly number[]): string {
  const change = second! - first!;
  return `${change >= 0 ? '+' : '-'}${ns(Math.abs(change))} per I/O`;
}

/** Red where the second costs more, blue where it costs less; the deeper the larger a part of all it is. */
function changeColor(costs: readonly number[], total: number): string {
  const faded = Math.round(240 - 170 * changeDepth(costs, total));
  return costs[1]! >= costs[0]! ? `rgb(240,${faded},${faded})` : `rgb(${faded},${faded},240)`;
}

/** 0…1. */
function changeDepth([first, second]: readonly number[], total: number): number {
  const change = total === 0 ? 0 : Math.abs(second! - first!) / total;
  return change === 0 ? 0 : Math.min(1, change * 5 + 0.08);
}

/** Blue grows dark sooner than red. */
function isDark(costs: readonly number[], total: number): boolean {
  return changeDepth(costs, total) > (costs[1]! < costs[0]! ? 0.5 : 0.8);
}

function cut(name: string, width: number): string {
  const fits = Math.floor((width - 6) / charPx);
  if (fits < 3) return '';
  return name.length <= fits ? name : `${name.slice(0, fits - 2)}..`;
}

function legend({ profiles }: FlameInput): string {
  const entries =
    profiles.length === 2
      ? [
          ['rgb(240,70,70)', `${profiles[1]!.label} costs more than ${profiles[0]!.label}`],
          ['rgb(70,70,240)', 'costs less'],
          ['rgb(240,240,240)', 'the same'],
        ]
      : (['kernel', 'javascript', 'native'] as const).map((kind) => [colors[kind], meanings[kind]]);
  let x = marginPx;
  return entries
    .map(([color, text]) => {
      const at = x;
      x += 24 + text!.length * charPx;
      return `<rect x="${at}" y="52" width="11" height="11" fill="${color}"/><text x="${at + 16}" y="62">${escapeXml(text!)}</text>`;
    })
    .join('');
}

/** A click on a box makes it as wide as the picture, with what it calls; those below it stay, faded. */
const zoomScript = `
(function () {
  var usable = ${widthPx - 2 * marginPx}, margin = ${marginPx}, charPx = ${charPx};
  var boxes = Array.prototype.slice.call(document.querySelectorAll('.box'));
  var detail = document.getElementById('detail'), reset = document.getElementById('reset');
  function number(box, name) { return parseFloat(box.getAttribute('data-' + name)); }
  function zoom(to) {
    var left = to ? number(to, 'l') : 0, width = to ? number(to, 'w') : 1, level = to ? number(to, 'v') : 0, slack = 1e-6;
    boxes.forEach(function (box) {
      var l = number(box, 'l'), w = number(box, 'w'), v = number(box, 'v');
      var isBelow = v < level && l <= left + slack && l + w >= left + width - slack;
      var isInside = v >= level && l >= left - slack && l + w <= left + width + slack;
      box.setAttribute('class', 'box' + (isBelow ? ' faded' : isInside ? '' : ' away'));
      if (!isBelow && !isInside) return;
      var x = isBelow ? margin : margin + (l - left) / width * usable, px = isBelow ? usable : w / width * usable;
      var rect = box.querySelector('rect'), text = box.querySelector('text');
      rect.setAttribute('x', x); rect.setAttribute('width', px); text.setAttribute('x', x + 3);
      var name = box.getAttribute('data-n'), fits = Math.floor((px - 6) / charPx);
      text.textContent = fits < 3 ? '' : name.length <= fits ? name : name.slice(0, fits - 2) + '..';
    });
    reset.style.display = to && level > 0 ? 'block' : 'none';
  }
  boxes.forEach(function (box) {
    box.addEventListener('click', function () { zoom(box); });
    box.addEventListener('mouseover', function () { detail.textContent = box.querySelector('title').textContent; });
  });
  reset.addEventListener('click', function () { zoom(null); });
})();
`;
