import { type Answer, PageError, post, type Sending } from './api.ts';

/** What is sent of a picture: itself, or a smaller one in its place. */
interface Sent {
  blob: Blob;
  name: string;
}

interface Upload {
  /** The name under which the function keeps it. */
  kept?: string | undefined;
  /** Under way; ends when it has arrived or failed. */
  arriving?: Promise<unknown> | undefined;
  /** Nothing is kept there: each request brings the picture, and none waits for another. */
  never?: boolean;
}

const uploads = new WeakMap<Blob, Upload>();

/**
 * Posts a form about a picture. The picture is uploaded once; afterwards it is named, and sent again only where the
 * function has it no more. What is asked meanwhile waits for the upload.
 * @throws PageError in words, Aborted
 */
export async function postPicture(route: string, form: FormData, { blob, name }: Sent, how: Sending): Promise<Answer> {
  const upload = uploads.get(blob) ?? {};
  uploads.set(blob, upload);
  while (upload.arriving && !upload.never && !how.signal.aborted) await upload.arriving;
  if (upload.kept !== undefined) {
    form.set('kept', upload.kept);
    try {
      return await post(route, form, how);
    } catch (error) {
      if (!(error instanceof PageError) || error.code !== 'expired') throw error;
      form.delete('kept');
      upload.kept = undefined;
      return postPicture(route, form, { blob, name }, how);
    }
  }
  form.set('keep', 'true');
  form.set('image', blob, name);
  const asking = post(route, form, how);
  const learn = (answer: Answer): void => {
    upload.kept = answer.header('x-picture-kept') ?? undefined;
    upload.never = upload.kept === undefined;
  };
  const arriving = asking
    .then(learn, () => undefined)
    .then(() => {
      upload.arriving = undefined;
    });
  upload.arriving = arriving;
  return asking;
}
