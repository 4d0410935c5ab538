/** Lays graphs out beside the page, which goes on answering meanwhile. */
import { layOut, type LaidOut, type LaidOutInput } from './parts/layout';

export interface LayoutAsked {
  readonly id: number;
  readonly input: LaidOutInput;
}

export type LayoutAnswer = { readonly id: number } & (
  { readonly laidOut: LaidOut } | { readonly error: string }
);

function answer({ id, input }: LayoutAsked): LayoutAnswer {
  try {
    return { id, laidOut: layOut(input) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

addEventListener('message', ({ data }: MessageEvent<LayoutAsked>) => postMessage(answer(data)));
