import { Trouble } from './api.ts';
import { byId } from './dom.ts';
import { TEXTS } from './texts.ts';

/** What a person brought. */
export interface Picture {
  blob: Blob;
  name: string;
}

export interface Receiver {
  take(picture: Picture): void;
  /** Says what is wrong, with the name of the file where there is one. */
  refuse(trouble: Trouble, name?: string): void;
  /** Announces a picture that is still on its way; tells later whether it is still wanted. */
  expect(): () => boolean;
  /** Said beside the picture, such as that only the first of several was taken. */
  note(sentence: string): void;
}

/** Listens wherever a picture may come from: the file field, a drop anywhere, the clipboard, the samples. */
export function listen(receiver: Receiver): void {
  const most = Number(document.querySelector('main')?.dataset.maxBytes) || Number.POSITIVE_INFINITY;
  const take = (files: FileList | undefined | null): void => takeFiles(files, most, receiver);
  fromFileField(take);
  fromDrop(take);
  document.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (files && files.length > 0) take(files);
  });
  const readSample = sampleReader(receiver);
  for (const link of document.querySelectorAll<HTMLAnchorElement>('[data-sample]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void readSample(link.dataset.sample ?? '');
    });
  }
}

function takeFiles(files: FileList | undefined | null, most: number, receiver: Receiver): void {
  const file = files?.[0];
  if (!file) {
    receiver.refuse(new Trouble(TEXTS.notAFile, 'source-missing'));
    return;
  }
  const trouble = troubleWith(file, most);
  if (trouble) {
    receiver.refuse(trouble, file.name);
    return;
  }
  receiver.take({ blob: file, name: file.name || TEXTS.pasted });
  if ((files?.length ?? 0) > 1) receiver.note(TEXTS.severalFiles);
}

/** What can be told before anything is sent. Whether it is a picture, the function judges by its bytes. */
function troubleWith(file: File, most: number): Trouble | undefined {
  if (file.size === 0) return new Trouble(TEXTS.empty, 'source-missing');
  if (file.size > most) return new Trouble(TEXTS.tooLarge(file.size, most), 'body-too-large');
  return undefined;
}

function fromFileField(take: (files: FileList | null) => void): void {
  const field = byId<HTMLInputElement>('image');
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
    take(event.dataTransfer?.files);
  });
}

/** Words dragged into a text field are the field's own business. */
function isText({ target, dataTransfer }: DragEvent): boolean {
  return target instanceof HTMLInputElement && target.type === 'text' && !dataTransfer?.types.includes('Files');
}

/** Picks a sample up; a picture that arrives meanwhile wins. */
function sampleReader(receiver: Receiver): (name: string) => Promise<void> {
  return async (name) => {
    const stillWanted = receiver.expect();
    try {
      const response = await fetch(`samples/${name}`);
      if (!response.ok) throw new Error(String(response.status));
      const blob = await response.blob();
      if (stillWanted()) receiver.take({ blob, name });
    } catch {
      if (stillWanted()) receiver.refuse(new Trouble(TEXTS.sampleGone, 'no-answer'));
    }
  };
}
