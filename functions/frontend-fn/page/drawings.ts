import type { Recorded } from '#contract/step-record';
import { latencyCsv } from '#report/latency-table';
import { timelineSvg } from '#report/timeline';
import { TEXTS } from '../texts.ts';
import { button, el, save } from './dom.ts';

const { pipeline: words } = TEXTS;

/** Buttons that save a run as the pipeline's function itself would draw and write it. */
export function drawings(records: Recorded[]): HTMLElement {
  const { svg, png, csv } = words.downloads;
  const svgFile = (): Blob => new Blob([timelineSvg(records)], { type: 'image/svg+xml' });
  const save3 = {
    [svg]: () => save(svgFile(), 'timeline.svg'),
    [png]: () => void pngOf(svgFile()).then((blob) => blob && save(blob, 'timeline.png')),
    [csv]: () => save(new Blob([latencyCsv(records)], { type: 'text/csv' }), 'latency.csv'),
  };
  const buttons = Object.entries(save3).map(([title, onClick]) => button(title, onClick, { class: 'quiet' }));
  return el('div', { class: 'actions' }, ...buttons);
}

/** The browser draws the SVG, twice as large so that it is sharp. */
async function pngOf(svg: Blob): Promise<Blob | null> {
  const src = URL.createObjectURL(svg);
  const image = el('img', { src });
  await image.decode();
  const canvas = el('canvas', { width: image.naturalWidth * 2, height: image.naturalHeight * 2 });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(src);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
