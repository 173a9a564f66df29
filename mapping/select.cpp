// Costs and legality of selections.
#include "mapping/select.h"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;
using workloads::Expression;

bool is_value(const Expression& map) {
  const bool negated = map.kind == Expression::Kind::kCall && map.name == "neg";
  return (negated ? map.arguments.front() : map).kind == Expression::Kind::kTensor;
}

}  // namespace

bool selects(const Einsum& einsum) { return einsum.reduction && einsum.reduction->op == "topk"; }

// Nothing on the right has it.
std::string choice_rank(const workloads::Einsum& einsum) {
  for (const std::string& rank : einsum.output.ranks) {
    const auto inputs = einsum.inputs();
    const bool read =
        std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return contains(input.ranks, rank); });
    if (!read) return rank;
  }
  return "";
}

void check_selection(const Plan& plan, const Node& node, std::vector<std::string>& problems) {
  const Einsum& einsum = *node.einsum;
  if (!plan.architecture->select) {
    problems.push_back(
        fmt::format("a select unit is missing on {}: {} takes the largest values; add `select: "
                    "{{elements_per_cycle, entries, latency_cycles}}` to the architecture",
                    plan.architecture->name, einsum.name));
  }
  if (contains(plan.group->on_2d, einsum.name)) {
    problems.push_back(fmt::format("does not fit: {} runs on the select unit; leave it out of array_2d", einsum.name));
  }
  if (!is_value(einsum.map)) {
    problems.push_back(
        fmt::format("does not fit: {} computes what it selects from; make that an Einsum of its own", einsum.name));
  }
  for (const std::string& rank : {einsum.reduction->ranks.front(), choice_rank(einsum)}) {
    const Dim& dim = plan.dims.at(rank);
    if (dim.tiles == 1) continue;
    problems.push_back(
        fmt::format("breaks a dependence: {} selects from all of {} at once, which is in {} tiles; leave "
                    "{}0 out of tile, in a group of its own if need be",
                    einsum.name, rank, dim.tiles, rank));
  }
}

Work selection_work(const Plan& plan, const Node& node, const std::vector<std::string>& tails) {
  Work work;
  if (!plan.architecture->select) return work;
  const arch::Select& select = *plan.architecture->select;
  const std::string choice = choice_rank(*node.einsum);
  const auto size = [&](const std::string& rank) { return tile_elements(plan, std::vector<std::string>{rank}, tails); };
  const std::int64_t values = size(node.einsum->reduction->ranks.front());
  const std::int64_t selected = size(choice);
  std::int64_t selections = 1;
  for (const std::string& rank : node.einsum->output.ranks) {
    if (rank != choice) selections *= size(rank);
  }
  work.duration = work.pe_cycles = selections * select.cycles(values, selected);
  work.ops = selections * values;
  const std::string from = node.einsum->inputs().front().tensor;
  const std::int64_t streams = (std::min(selected, values) + select.entries - 1) / select.entries;
  work.buffer_read_bytes = stored_bytes(plan, from, selections * values) * streams;
  work.buffer_write_bytes = stored_bytes(plan, node.einsum->name, selections * selected);
  return work;
}

}  // namespace attnsim::mapping
