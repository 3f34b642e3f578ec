import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

/** Which statements each method of an adapter may send, read from its source. */
export type Methods = Map<string, Set<string>>;

type Node = { type: string; [field: string]: unknown };

const root = join(import.meta.dirname, '../..');
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const isOf = (value: unknown, type: string): value is Node => isNode(value) && value.type === type;

/** A node and all in it, but for names that are no references: those of properties. */
function* within(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* within(one);
  else if (isNode(value)) {
    yield value;
    const { key: _, property, ...rest } = value;
    yield* within(Object.values(rest));
    if (isOf(property, 'Computed')) yield* within(property.expression);
  } else if (typeof value === 'object' && value !== null) yield* within(Object.values(value));
}

const nameOf = (value: unknown) => (isOf(value, 'Identifier') ? String(value.value) : undefined);

/** The text of a string or of a template, less what is filled in: names of tables never are. */
const textOf = (value: unknown) =>
  isOf(value, 'StringLiteral')
    ? String(value.value)
    : [...within(value)].flatMap(({ type, raw }) => (type === 'TemplateElement' ? String(raw) : [])).join('');

const propertiesOf = (object: Node) => object.properties as Node[];

/** What is named directly here, and not in a function within. */
const namesIn = (statements: unknown): Map<string, Node> => {
  const names = new Map<string, Node>();
  for (const statement of statements as Node[]) {
    const declared = isOf(statement, 'ExportDeclaration') ? (statement.declaration as Node) : statement;
    for (const { id, init } of (declared.declarations ?? []) as Node[]) {
      const name = nameOf(id);
      if (name !== undefined && isNode(init)) names.set(name, init);
    }
  }
  return names;
};

/** What an adapter's factory returns. */
const returnedBy = (made: Node): Node => {
  const body = made.body as Node;
  const statements = isOf(body, 'FunctionBody') ? (body.stmts as Node[]) : [];
  const returned = statements.find(({ type }) => type === 'ReturnStatement')?.argument ?? body;
  const object = isOf(returned, 'ParenthesisExpression') ? returned.expression : returned;
  if (isOf(object, 'ObjectExpression')) return object;
  throw new Error('an adapter must return an object literal');
};

/**
 * The methods of the adapter that `factory` of a file makes. `others` are adapters that it is given, or makes: by the
 * names that they have in it. A local name stands for all that it was made of.
 */
export const methodsIn = (file: string, factory: string, others: Record<string, Methods> = {}): Methods => {
  const parsed = parseSync(readFileSync(join(root, file), 'utf8'), {
    syntax: 'typescript',
    target: 'es2024',
  });
  const locals = namesIn(parsed.body);
  const made = locals.get(factory);
  if (!made) throw new Error(`${file} has no ${factory}`);
  const { body } = made;
  if (isOf(body, 'FunctionBody')) for (const [name, node] of namesIn(body.stmts)) locals.set(name, node);

  const kept = locals.get('statements');
  const statements = new Map(
    (kept ? propertiesOf(kept) : []).map((one): [string, string] => [
      nameOf(one.key) ?? '',
      textOf(one.value),
    ]),
  );

  const usedBy = (node: unknown, seen: Set<string>): string[] =>
    [...within(node)].flatMap((one): string[] => {
      if (isOf(one, 'MemberExpression')) {
        const [owner = '', name] = [nameOf(one.object), nameOf(one.property)];
        // By a name that is computed any of them may be meant.
        if (owner === 'statements')
          return name === undefined ? [...statements.values()] : [statements.get(name) ?? ''];
        return [...(others[owner]?.get(name ?? '') ?? [])];
      }
      const name = nameOf(one) ?? '';
      const local =
        name === 'statements' || name === factory || seen.has(name) ? undefined : locals.get(name);
      return local ? usedBy(local, seen.add(name)) : [];
    });

  const methods: Methods = new Map();
  for (const property of propertiesOf(returnedBy(made))) {
    if (property.type === 'SpreadElement') {
      const spread = property.arguments as Node;
      const name = nameOf(spread) ?? nameOf(spread.callee) ?? '';
      const other = others[name];
      if (!other) throw new Error(`${file} spreads ${name}, which is not known`);
      for (const [method, used] of other) methods.set(method, used);
    } else {
      // A name alone stands for both.
      const [key, value] =
        property.type === 'Identifier' ? [property, property] : [property.key, property.value];
      methods.set(nameOf(key) ?? '', new Set(usedBy(value, new Set())));
    }
  }
  return methods;
};
