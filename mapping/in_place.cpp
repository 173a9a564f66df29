// Finds the maps that overwrite an operand tile of their own shape.
#include <algorithm>
#include <set>

#include "mapping/plan.h"

namespace attnsim::mapping {
namespace {

// Whether a path of reads leads from one node to another within a tile.
bool leads_to(const Plan& plan, int from, int to) {
  if (from == to) return true;
  const int copy = plan.nodes[static_cast<std::size_t>(from)].copy;
  if (copy < 0) return false;
  const auto& readers = plan.copies[static_cast<std::size_t>(copy)].readers;
  return std::any_of(readers.begin(), readers.end(),
                     [&](const Reader& reader) { return !reader.carried && leads_to(plan, reader.node, to); });
}

bool same_tiles(const Plan& plan, const Copy& a, const Copy& b) {
  const auto bits = [&](const Copy& copy) { return plan.cascade->bits_of(copy.tensor, plan.architecture->word_bits); };
  return bits(a) == bits(b) && std::set(a.dims.begin(), a.dims.end()) == std::set(b.dims.begin(), b.dims.end()) &&
         a.loops == b.loops;
}

}  // namespace

void mark_in_place(Plan& plan) {
  for (std::size_t index = 0; index < plan.nodes.size(); ++index) {
    const Node& node = plan.nodes[index];
    if (node.kind != Node::Kind::kEinsum || node.einsum->reduction) continue;
    Copy& made = plan.copies[static_cast<std::size_t>(node.copy)];
    for (const int source : node.reads) {
      Copy& old = plan.copies[static_cast<std::size_t>(source)];
      const bool last = std::all_of(old.readers.begin(), old.readers.end(), [&](const Reader& reader) {
        const Node& other = plan.nodes[static_cast<std::size_t>(reader.node)];
        return !reader.carried && (other.pass < node.pass || leads_to(plan, reader.node, static_cast<int>(index)));
      });
      const bool vectors = old.dims.size() < 2;  // too small to matter
      if (vectors || !same_tiles(plan, old, made) || old.state || made.state || old.overwritten_by >= 0 || !last)
        continue;
      made.in_place_of = source;
      old.overwritten_by = node.copy;
      break;
    }
  }
}

}  // namespace attnsim::mapping
