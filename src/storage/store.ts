import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { envText } from '#config/env';
import { folderStore } from '#storage/store-folder';
import { type ObjectStore, unavailable } from '#storage/store-keys';

/* The object store, for data that must outlive a call. */
export {
  type Area,
  isPictureRef,
  newName,
  type ObjectInfo,
  type ObjectMeta,
  type ObjectStore,
  type StoredObject,
  unavailable,
} from '#storage/store-keys';

/**
 * The store of `STORE_URL`: `file:…` (by default `.obscura/store`) or
 * `s3://bucket[/prefix][?endpoint=…&region=…&public=…]`. Pods do not share a folder, so a cluster needs S3.
 * @throws Problem `store-unavailable` if a cluster has no S3; Error if STORE_URL is invalid
 */
export function objectStoreFromEnv(): ObjectStore {
  const url = envText('STORE_URL', pathToFileURL(path.resolve('.obscura/store')).href);
  if (url.startsWith('s3://')) return lazily(() => import('#storage/store-s3').then(({ s3Store }) => s3Store(url)));
  if (!url.startsWith('file:')) throw new Error('STORE_URL must begin with file: or s3://.');
  if (process.env.KUBERNETES_SERVICE_HOST) {
    throw unavailable('On a cluster the store must be S3: its operator sets STORE_URL=s3://….');
  }
  return folderStore(folderOf(url));
}

let shared: ObjectStore | undefined;

/** The store of this process. @throws as {@link objectStoreFromEnv} */
export function openStore(): ObjectStore {
  shared ??= objectStoreFromEnv();
  return shared;
}

/** Parses a file URL: `file:store` and `file:/var/store` are paths, `file:///C:/store` is a URL. */
function folderOf(url: string): string {
  const rest = url.slice('file:'.length);
  if (rest.startsWith('//')) return decodeURIComponent(new URL(url).pathname).replace(/^\/(?=[A-Za-z]:)/, '');
  return path.resolve(rest);
}

/** Loads a store's code on first use, so that it does not slow down the start. */
function lazily(load: () => Promise<ObjectStore>): ObjectStore {
  let loading: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => {
    loading ??= load();
    return loading;
  };
  return {
    put: async (...given) => (await store()).put(...given),
    get: async (key) => (await store()).get(key),
    head: async (key) => (await store()).head(key),
    list: async function* (area) {
      yield* (await store()).list(area);
    },
    delete: async (key) => (await store()).delete(key),
    link: async (...given) => (await store()).link(...given),
    close: async () => (await loading)?.close(),
  };
}
