/** Which endpoints a client has asked, told from the requests themselves. */
import type { Guest } from '../../lib/local/service';
import { ENDPOINTS, route } from '../../lib/mlflow/router';

/** Asked by tasks in Python; it is none of MLflow's. */
const OWN = 'task-runs/start';

export class CoveredEndpoints {
  private readonly asked = new Set<string>();

  /** The guest, listened to. */
  around(guest: Guest): Guest {
    return {
      serves: (path) => guest.serves(path),
      handle: async (request, response) => {
        const [path = ''] = (request.url ?? '').split('?');
        const target = route(request.method ?? 'GET', decodeURIComponent(path));
        if (target !== undefined) this.asked.add(target.endpoint.path);
        return guest.handle(request, response);
      },
    };
  }

  /** Paths of endpoints with JSON that nobody has asked and that a client asks. */
  missing(): string[] {
    const all = ENDPOINTS.map(({ path }) => path).filter(
      (path) => path !== OWN && !path.startsWith('webhooks'),
    );
    return [...new Set(all)].filter((path) => !this.asked.has(path));
  }

  get count(): number {
    return this.asked.size;
  }
}
