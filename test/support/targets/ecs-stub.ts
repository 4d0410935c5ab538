/** ECS (protocol aws-json) and Elastic Load Balancing (protocol query, answers in XML) at one address. */
import { jsonError, StubServer, type StubAnswer, type TargetStub } from './stub-server';

interface Service {
  readonly serviceName: string;
  taskDefinition: string;
  desiredCount: number;
  status: 'ACTIVE' | 'INACTIVE';
  asked: number;
}
interface Rule {
  readonly arn: string;
  readonly priority: string;
  readonly path: string;
  readonly header: string | undefined;
  groups: readonly { readonly arn: string; readonly weight: number }[];
}
type Input = Record<string, never>;

const STEPS = 2;
export const LISTENER = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/models/1/2';

export async function startEcsStub(): Promise<TargetStub> {
  const definitions = new Map<string, { image: string; revision: number; input: Input }>();
  const services = new Map<string, Service>();
  const groups = new Map<string, string>();
  const rules = new Map<string, Rule>();
  const broken = new Set<string>();
  let count = 0;

  const described = (service: Service) => {
    service.asked++;
    const image =
      definitions.get(/task-definition\/(.+):\d+$/.exec(service.taskDefinition)?.[1] ?? '')?.image ?? '';
    const failed = service.asked > STEPS && broken.has(image);
    const done = service.asked > STEPS && !failed;
    return {
      ...service,
      deployments: [
        {
          status: 'PRIMARY',
          rolloutState: failed ? 'FAILED' : done ? 'COMPLETED' : 'IN_PROGRESS',
          rolloutStateReason: failed
            ? 'ECS deployment circuit breaker: tasks failed to start.'
            : 'in progress',
          runningCount: done ? service.desiredCount : 0,
        },
      ],
    };
  };
  const ok = (body: object): StubAnswer => ({ status: 200, body });

  const ecs: Record<string, (input: Input) => StubAnswer> = {
    RegisterTaskDefinition: (input) => {
      const family = String(input['family']);
      const [container] = input['containerDefinitions'] as unknown as { image: string }[];
      const revision = (definitions.get(family)?.revision ?? 0) + 1;
      definitions.set(family, { image: container?.image ?? '', revision, input });
      return ok({
        taskDefinition: { ...input, taskDefinitionArn: `arn:task-definition/${family}:${revision}` },
      });
    },
    DescribeTaskDefinition: ({ taskDefinition }) => {
      const family = String(taskDefinition);
      const found = definitions.get(family);
      if (found === undefined) return jsonError('ClientException', 'Unable to describe task definition.');
      const taskDefinitionArn = `arn:task-definition/${family}:${found.revision}`;
      return ok({ taskDefinition: { ...(found.input as object), taskDefinitionArn } });
    },
    DescribeServices: (input) =>
      ok({
        services: (input['services'] as unknown as string[]).flatMap((name) => {
          const found = services.get(name);
          return found === undefined ? [] : [described(found)];
        }),
      }),
    CreateService: (input) => {
      const name = String(input['serviceName']);
      if (services.get(name)?.status === 'ACTIVE')
        return jsonError('InvalidParameterException', 'Creation of service was not idempotent.');
      const [balancer] = input['loadBalancers'] as unknown as { targetGroupArn: string }[];
      if (
        ![...rules.values()].some((rule) => rule.groups.some(({ arn }) => arn === balancer?.targetGroupArn))
      )
        return jsonError(
          'InvalidParameterException',
          'The target group does not have an associated load balancer.',
        );
      services.set(name, {
        serviceName: name,
        taskDefinition: String(input['taskDefinition']),
        desiredCount: Number(input['desiredCount']),
        status: 'ACTIVE',
        asked: 0,
      });
      return ok({ service: {} });
    },
    UpdateService: (input) => {
      const found = services.get(String(input['service']));
      if (found === undefined) return jsonError('ServiceNotFoundException', 'Service not found.');
      found.taskDefinition = String(input['taskDefinition']);
      found.desiredCount = Number(input['desiredCount']);
      found.asked = 0;
      return ok({ service: {} });
    },
    DeleteService: ({ service }) => {
      const found = services.get(String(service));
      if (found === undefined) return jsonError('ServiceNotFoundException', 'Service not found.');
      found.status = 'INACTIVE';
      return ok({ service: {} });
    },
  };

  const xml = (action: string, result: string): StubAnswer => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${action}Result>${result}</${action}Result></${action}Response>`,
  });
  const xmlError = (code: string, status = 400): StubAnswer => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`,
  });
  const members = (of: readonly string[]) => of.map((one) => `<member>${one}</member>`).join('');
  const group = (name: string) =>
    `<TargetGroupName>${name}</TargetGroupName><TargetGroupArn>${groups.get(name)}</TargetGroupArn>`;
  const shownRule = ({ arn, priority, path, header, groups: to }: Rule) =>
    `<RuleArn>${arn}</RuleArn><Priority>${priority}</Priority><Conditions>${members([
      `<Field>path-pattern</Field><PathPatternConfig><Values>${members([path])}</Values></PathPatternConfig>`,
      ...(header === undefined
        ? []
        : [
            `<Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>x-millrace-target</HttpHeaderName><Values>${members([header])}</Values></HttpHeaderConfig>`,
          ]),
    ])}</Conditions><Actions>${members([
      `<Type>forward</Type><ForwardConfig><TargetGroups>${members(to.map((one) => `<TargetGroupArn>${one.arn}</TargetGroupArn><Weight>${one.weight}</Weight>`))}</TargetGroups></ForwardConfig>`,
    ])}</Actions>`;
  const groupsOf = (form: URLSearchParams) => {
    const found: { arn: string; weight: number }[] = [];
    for (let i = 1; ; i++) {
      const at = `Actions.member.1.ForwardConfig.TargetGroups.member.${i}`;
      const arn = form.get(`${at}.TargetGroupArn`);
      if (arn === null) return found;
      found.push({ arn, weight: Number(form.get(`${at}.Weight`)) });
    }
  };

  const balancing: Record<string, (form: URLSearchParams) => StubAnswer> = {
    DescribeTargetGroups: (form) => {
      const name = form.get('Names.member.1') ?? '';
      return groups.has(name)
        ? xml('DescribeTargetGroups', `<TargetGroups>${members([group(name)])}</TargetGroups>`)
        : xmlError('TargetGroupNotFound');
    },
    CreateTargetGroup: (form) => {
      const name = form.get('Name') ?? '';
      if (!groups.has(name)) groups.set(name, `arn:targetgroup/${name}`);
      return xml('CreateTargetGroup', `<TargetGroups>${members([group(name)])}</TargetGroups>`);
    },
    DeleteTargetGroup: (form) => {
      const arn = form.get('TargetGroupArn');
      if ([...rules.values()].some((rule) => rule.groups.some((one) => one.arn === arn)))
        return xmlError('ResourceInUse');
      for (const [name, other] of groups) if (other === arn) groups.delete(name);
      return xml('DeleteTargetGroup', '');
    },
    DescribeRules: () =>
      xml('DescribeRules', `<Rules>${members([...rules.values()].map(shownRule))}</Rules>`),
    CreateRule: (form) => {
      const priority = form.get('Priority') ?? '';
      if ([...rules.values()].some((rule) => rule.priority === priority)) return xmlError('PriorityInUse');
      const arn = `arn:rule/${++count}`;
      rules.set(arn, {
        arn,
        priority,
        path: form.get('Conditions.member.1.PathPatternConfig.Values.member.1') ?? '',
        header: form.get('Conditions.member.2.HttpHeaderConfig.Values.member.1') ?? undefined,
        groups: groupsOf(form),
      });
      return xml('CreateRule', `<Rules></Rules>`);
    },
    ModifyRule: (form) => {
      const rule = rules.get(form.get('RuleArn') ?? '');
      if (rule === undefined) return xmlError('RuleNotFound');
      rule.groups = groupsOf(form);
      return xml('ModifyRule', `<Rules></Rules>`);
    },
    DeleteRule: (form) => {
      rules.delete(form.get('RuleArn') ?? '');
      return xml('DeleteRule', '');
    },
  };

  let asked: 'ecs' | 'balancing' = 'ecs';
  const server = new StubServer(
    ({ headers, body }) => {
      const target = headers['x-amz-target'];
      asked = target === undefined ? 'balancing' : 'ecs';
      return target === undefined
        ? (new URLSearchParams(body).get('Action') ?? '')
        : String(target).replace(/^.*\./, '');
    },
    (name, { body, headers }) =>
      (headers['x-amz-target'] === undefined
        ? balancing[name]?.(new URLSearchParams(body))
        : ecs[name]?.(JSON.parse(body) as Input)) ?? jsonError('UnknownOperationException', name),
    (kind) =>
      asked === 'balancing'
        ? xmlError(kind === 'throttled' ? 'Throttling' : 'AccessDenied', kind === 'throttled' ? 400 : 403)
        : jsonError(kind === 'throttled' ? 'ThrottlingException' : 'AccessDeniedException', 'Refused.'),
  );
  await server.start();
  const versionIn = (arn: string) => /-v(\d+)$/.exec(arn)?.[1] ?? '';
  const ruleOf = (endpoint: string, header?: string) =>
    [...rules.values()].find((rule) => rule.path === `/endpoints/${endpoint}/*` && rule.header === header);
  return {
    server,
    broken,
    environment: {
      AWS_ENDPOINT_URL_ECS: server.url,
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: server.url,
    },
    stop: () => server.stop(),
    shares: (endpoint) => {
      const to = ruleOf(endpoint)?.groups ?? [];
      const sum = to.reduce((total, { weight }) => total + weight, 0);
      return Object.fromEntries(
        to.filter(({ weight }) => weight > 0).map(({ arn, weight }) => [versionIn(arn), weight / sum]),
      );
    },
    candidate: (endpoint) => {
      const rule = ruleOf(endpoint, 'candidate');
      return rule === undefined ? undefined : versionIn(rule.groups[0]?.arn ?? '');
    },
    versions: (endpoint) =>
      [...services.values()]
        .filter(
          ({ serviceName, status }) =>
            status === 'ACTIVE' && serviceName.startsWith(`millrace-test-${endpoint}-v`),
        )
        .map(({ serviceName }) => versionIn(serviceName)),
  };
}
