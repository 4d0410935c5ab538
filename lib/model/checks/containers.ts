import { fargateSize, type Compute } from '../compute';
import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import type { ContainerTask, ContractTask } from '../task-node';
import { walkValue } from '../value';
import { errorsOf, type AddError } from './errors-of';

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Both a tag and a label of Kubernetes. */
const LABEL_NAME = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const MAX_LABELS = 40;
/** Of a training job: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html */
const SAGEMAKER_SECONDS = 28 * 86_400;
/** A Task state waits at most a year. */
const YEAR_SECONDS = 31_536_000;

/** Containers must fit what the service offers. */
export function checkContainers(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'container' && (task.kind !== 'task' || task.compute === undefined)) return [];
    const { found, add } = errorsOf(model, task);
    const { compute } = task;
    if (compute !== undefined) checkCompute(compute, task.timeoutSeconds, add);
    if (task.kind === 'container') checkContainer(task, add);
    else checkHandler(task, add);
    return found;
  });
}

function checkCompute(compute: Compute, timeoutSeconds: number, add: AddError): void {
  const { service, cpu, memoryMb, gpu, diskGb } = compute;
  const onFargate = service === 'fargate' || (service === 'batch' && gpu === 0);
  if (!(cpu > 0) || !(memoryMb > 0) || (onFargate && fargateSize(cpu, memoryMb) === undefined))
    add(
      'MR290',
      `It asks for ${cpu} vCPUs and ${memoryMb} MB, which ${onFargate ? 'Fargate does' : 'no machine can'} not offer.`,
      'Fargate has up to 16 vCPUs with 120 GiB: ask for less, or for a GPU machine of batch, or use sagemaker or kubernetes.',
    );
  if (!Number.isInteger(gpu) || gpu < 0 || (gpu > 0 && service !== 'batch' && service !== 'kubernetes'))
    add(
      'MR291',
      `It asks for ${gpu} GPUs on ${service}.`,
      "GPUs are whole numbers and come with runsOn 'batch' or 'kubernetes'; on sagemaker the instanceType has them.",
    );
  if (!Number.isInteger(diskGb) || diskGb < 20 || diskGb > (onFargate ? 200 : 16_384))
    add('MR292', `It asks for ${diskGb} GiB of disk.`, 'Give whole GiB from 20; Fargate has at most 200.');
  if ((service === 'sagemaker') !== /^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(compute.instanceType ?? ''))
    add(
      'MR293',
      service === 'sagemaker'
        ? `Its instanceType is '${compute.instanceType ?? ''}'.`
        : `It has the instanceType '${compute.instanceType ?? ''}', but runs on ${service}.`,
      "SageMaker needs an instanceType like 'ml.m5.xlarge'; the other services take cpu, memoryMb and gpu.",
    );
  for (const name of [compute.namespace, compute.serviceAccount])
    if (name !== undefined && (service !== 'kubernetes' || !DNS_LABEL.test(name)))
      add(
        'MR294',
        `'${name}' is no namespace or service account of ${service}.`,
        "They belong to runsOn 'kubernetes' and are written like 'ml-training'.",
      );
  const labels = Object.entries(compute.labels);
  for (const [name, value] of labels)
    if (!LABEL_NAME.test(name) || !LABEL_VALUE.test(value))
      add(
        'MR295',
        `The label '${name}: ${value}' is none.`,
        'Use up to 63 letters, digits, dots, dashes and underscores, with a letter or a digit at both ends.',
      );
  if (labels.length > MAX_LABELS)
    add('MR295', `It has ${labels.length} labels.`, `Services take at most ${MAX_LABELS}.`);
  const limit = service === 'sagemaker' ? SAGEMAKER_SECONDS : YEAR_SECONDS;
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > limit)
    add(
      'MR296',
      `Its timeout is ${timeoutSeconds} s.`,
      `Give whole seconds from 1 to ${limit} (${limit / 86_400} days).`,
    );
}

function checkContainer(task: ContainerTask, add: AddError): void {
  if (!/^[\w.:/@-]{1,255}$/.test(task.image))
    add(
      'MR297',
      `'${task.image}' is no image.`,
      "Write it like 'python:3.13-slim', with its registry before it.",
    );
  if (task.environment.kind !== 'object' && task.environment.kind !== 'literal')
    add('MR298', 'Its environment is one reference.', 'Write an object: { NAME: reference }.');
  const names =
    task.environment.kind === 'object'
      ? Object.keys(task.environment.fields)
      : task.environment.kind === 'literal' && typeof task.environment.value === 'object'
        ? Object.keys(task.environment.value ?? {})
        : [];
  for (const name of names)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^(MILLRACE|AWS)_/.test(name))
      add(
        'MR298',
        `The variable '${name}' cannot be set.`,
        'Use letters, digits and underscores; names that begin with MILLRACE_ and AWS_ are set by the runtime.',
      );
  const { skipOnExitCode } = task;
  if (
    skipOnExitCode !== undefined &&
    (!Number.isInteger(skipOnExitCode) || skipOnExitCode < 1 || skipOnExitCode > 255)
  )
    add('MR299', `Its skipOnExitCode is ${skipOnExitCode}.`, 'Exit codes of failures are 1 to 255.');
  if ([...walkValue(task.arguments)].some((value) => value.kind === 'combine'))
    add('MR298', 'An argument is a list.', 'Arguments are texts, numbers and booleans.');
}

function checkHandler(task: ContractTask, add: AddError): void {
  const { compute } = task;
  if (compute === undefined) return;
  if (task.native.length > 0 && compute.gpu > 0)
    add(
      'MR300',
      `${task.contract} needs ${task.native.join(', ')}, which is made for the processors of functions, not for those of machines with GPUs.`,
      'Leave out gpu, or use container() with an image that has it.',
    );
  if (task.python !== undefined && compute.gpu > 0)
    add(
      'MR300',
      `${task.contract} is in Python: its packages are made for the processors of functions, and without the libraries of GPUs.`,
      'Leave out gpu, or use container() with an image that has them.',
    );
  if (task.poke !== undefined)
    add(
      'MR301',
      'It is a sensor: a container for every question would cost more than what it waits for.',
      'Leave out runsOn.',
    );
}
