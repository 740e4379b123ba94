// Reads a stream as a browser-grade parser does: `node read_events.mjs URL BODY HEADERS`; prints the events as JSON.
import { createParser } from "eventsource-parser";

const [url, body, headers] = process.argv.slice(2);
const answer = await fetch(url, { method: "POST", body, headers: JSON.parse(headers) });
const said = { events: [], comments: [], errors: [], reads: 0, broken: null };
const parser = createParser({
  onEvent: (event) => said.events.push({ event: event.event ?? null, data: event.data }),
  onComment: (comment) => said.comments.push(comment),
  onError: (error) => said.errors.push(error.type),
});
const decoder = new TextDecoder();
try {
  for await (const bytes of answer.body) {
    said.reads += 1;
    parser.feed(decoder.decode(bytes, { stream: true }));
  }
} catch (error) {
  said.broken = error.cause?.code ?? error.code ?? String(error);
}
console.log(JSON.stringify(said));
