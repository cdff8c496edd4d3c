import './main.css';
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js?file';
import { nameWhatIsShown, withoutNestedLinks } from './accessible.ts';

/* The page of the API: Swagger UI with the document of its own server. */

interface Media {
  schema?: { properties?: Record<string, unknown>; required?: string[] };
  example?: Record<string, unknown>;
}

interface Operation {
  parameters?: { name: string }[];
  requestBody?: { content: Record<string, Media> };
  responses?: Record<string, { content?: Record<string, unknown> }>;
}

interface Described {
  servers?: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

type SwaggerUi = (options: Record<string, unknown>) => unknown;

/** A script and not a module: it defines a global. */
function loadSwaggerUi(): Promise<SwaggerUi> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(bundle, import.meta.url).href;
    script.onload = () => resolve((globalThis as unknown as { SwaggerUIBundle: SwaggerUi }).SwaggerUIBundle);
    script.onerror = () => reject(new Error('The script of the page did not load.'));
    document.head.append(script);
  });
}

async function loadDocument(address: string): Promise<Described> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The document did not load (${response.status}).`);
  return response.json();
}

/** Calls go to the page's own origin. */
function forThisPage(described: Described): Described {
  for (const operation of Object.values(described.paths).flatMap((item) => Object.values(item))) {
    askOnce(operation);
    askForOnePicture(operation);
    showPictures(operation);
  }
  return { ...described, servers: [{ url: location.origin }] };
}

/** Options may be in the query or in the body; Swagger UI would send them in both, which is an error. */
function askOnce({ parameters = [], requestBody }: Operation): void {
  for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
    for (const { name } of parameters) {
      delete schema?.properties?.[name];
      delete example?.[name];
    }
  }
}

/** One picture or a list of them: Swagger UI would send an empty list with the picture, which is an error. */
function askForOnePicture({ requestBody }: Operation): void {
  const { schema } = requestBody?.content['multipart/form-data'] ?? {};
  if (!schema?.properties?.image) return;
  delete schema.properties.images;
  schema.required = ['image'];
}

/** Swagger UI requests the first type: a picture rather than JSON. */
function showPictures({ responses = {} }: Operation): void {
  for (const { content } of Object.values(responses)) {
    const json = content?.['application/json'];
    if (!content?.['image/*'] || !json) continue;
    delete content['application/json'];
    content['application/json'] = json;
  }
}

async function main(page: HTMLElement): Promise<void> {
  const [swaggerUi, described] = await Promise.all([loadSwaggerUi(), loadDocument(page.dataset.document ?? '')]);
  nameWhatIsShown(page);
  swaggerUi({
    domNode: page,
    spec: forThisPage(described),
    deepLinking: true,
    // The functions first; an address such as #/rotate-fn/rotate opens its own.
    docExpansion: 'none',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: true,
    // By default the document would be sent to a service elsewhere.
    validatorUrl: null,
    plugins: [withoutNestedLinks],
    // No theme of it can be read both in the light and in the dark.
    syntaxHighlight: false,
  });
}

/** Swagger UI's style has colours for the dark, which a class turns on. */
function followColourScheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => void document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

followColourScheme();
const page = document.getElementById('docs');
if (page) {
  main(page).catch((error: Error) => {
    page.setAttribute('role', 'alert');
    page.textContent = `${error.message} Reload the page.`;
  });
}
