// Clean-ups of a traced graph that save memory passes: a bias goes into its Gemm, and an output keeps no copy.
import type { GraphProto, NodeProto } from './model-proto.js';

function useCounts(graph: GraphProto): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.node) node.input.forEach(count);
  for (const output of graph.output) count(output.name);
  return uses;
}

/** `Add(Gemm(a, b), bias)` becomes `Gemm(a, b, bias)`; `Identity` that only renames its producer's output goes. */
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
    } else if (node.opType === 'Identity') {
      const from = node.input[0] as string;
      const source = producer.get(from);
      if (source === undefined || uses.get(from) !== 1 || source.output.length !== 1) continue;
      source.output = [node.output[0] as string];
      producer.set(node.output[0] as string, source);
      removed.add(node);
    }
  }
  graph.node = graph.node.filter((node) => !removed.has(node));
}
