// Trees that grow and are cut while one question is asked all the time: what is the root above this node? Link-cut
// trees answer it in O(log n) amortized, whatever the order of links and cuts, where walking up would be quadratic on a
// long chain.
//
// Each tree is split into paths going up; a path is kept as a splay tree ordered by depth (left is nearer to the root).
// `up` leads to the parent within the splay tree or, from the top of one, to the node that its path hangs on. Source:
// D. D. Sleator, R. E. Tarjan, "Self-adjusting binary search trees" (1985), section on link/cut trees.

export interface ForestNode {
  up: ForestNode | null
  nearer: ForestNode | null
  farther: ForestNode | null
}

/** Hangs a root, with its tree, below a node of another tree. */
export function link(root: ForestNode, parent: ForestNode): void {
  expose(root)
  root.up = parent
}

/** Makes a node that has a parent the root of its own tree. */
export function cut(node: ForestNode): void {
  expose(node)
  if (node.nearer === null) return
  node.nearer.up = null
  node.nearer = null
}

export function rootOf(node: ForestNode): ForestNode {
  expose(node)
  let root = node
  while (root.nearer !== null) root = root.nearer
  splay(root)
  return root
}

/** Makes the path from the root down to the node one splay tree, with the node on top. */
function expose(node: ForestNode): void {
  let below: ForestNode | null = null
  for (let at: ForestNode | null = node; at !== null; at = at.up) {
    splay(at)
    at.farther = below
    below = at
  }
  splay(node)
}

function splay(node: ForestNode): void {
  for (let parent = pathParent(node); parent !== null; parent = pathParent(node)) {
    const above = pathParent(parent)
    if (above !== null) rotate((above.nearer === parent) === (parent.nearer === node) ? parent : node)
    rotate(node)
  }
}

/** The parent within the same path; null at the top of its splay tree. */
function pathParent(node: ForestNode): ForestNode | null {
  const { up } = node
  return up !== null && (up.nearer === node || up.farther === node) ? up : null
}

function rotate(node: ForestNode): void {
  const parent = node.up
  if (parent === null) return
  const above = parent.up
  if (above !== null) {
    if (above.nearer === parent) above.nearer = node
    else if (above.farther === parent) above.farther = node
  }
  const inner = parent.nearer === node ? node.farther : node.nearer
  if (parent.nearer === node) {
    parent.nearer = inner
    node.farther = parent
  } else {
    parent.farther = inner
    node.nearer = parent
  }
  if (inner !== null) inner.up = parent
  parent.up = node
  node.up = above
}
