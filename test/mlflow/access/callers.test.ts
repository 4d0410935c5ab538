import { accessOf } from '../../../lib/mlflow/access/access';
import { iamCaller, namedCaller, tokenCaller } from '../../../lib/mlflow/access/caller';
import { localAccess } from '../../../lib/mlflow/local-access';
import { fits, readTrackingPermissions } from '../../../lib/model/tracking-permissions';

const permissions = (file: object) => readTrackingPermissions(JSON.stringify(file));

it.each([
  ['arn:aws:iam::1:user/ann', 'user:ann'],
  ['arn:aws:iam::1:user/team/a/ann', 'user:ann'],
  ['arn:aws:sts::1:assumed-role/RiskAnalyst/ann@example.com', 'role:RiskAnalyst'],
  ['arn:aws-cn:sts::1:assumed-role/millrace-dev-x/user', 'role:millrace-dev-x'],
])('%s is %s', (arn, name) => {
  expect(iamCaller(arn)).toEqual({ by: arn, names: [name, arn] });
});

it('knows a root user by the ARN alone, and no user by the name of a session', () => {
  expect(iamCaller('arn:aws:iam::1:root').names).toEqual(['arn:aws:iam::1:root']);
  expect(iamCaller('arn:aws:sts::1:assumed-role/r/ann').names).not.toContain('user:ann');
});

it('takes user and groups from the claims that the file names', () => {
  const claims = { sub: '42', email: 'ann@example.com', 'cognito:groups': '[risk ml-admins]', roles: ['a'] };
  expect(tokenCaller(claims)).toEqual({ by: '42', names: ['user:42', 'group:risk', 'group:ml-admins'] });
  expect(tokenCaller(claims, { user: 'email', groups: 'roles' }).names).toEqual([
    'user:ann@example.com',
    'group:a',
  ]);
  expect(tokenCaller({}, { user: 'email', groups: 'roles' }).names).toEqual([]);
});

it('lets the first rule decide that fits name and caller, and the default where none does', () => {
  const file = permissions({
    default: 'READ',
    groups: { risk: ['role:Risk*'] },
    experiments: [
      { name: 'credit-secret', permission: 'NONE', to: ['*'] },
      { name: 'credit-*', permission: 'EDIT', to: ['group:risk'] },
      { name: '*', permission: 'MANAGE', to: ['user:root'] },
    ],
  });
  const held = (caller: string, name: string) =>
    accessOf(file, namedCaller(caller)).permission('experiment', name);
  expect(held('role:RiskAnalyst', 'credit-risk')).toBe('EDIT');
  expect(held('role:RiskAnalyst', 'credit-secret')).toBe('NONE');
  expect(held('root', 'credit-secret')).toBe('NONE');
  expect(held('root', 'credit-risk')).toBe('MANAGE');
  expect(held('bob', 'credit-risk')).toBe('READ');
  expect(accessOf(file, namedCaller('bob')).permission('model', 'credit-risk')).toBe('READ');
});

it.each([
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['*', '', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a.c', 'abc', false],
  ['abc', 'abcd', false],
  ['**x**', 'yxz', true],
])('%s fits %s: %s', (pattern, text, expected) => {
  expect(fits(pattern, text)).toBe(expected);
});

it.each([
  ['{', /is no JSON/],
  ['[]', /the file is \[\]; it has to be an object/],
  ['{"defualt":"READ"}', /has the member "defualt"; known are default, admins/],
  ['{"default":"WRITE"}', /default is "WRITE"; it has to be one of NONE, READ, EDIT, MANAGE/],
  ['{"admins":"ann"}', /admins is "ann"; it has to be a list/],
  ['{"admins":["ann"]}', /admins\[0\] is "ann"; it has to be user:<name>/],
  [
    '{"groups":{"a":["group:b"]}}',
    /groups\.a\[0\] is "group:b"; it has to be user:<name>, role:<name> or an ARN/,
  ],
  ['{"models":[{"name":"m","to":["*"]}]}', /models\[0\]\.permission is missing/],
  ['{"models":[{"name":"","permission":"READ","to":[]}]}', /models\[0\]\.name is ""/],
  [
    '{"experiments":[{"name":"m","permission":"READ","to":["*"],"x":1}]}',
    /experiments\[0\] has the member "x"/,
  ],
])('the file %s is refused', (text, message) => {
  expect(() => readTrackingPermissions(text)).toThrow(message);
});

it('lets callers name themselves on one machine; who names nobody is the developer', () => {
  const file = permissions({
    default: 'NONE',
    experiments: [{ name: 'e', permission: 'READ', to: ['user:a:b'] }],
  });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  expect(localAccess(file, undefined)).toEqual({});
  expect(localAccess(undefined, basic('ann:x'))).toEqual({});
  const { by, access } = localAccess(file, basic('a:b:secret'));
  expect([by, access?.permission('experiment', 'e')]).toEqual(['a:b', 'READ']);
});
