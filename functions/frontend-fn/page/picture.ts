/** What a person brought. The object itself is its identity: the same file twice is two pictures. */
export interface Picture {
  blob: Blob;
  name: string;
  /** Shown from here; freed when the picture is removed. */
  src: string;
  /** Whether this browser can show it; the first call decodes it. */
  shows(): Promise<boolean>;
  /** Where it was fetched from, when it was. */
  url?: string;
}

/** Pictures on the sheet, and the one that is looked at. */
export interface PictureList {
  all(): readonly Picture[];
  current(): Picture | undefined;
  /** Puts pictures on the sheet and shows the first of them. */
  add(pictures: Picture[]): void;
  select(picture: Picture): void;
  remove(picture: Picture): void;
  clear(): void;
}

/** As many as one run of the pipeline takes. */
export const MOST_IN_RUN = 64;
/** As many as a sheet can be looked through. */
export const MOST_PICTURES = 256;

export function pictureList(onChange: () => void): PictureList {
  let pictures: readonly Picture[] = [];
  let current: Picture | undefined;
  return {
    all: () => pictures,
    current: () => current,
    add(fresh) {
      pictures = [...pictures, ...fresh];
      current = fresh[0] ?? current;
      onChange();
    },
    select(picture) {
      if (!pictures.includes(picture) || picture === current) return;
      current = picture;
      onChange();
    },
    remove(picture) {
      const place = pictures.indexOf(picture);
      if (place < 0) return;
      pictures = pictures.filter((one) => one !== picture);
      if (current === picture) current = pictures[place] ?? pictures.at(-1);
      URL.revokeObjectURL(picture.src);
      onChange();
    },
    clear() {
      for (const { src } of pictures) URL.revokeObjectURL(src);
      pictures = [];
      current = undefined;
      onChange();
    },
  };
}

export function pictureOf(blob: Blob, name: string, url?: string): Picture {
  const src = URL.createObjectURL(blob);
  let shown: Promise<boolean> | undefined;
  const decode = (): Promise<boolean> =>
    Object.assign(new Image(), { src })
      .decode()
      .then(
        () => true,
        () => false,
      );
  const shows = (): Promise<boolean> => {
    shown ??= decode();
    return shown;
  };
  return { blob, name, src, shows, ...(url !== undefined && { url }) };
}

/** `holiday.jpeg` → `holiday` */
export function stemOf({ name }: Picture): string {
  return name.replace(/\.[^.]*$/, '') || name;
}

/** `image/jpeg` → `jpg`, `application/json` → `json` */
export function extensionOf(type: string): string {
  return type === 'image/jpeg' ? 'jpg' : type.replace(/^\w+\//, '').replace(/\W.*$/, '') || 'jpg';
}
