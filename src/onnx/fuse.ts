// Clean-ups of a traced graph that save memory passes: a bias goes into its Gemm, and an output keeps no copy.
import type { GraphProto, NodeProto } from './model-proto.js';

function useCounts(graph: GraphProto): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.node) node.input.forEach(count);
  for (const output of graph.output) count(output.name);
  return uses;
}

/** `Identity` that only renames a computed value for an output goes: the value takes the output's name everywhere. */
export function dropOutputCopies(graph: GraphProto): void {
  const producer = new Map<string, NodeProto>();
  for (const node of graph.node) for (const output of node.output) producer.set(output, node);
  const outputs = new Set(graph.output.map(({ name }) => name));
  const renamed = new Map<string, string>();
  graph.node = graph.node.filter((node) => {
    const [from, to] = [node.input[0] as string, node.output[0] as string];
    if (node.opType !== 'Identity' || !outputs.has(to) || outputs.has(from)) return true;
    if (!producer.has(from) || renamed.has(from)) return true;
    renamed.set(from, to);
    return false;
  });
  const rename = (name: string) => renamed.get(name) ?? name;
  for (const node of graph.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
}

/** `Add(Gemm(a, b), bias)` becomes `Gemm(a, b, bias)`. */
export function fuseGemmBias(graph: GraphProto): void {
  const uses = useCounts(graph);
  const producer = new Map<string, NodeProto>();
  for (const node of graph.node) for (const output of node.output) producer.set(output, node);
  const vectors = new Set([
    ...graph.initializer.filter((t) => t.dims.length === 1).map((t) => t.name),
    ...graph.input.filter((i) => i.shape.length === 1).map((i) => i.name),
  ]);
  const removed = new Set<NodeProto>();
  for (const node of graph.node) {
    if (node.opType === 'Add') {
      const [a, b] = node.input as [string, string];
      const gemm = producer.get(a);
      if (gemm?.opType !== 'Gemm' || gemm.input.length !== 2 || uses.get(a) !== 1 || !vectors.has(b))
        continue;
      gemm.input.push(b);
      // The Gemm takes the Add's place in the order, where the bias is sure to exist.
      node.opType = 'Gemm';
      node.input = gemm.input;
      node.attribute = gemm.attribute;
      removed.add(gemm);
    }
  }
  graph.node = graph.node.filter((node) => !removed.has(node));
}
