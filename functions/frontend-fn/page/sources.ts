import { TEXTS } from '../texts.ts';
import { get, PageError } from './api.ts';
import { readable } from './convert.ts';
import { byId } from './dom.ts';
import { type Picture, pictureOf } from './picture.ts';

const { picture: words } = TEXTS;

export interface Receiver {
  take(pictures: Picture[]): void;
  /** Says what is wrong, with the name of the file where there is one. */
  refuse(trouble: PageError, name?: string): void;
  /** Labels that suit what is taken next. */
  suggest(labels: string[]): void;
}

/** Listens wherever a picture may come from: the fields, a drop anywhere, the clipboard, an address, the samples. */
export function listen(receiver: Receiver): void {
  const most = Number(document.querySelector('main')?.dataset.maxBytes) || Number.POSITIVE_INFINITY;
  const take = (files: FileList | undefined | null): void => void takeFiles(files, most, receiver);
  for (const id of ['image', 'camera']) fromField(byId<HTMLInputElement>(id), take);
  byId<HTMLInputElement>('image').multiple = true;
  fromDrop(take);
  document.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (files && files.length > 0 && !isForField(event)) take(files);
  });
  fromAddress(receiver);
  fromSamples(receiver);
}

/** Good files are taken; what is wrong with the others is said. */
async function takeFiles(files: FileList | undefined | null, most: number, receiver: Receiver): Promise<void> {
  const all = [...(files ?? [])];
  if (all.length === 0) receiver.refuse(new PageError(words.notAFile, 'source-missing'));
  const fine: Picture[] = [];
  const refused: [PageError, string][] = [];
  // One after the other: a converted picture is large while it is decoded.
  for (const file of all) {
    try {
      const checked = check(await readable(check(file, most)), most);
      fine.push(pictureOf(checked, checked.name || words.pasted));
    } catch (error) {
      refused.push([error instanceof PageError ? error : new PageError(words.unreadable, 'source-missing'), file.name]);
    }
  }
  if (fine.length > 0) receiver.take(fine);
  for (const [trouble, name] of refused) receiver.refuse(trouble, name);
}

/** Checks a file before it is sent; whether it is a picture, the function judges by its bytes. @throws PageError */
function check(file: File, most: number): File {
  if (file.size === 0) throw new PageError(words.empty, 'source-missing');
  if (file.size > most) throw new PageError(words.tooLarge(file.size, most), 'body-too-large');
  return file;
}

function fromField(field: HTMLInputElement, take: (files: FileList | null) => void): void {
  field.addEventListener('change', () => {
    if (field.files?.length) take(field.files);
    // So that the same file, changed meanwhile, can be chosen again.
    field.value = '';
  });
}

/** Counts enter and leave, which come for every element that the pointer crosses. */
function fromDrop(take: (files: FileList | undefined) => void): void {
  let depth = 0;
  const mark = (change: number): void => {
    depth = Math.max(0, depth + change);
    document.documentElement.classList.toggle('dragging', depth > 0);
  };
  addEventListener('dragenter', (event) => !isText(event) && mark(1));
  addEventListener('dragleave', (event) => !isText(event) && mark(-1));
  addEventListener('dragover', (event) => !isText(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    if (isText(event)) return;
    event.preventDefault();
    mark(-depth);
    // A class of examples takes its own.
    if ((event.target as Element).closest('[data-takes-photos]')) return;
    take(event.dataTransfer?.files);
  });
}

/** Cells of a spreadsheet come as words and as a picture of them: a text field wants the words. */
function isForField({ target, clipboardData }: ClipboardEvent): boolean {
  return target instanceof HTMLInputElement && target.type !== 'file' && clipboardData?.getData('text/plain') !== '';
}

/** Words dragged into a text field are the field's own business. */
function isText({ target, dataTransfer }: DragEvent): boolean {
  return target instanceof HTMLInputElement && target.type !== 'file' && !dataTransfer?.types.includes('Files');
}

function fromAddress(receiver: Receiver): void {
  const field = byId<HTMLInputElement>('address');
  byId<HTMLFormElement>('by-address').addEventListener('submit', (event) => {
    event.preventDefault();
    const url = field.value.trim();
    if (!/^https?:\/\/./i.test(url)) {
      receiver.refuse(new PageError(words.notAnAddress, 'source-missing'));
      return;
    }
    void fetched(receiver, `picture?${new URLSearchParams({ url })}`, nameIn(url), url);
  });
}

/** The last part of an address, as a name for what it leads to. */
function nameIn(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') || words.fetched;
  } catch {
    return words.fetched;
  }
}

function fromSamples(receiver: Receiver): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('[data-sample]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { sample: name = '', labels = '' } = link.dataset;
      receiver.suggest(labels.split(','));
      void fetched(receiver, `samples/${name}`, name);
    });
  }
}

async function fetched(receiver: Receiver, route: string, name: string, url?: string): Promise<void> {
  document.documentElement.classList.add('fetching');
  try {
    const blob = await (await get(route, 'image/*')).blob();
    receiver.take([pictureOf(blob, name, url)]);
  } catch (error) {
    receiver.refuse(error instanceof PageError ? error : new PageError(words.sampleGone, 'no-answer'), url && name);
  } finally {
    document.documentElement.classList.remove('fetching');
  }
}
