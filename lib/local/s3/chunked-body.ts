/** Takes the `aws-chunked` framing off a body: `size;signature CRLF data CRLF … 0 CRLF trailers`. */
import { Transform, type TransformCallback } from 'node:stream';

export class ChunkedBody extends Transform {
  /** Trailing headers, e.g. `x-amz-checksum-crc32`. */
  readonly trailers: Record<string, string> = {};
  private buffer: Buffer = Buffer.alloc(0);
  private left = 0;
  private state: 'size' | 'data' | 'gap' | 'trailers' = 'size';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    try {
      while (this.step()) {
        // Each step takes one piece off the buffer.
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.state === 'trailers') {
      this.readTrailers(this.buffer.toString('latin1'));
      done();
    } else done(new Error('The chunked body ended too early.'));
  }

  private step(): boolean {
    switch (this.state) {
      case 'size': {
        const end = this.buffer.indexOf('\r\n');
        if (end < 0) return false;
        const size = Number.parseInt(this.buffer.subarray(0, end).toString('latin1'), 16);
        if (!Number.isInteger(size)) throw new Error('A chunk has no size.');
        this.buffer = this.buffer.subarray(end + 2);
        this.left = size;
        this.state = size === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data': {
        if (this.buffer.length === 0) return false;
        const part = this.buffer.subarray(0, this.left);
        this.push(part);
        this.left -= part.length;
        this.buffer = this.buffer.subarray(part.length);
        if (this.left === 0) this.state = 'gap';
        return true;
      }
      case 'gap':
        if (this.buffer.length < 2) return false;
        this.buffer = this.buffer.subarray(2);
        this.state = 'size';
        return true;
      case 'trailers':
        return false;
    }
  }

  private readTrailers(text: string): void {
    for (const line of text.split('\r\n')) {
      const at = line.indexOf(':');
      if (at > 0) this.trailers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
    }
  }
}
