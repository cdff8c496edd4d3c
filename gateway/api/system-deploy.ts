import { answerText } from '../http/answer.ts';
import { BadBody, readJsonBody } from '../http/json-body.ts';
import { bareName, fullName, NAMESPACE } from '../stack/names.ts';
import { type FunctionSpec, StackError } from '../stack/stack.ts';
import { readDeployment } from './deployment.ts';
import type { Answer, SystemOptions } from './system-options.ts';

/** POST /system/functions */
export const create: Answer = async ({ request, response }, options) => {
  const spec = readDeployment(await readJsonBody(request));
  if (options.registry.get(spec.name)) {
    return answerText(response, 409, `The function ${spec.name} is deployed already; update it with PUT.`);
  }
  answerText(response, ...(await deploy(spec, options)));
};

/** PUT /system/functions: replaces the whole specification. */
export const update: Answer = async ({ request, response }, options) => {
  const spec = readDeployment(await readJsonBody(request));
  if (!options.registry.get(spec.name)) {
    return answerText(response, 404, `error finding function ${fullName(spec.name)}: it is not deployed`);
  }
  answerText(response, ...(await deploy(spec, options)));
};

/** DELETE /system/functions: calls in flight are answered first. */
export const remove: Answer = async ({ request, response }, { registry, log }) => {
  const { functionName, namespace } = await readJsonBody(request);
  if (typeof functionName !== 'string' || functionName === '') throw new BadBody('Give the name as functionName.');
  if (namespace !== undefined && namespace !== '' && namespace !== NAMESPACE) {
    throw new BadBody(`namespace must be: ${NAMESPACE}`);
  }
  const name = bareName(functionName);
  if (!registry.remove(name)) return answerText(response, 404, 'No function of that name is deployed on this gateway.');
  log.info(`${name} was removed; if the stack file has it, it is back when the gateway restarts`);
  answerText(response, 202, '');
};

/** Replaces a function: the new one takes requests at once, the old one finishes its own. */
async function deploy(spec: FunctionSpec, options: SystemOptions): Promise<[status: number, text: string]> {
  const { registry, deployer, secrets, log } = options;
  const bundle = deployer.bundleOf(spec.image);
  if (bundle === undefined) {
    return [
      501,
      `This gateway cannot run the image ${spec.image}: it runs functions of its stack file, built by npm run build ` +
        `(${deployer.bundles}). Add a function there, or deploy the image on OpenFaaS.`,
    ];
  }
  for (const name of spec.secrets) {
    if (!(await secrets.has(name)))
      return [400, `There is no secret ${name}; create it first: faas-cli secret create.`];
  }
  try {
    const fresh = deployer.make(spec, bundle);
    registry.add(fresh);
    // As on OpenFaaS, it starts before the first request: faas-cli ready waits for that.
    fresh.upstream.scale(fresh.settings.minReplicas);
  } catch (error) {
    if (error instanceof StackError) throw new BadBody(error.message);
    throw error;
  }
  log.info(`${spec.name} was deployed, until the gateway stops`);
  return [202, ''];
}
