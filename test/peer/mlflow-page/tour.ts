/**
 * A walk through MLflow's page in a browser: each place shows what the API says at that moment, nothing answers from 400 on, and
 * the page reports no error.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Call, Seeded } from './seed';

const PATIENCE_MS = 20_000;

interface Point {
  readonly step: number;
  readonly value: number;
}
/** What Plotly keeps with an element that it has drawn into. */
interface Plot {
  readonly data: readonly { readonly x: Iterable<number>; readonly y: Iterable<number> }[];
}
interface RunOfApi {
  readonly info: { readonly run_name: string; readonly status: string };
  readonly data: {
    readonly metrics: readonly { readonly key: string; readonly value: number }[];
    readonly params: readonly { readonly key: string; readonly value: string }[];
  };
}

export class Tour {
  private readonly complaints: string[] = [];
  private failed = 0;

  /**
   * @param home address of the page, with its last slash
   * @param pictures folder for a picture of each place
   */
  constructor(
    private readonly page: Page,
    private readonly home: string,
    private readonly call: Call,
    private readonly seeded: Seeded,
    private readonly pictures?: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()} ${response.url()}`);
    });
    page.on('requestfailed', (request) => {
      // A place that is left stops what it still asks for.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') this.complaints.push(`${why} ${request.url()}`);
    });
  }

  /** @returns how many places are not right */
  async walk(): Promise<number> {
    const { experiment, runs, names, model, file } = this.seeded;
    const at = `/experiments/${experiment}/runs`;
    const [first, second] = await Promise.all(runs.map((run) => this.run(run)));
    if (first === undefined || second === undefined) throw new Error('The runs are not there.');
    await this.see('experiments', '/experiments', async () => this.shows('wheat-prices'));
    await this.see('runs of an experiment', at, async () => this.shows(...names));
    await this.see('a run', `${at}/${runs[0]}`, async () => {
      await this.shows(
        names[0],
        ...wholeNumbers(first),
        ...first.data.params.flatMap((one) => [one.key, one.value]),
      );
    });
    await this.see('the chart of a metric', `${at}/${runs[0]}/model-metrics`, async () =>
      this.draws(runs[0]),
    );
    await this.see('an artifact', `${at}/${runs[0]}/artifacts`, async () => {
      await this.page.getByText(file.path, { exact: true }).first().click();
      await this.shows(file.text);
    });
    const compared = encodeURIComponent(JSON.stringify(runs));
    const experiments = encodeURIComponent(JSON.stringify([experiment]));
    await this.see('a comparison', `/compare-runs?runs=${compared}&experiments=${experiments}`, async () => {
      await this.shows(...names, ...rounded(first), ...rounded(second));
    });
    await this.see('models', '/models', async () => this.shows(model));
    await this.see('a model', `/models/${model}`, async () =>
      this.shows('Version 1', 'Version 2', 'champion'),
    );
    await this.see('a version', `/models/${model}/versions/1`, async () => this.shows(names[0], 'champion'));
    await this.see('an alias that the page moves', `/models/${model}/versions/2`, async () =>
      this.promotes(),
    );
    return this.failed;
  }

  /** Gives `champion` to the version that is open, as a person does. */
  private async promotes(): Promise<void> {
    const { page, call, seeded } = this;
    const holder = async (): Promise<string> => {
      const found = await call<{ model_version: { version: string } }>(
        `registered-models/alias?name=${seeded.model}&alias=champion`,
      );
      return found.model_version.version;
    };
    if ((await holder()) !== '1') throw new Error('Version 1 is not the champion to begin with.');
    await page
      .getByTitle('Add aliases')
      .or(page.getByLabel('Add aliases'))
      .or(page.getByRole('button', { name: /^Add$/ }))
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox').first().click();
    await page.keyboard.type('champion');
    await page.keyboard.press('Enter');
    const saved = page.waitForResponse((response) => response.url().includes('registered-models/alias'));
    await dialog.getByRole('button', { name: 'Save aliases' }).click();
    await saved;
    await this.shows('champion');
    const now = await holder();
    if (now !== '2') throw new Error(`The API says that version ${now} is the champion.`);
  }

  /** The points that the page has drawn are those of the history. */
  private async draws(run: string): Promise<void> {
    const { metrics } = await this.call<{ metrics: Point[] }>(
      `metrics/get-history?run_id=${run}&metric_key=loss`,
    );
    await this.page.locator('.js-plotly-plot .point').first().waitFor({ timeout: PATIENCE_MS });
    const drawn = await this.page
      .locator('.js-plotly-plot')
      .evaluateAll((plots) =>
        plots.flatMap((plot) => (plot as unknown as Plot).data.map(({ x, y }) => ({ x: [...x], y: [...y] }))),
      );
    const wanted = JSON.stringify(metrics.map(({ step, value }) => [step, value]));
    const found = drawn.map(({ x, y }) => JSON.stringify(x.map((step, i) => [step, y[i]])));
    if (!found.includes(wanted)) throw new Error(`It draws ${found.join(' and ')}; the API says ${wanted}.`);
  }

  private async run(id: string): Promise<RunOfApi> {
    return (await this.call<{ run: RunOfApi }>(`runs/get?run_id=${id}`)).run;
  }

  private async shows(...texts: readonly string[]): Promise<void> {
    for (const text of texts)
      await this.page
        .getByText(text, { exact: false })
        .filter({ visible: true })
        .first()
        .waitFor({ state: 'visible', timeout: PATIENCE_MS })
        .catch(() => {
          throw new Error(`It does not show '${text}'.`);
        });
  }

  private async see(what: string, path: string, look: () => Promise<void>): Promise<void> {
    this.complaints.length = 0;
    await this.page.goto(`${this.home}#${path}`);
    await this.page.reload();
    const faults: string[] = [];
    await look().catch((error: unknown) =>
      faults.push(error instanceof Error ? error.message : String(error)),
    );
    await this.page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
    if (this.pictures !== undefined) {
      mkdirSync(this.pictures, { recursive: true });
      await this.page.screenshot({ path: join(this.pictures, `${what.replaceAll(' ', '-')}.png`) });
    }
    faults.push(...this.complaints);
    if (faults.length > 0) this.failed++;
    process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'}  ${what}\n`);
    for (const fault of faults.slice(0, 8)) process.stdout.write(`        ${fault}\n`);
  }
}

/** Values of metrics as a run's page begins them. */
function wholeNumbers({ data }: RunOfApi): string[] {
  return data.metrics.map(({ value }) => String(value).slice(0, 6));
}

/** Values of metrics as a comparison rounds them. */
function rounded({ data }: RunOfApi): string[] {
  return data.metrics.map(({ value }) => value.toFixed(3).replace(/0+$/, ''));
}
