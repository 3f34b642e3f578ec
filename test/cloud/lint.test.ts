import { expect, jest, test } from '@jest/globals';
import { region } from '../support/cloud/checkout.ts';
import { describeWithPython, runTool } from '../support/cloud/python.ts';
import { everyStage, templateFile } from '../support/cloud/stages.ts';
import { waivers } from './waivers.ts';

jest.setTimeout(180_000);

/** osls names dependencies that its references imply: nothing is wrong with a template that says so twice. */
const impliedByReference = 'W3005';

type Match = { Rule: { Id: string }; Message: string; Filename: string };
type Report = {
  summary: { passed: number; parsing_errors: number };
  results: { failed_checks: { check_id: string; resource: string; file_path: string }[] };
};

describeWithPython('the templates', () => {
  test('cfn-lint finds nothing in any of them', async () => {
    const templates = everyStage.flatMap((stage) => ['-t', templateFile(stage)]);
    const found: Match[] = JSON.parse(
      await runTool([
        ...['-c', 'from cfnlint.runner import main; main()', '--format', 'json', '--regions', region],
        ...['--ignore-checks', impliedByReference, ...templates],
      ]),
    );
    expect(found.map(({ Rule, Message, Filename }) => `${Rule.Id} ${Message} ${Filename}`)).toEqual([]);
  });

  test('another name of the cache makes another cache, which knows nothing', async () => {
    const code = [
      'from cfnlint.schema import PROVIDER_SCHEMA_MANAGER as schemas',
      `cache = schemas.get_resource_schema("${region}", "AWS::ElastiCache::ServerlessCache").schema`,
      'print(*cache["createOnlyProperties"])',
    ];
    expect((await runTool(['-c', code.join('\n')])).split(' ')).toContain('/properties/ServerlessCacheName');
  });

  test('checkov finds what is waived, with a reason each, and nothing else', async () => {
    const files = everyStage.flatMap((stage) => ['-f', templateFile(stage)]);
    const report: Report = JSON.parse(
      await runTool([
        ...['-m', 'checkov.main', '--framework', 'cloudformation', '--skip-download'],
        ...['--compact', '--quiet', '-o', 'json', ...files],
      ]),
    );
    expect(report.summary).toMatchObject({ parsing_errors: 0 });
    expect(report.summary.passed).toBeGreaterThan(0);
    const found = report.results.failed_checks.map(({ check_id, resource, file_path }) => ({
      check: check_id,
      name: resource.split('.').at(-1) ?? '',
      file_path,
    }));
    const fits = (one: (typeof found)[number]) =>
      waivers.find(
        ({ check, where, only = '' }) =>
          check === one.check && where.test(one.name) && one.file_path.includes(`/stages/${only}`),
      );
    expect(found.filter((one) => !fits(one))).toEqual([]);
    const used = new Set(found.map(fits));
    expect(waivers.filter((waiver) => !used.has(waiver))).toEqual([]);
  });
});
