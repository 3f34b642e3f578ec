import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSigner } from '../lib/aws/sigv4.ts';
import { shellCredentials } from './parts/credentials.ts';

/**
 * `npm run operate -- kick <user> [--device d] [--connection c]`, `-- drain <milliseconds>` or `-- factor <number>`:
 * invokes the function `operate`, the local one, or with `--function parley-prod-operate --region …` one in AWS, with
 * the credentials of the environment.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string' },
    connection: { type: 'string' },
    function: { type: 'string' },
    region: { type: 'string', default: process.env.AWS_REGION ?? 'us-east-1' },
  },
});

const pathOf = (name: string) => `/2015-03-31/functions/${name}/invocations`;

const askLocal = (body: string) => {
  const port = process.env.PARLEY_LAMBDA_PORT || '3002';
  return fetch(`http://localhost:${port}${pathOf('parley-dev-operate')}`, { method: 'POST', body });
};

const askAws = (name: string, body: string) => {
  const host = `lambda.${values.region}.amazonaws.com`;
  const path = pathOf(name);
  const sign = createSigner({ region: values.region, service: 'lambda' });
  const signed = sign({ method: 'POST', host, path, body }, shellCredentials(), new Date());
  return fetch(`https://${host}${path}`, { method: 'POST', body, headers: { ...signed } });
};

const invoke = async (command: object): Promise<Record<string, unknown>> => {
  const body = JSON.stringify(command);
  const response = await (values.function ? askAws(values.function, body) : askLocal(body));
  const text = await response.text();
  console.log(text);
  if (!response.ok || response.headers.has('x-amz-function-error')) {
    throw new Error(`operate answered ${response.status}`);
  }
  const answer: Record<string, unknown> = JSON.parse(text);
  if ('code' in answer) throw new Error(`refused: ${String(answer.code)}`);
  return answer;
};

const [verb, argument = ''] = positionals;
if (verb === 'kick') {
  const { device, connection } = values;
  await invoke({ kick: { user: argument, ...(device && { device }), ...(connection && { connection }) } });
} else if (verb === 'factor') {
  await invoke({ factor: Number(argument) });
} else if (verb === 'drain') {
  const overMs = Number(argument);
  const { before } = await invoke({ drain: { overMs } });
  await pause(overMs);
  await invoke({ drain: { before } });
} else {
  console.error('kick <user> [--device d] [--connection c], drain <milliseconds>, or factor <number>');
  process.exitCode = 1;
}
