/** SageMaker as far as endpoints go: changes take some questions, and one that fails is taken back. */
import { jsonError, StubServer, type StubAnswer, type TargetStub } from './stub-server';

interface Variant {
  readonly VariantName: string;
  readonly ModelName: string;
  readonly InitialVariantWeight: number;
}
interface Endpoint {
  config: string;
  status: 'Creating' | 'Updating' | 'InService' | 'Failed';
  /** Configuration that it is going over to, and weights to come. */
  next?: string;
  nextWeights?: Map<string, number>;
  weights: Map<string, number>;
  failure?: string;
  /** Questions until the change is done. */
  left: number;
}
type Input = Record<string, never>;

/** How often one has to ask before a change is done. */
const STEPS = 2;
const missing = (what: string) => jsonError('ValidationException', `Could not find ${what}.`);
const existing = (what: string) =>
  jsonError('ValidationException', `Cannot create already existing ${what}.`);
const ok = (body: object = {}): StubAnswer => ({ status: 200, body });

export async function startSageMakerStub(): Promise<TargetStub> {
  const models = new Map<string, { PrimaryContainer: { Image: string } }>();
  const configs = new Map<string, readonly Variant[]>();
  const endpoints = new Map<string, Endpoint>();
  const broken = new Set<string>();

  const variantsOf = (config: string) => configs.get(config) ?? [];
  const comesUp = (config: string) =>
    variantsOf(config).every(
      ({ ModelName }) => !broken.has(models.get(ModelName)?.PrimaryContainer.Image ?? ''),
    );
  const initial = (config: string) =>
    new Map(variantsOf(config).map((variant) => [variant.VariantName, variant.InitialVariantWeight]));

  function step(endpoint: Endpoint): void {
    if (endpoint.status !== 'Creating' && endpoint.status !== 'Updating') return;
    if (--endpoint.left > 0) return;
    const { next } = endpoint;
    if (next !== undefined && !comesUp(next)) {
      endpoint.failure = 'The variant did not pass the ping health check.';
      endpoint.status = endpoint.status === 'Creating' ? 'Failed' : 'InService';
    } else {
      if (next !== undefined) [endpoint.config, endpoint.weights] = [next, initial(next)];
      if (endpoint.nextWeights !== undefined)
        endpoint.weights = new Map([...endpoint.weights, ...endpoint.nextWeights]);
      endpoint.status = 'InService';
      delete endpoint.failure;
    }
    delete endpoint.next;
    delete endpoint.nextWeights;
  }

  const calls: Record<string, (input: Input) => StubAnswer> = {
    CreateModel: (input) => {
      const name = String(input['ModelName']);
      if (models.has(name)) return existing(`model "${name}"`);
      models.set(name, input as never);
      return ok({ ModelArn: `arn:${name}` });
    },
    DescribeModel: ({ ModelName }) => {
      const found = models.get(String(ModelName));
      return found === undefined ? missing(`model "${String(ModelName)}"`) : ok(found);
    },
    DeleteModel: ({ ModelName }) =>
      models.delete(String(ModelName)) ? ok() : missing(`model "${String(ModelName)}"`),
    CreateEndpointConfig: (input) => {
      const name = String(input['EndpointConfigName']);
      if (configs.has(name)) return existing(`endpoint configuration "${name}"`);
      const variants = input['ProductionVariants'] as unknown as readonly Variant[];
      const gone = variants.find(({ ModelName }) => !models.has(ModelName));
      if (gone !== undefined) return missing(`model "${gone.ModelName}"`);
      if (!variants.some(({ InitialVariantWeight }) => InitialVariantWeight > 0))
        return jsonError('ValidationException', 'At least one variant must have a weight above 0.');
      configs.set(name, variants);
      return ok({ EndpointConfigArn: `arn:${name}` });
    },
    DescribeEndpointConfig: ({ EndpointConfigName }) =>
      configs.has(String(EndpointConfigName))
        ? ok({ EndpointConfigName, ProductionVariants: variantsOf(String(EndpointConfigName)) })
        : missing(`endpoint configuration "${String(EndpointConfigName)}"`),
    ListEndpointConfigs: ({ NameContains }) =>
      ok({
        EndpointConfigs: [...configs.keys()]
          .filter((name) => name.includes(String(NameContains)))
          .map((EndpointConfigName) => ({ EndpointConfigName, CreationTime: 0 })),
      }),
    DeleteEndpointConfig: ({ EndpointConfigName }) =>
      configs.delete(String(EndpointConfigName)) ? ok() : missing('endpoint configuration'),
    CreateEndpoint: (input) => {
      const name = String(input['EndpointName']);
      if (endpoints.has(name)) return existing(`endpoint "${name}"`);
      const config = String(input['EndpointConfigName']);
      endpoints.set(name, { config, status: 'Creating', next: config, weights: new Map(), left: STEPS });
      return ok({ EndpointArn: `arn:${name}` });
    },
    DescribeEndpoint: ({ EndpointName }) => {
      const endpoint = endpoints.get(String(EndpointName));
      if (endpoint === undefined) return missing(`endpoint "${String(EndpointName)}"`);
      step(endpoint);
      return ok({
        EndpointName,
        EndpointConfigName: endpoint.config,
        EndpointStatus: endpoint.status,
        FailureReason: endpoint.failure,
        ProductionVariants: [...endpoint.weights].map(([VariantName, weight]) => ({
          VariantName,
          CurrentWeight: weight,
          DesiredWeight: weight,
        })),
      });
    },
    UpdateEndpoint: ({ EndpointName, EndpointConfigName }) =>
      change(String(EndpointName), (endpoint) => (endpoint.next = String(EndpointConfigName))),
    UpdateEndpointWeightsAndCapacities: ({ EndpointName, DesiredWeightsAndCapacities }) =>
      change(String(EndpointName), (endpoint) => {
        const wanted = DesiredWeightsAndCapacities as unknown as readonly {
          VariantName: string;
          DesiredWeight: number;
        }[];
        endpoint.nextWeights = new Map(wanted.map((one) => [one.VariantName, one.DesiredWeight]));
      }),
  };

  function change(name: string, apply: (endpoint: Endpoint) => void): StubAnswer {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) return missing(`endpoint "${name}"`);
    if (endpoint.status !== 'InService')
      return jsonError('ValidationException', `Cannot update in-progress endpoint "${name}".`);
    apply(endpoint);
    [endpoint.status, endpoint.left] = ['Updating', STEPS];
    return ok({ EndpointArn: `arn:${name}` });
  }

  const server = new StubServer(
    ({ headers }) => String(headers['x-amz-target'] ?? '').replace('SageMaker.', ''),
    (name, { body }) =>
      calls[name]?.(JSON.parse(body) as Input) ?? jsonError('UnknownOperationException', name),
    (kind) =>
      kind === 'throttled'
        ? jsonError('ThrottlingException', 'Rate exceeded')
        : jsonError('AccessDeniedException', 'The role may not do that.', 403),
  );
  await server.start();
  const nameOf = (endpoint: string) => `millrace-test-${endpoint}`;
  return {
    server,
    broken,
    environment: { AWS_ENDPOINT_URL_SAGEMAKER: server.url },
    stop: () => server.stop(),
    shares: (endpoint) => {
      const weights = [...(endpoints.get(nameOf(endpoint))?.weights ?? [])].filter(
        ([, weight]) => weight > 0,
      );
      const sum = weights.reduce((total, [, weight]) => total + weight, 0);
      return Object.fromEntries(weights.map(([name, weight]) => [name.slice(1), weight / sum]));
    },
    // Whoever asks names the variant.
    candidate: (endpoint) => {
      const variants = [...(endpoints.get(nameOf(endpoint))?.weights.keys() ?? [])];
      return variants.length > 1 ? variants.at(-1)?.slice(1) : undefined;
    },
    versions: (endpoint) =>
      [...models.keys()].flatMap((name) => {
        const [, version] = new RegExp(`^${nameOf(endpoint)}-v(\\d+)$`).exec(name) ?? [];
        return version === undefined ? [] : [version];
      }),
  };
}
