import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { asyncApi, frameSchemas, openApi } from '../../scripts/documents.ts';
import { textOf } from './sources.ts';

const { version } = JSON.parse(textOf('package.json'));
const plain = (document: unknown) => JSON.parse(JSON.stringify(document));

/** Every `$ref` of a document, and whether it leads anywhere. */
const brokenRefs = (document: object): string[] => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  const leads = (path: string) =>
    path
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document) !==
    undefined;
  return refs.filter((path) => !leads(path));
};

describe('the documents made from the schema', () => {
  test('are up to date', () => {
    expect(parse(textOf('docs/asyncapi.yaml'))).toEqual(plain(asyncApi(version)));
    expect(parse(textOf('docs/openapi.yaml'))).toEqual(plain(openApi(version)));
    expect(JSON.parse(textOf('schema/frames.gen.json'))).toEqual(plain(frameSchemas()));
  });

  test('asyncapi.yaml is AsyncAPI 3.0', () => {
    const schema = JSON.parse(textOf('node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(schema);
    validate(parse(textOf('docs/asyncapi.yaml')));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('openapi.yaml is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(parse(textOf('docs/openapi.yaml')));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  test.each(['docs/asyncapi.yaml', 'docs/openapi.yaml'])('every reference in %s leads somewhere', (file) => {
    expect(brokenRefs(parse(textOf(file)))).toEqual([]);
  });
});
