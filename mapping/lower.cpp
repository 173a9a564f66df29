// Lowering: group by group, bind, place, order, emit; every broken rule is named in one message.
#include "mapping/lower.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/cost.h"
#include "mapping/emit.h"
#include "mapping/mask.h"
#include "mapping/order.h"
#include "mapping/plan.h"
#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

// Every Einsum runs in exactly one group, after all that it reads.
void check_groups(const workloads::Cascade& cascade, const Mapping& mapping, std::vector<std::string>& problems) {
  const auto group_of = [&](const std::string& einsum) {
    for (std::size_t group = 0; group < mapping.groups.size(); ++group) {
      if (contains(mapping.groups[group].einsums, einsum)) return static_cast<int>(group);
    }
    return -1;
  };
  for (const workloads::Einsum& einsum : cascade.einsums) {
    if (cascade.is_first_value(einsum)) continue;
    const int own = group_of(einsum.name);
    if (own < 0) {
      problems.push_back(fmt::format("does not cover: no group runs {}", einsum.name));
      continue;
    }
    for (const workloads::TensorRef& input : cascade.reads(einsum)) {
      if (group_of(input.tensor) > own) {
        problems.push_back(
            fmt::format("breaks a dependence: {} reads {}, which a later group makes", einsum.name, input.tensor));
      }
    }
  }
}

// Traffic of the part of the scores that the buffer cannot hold: every access to a tile that spans passes pays its
// part. Simplified: it holds the DRAM for its time, in order, but nothing waits for it.
void add_spills(Plan& plan) {
  const std::int64_t demand = buffer_demand(plan);
  if (!plan.group->spill || demand <= plan.limit_bytes()) return;
  plan.spilled_fraction = 1 - static_cast<double>(plan.limit_bytes()) / static_cast<double>(demand);
  std::vector<Node> spills;
  std::vector<bool> spans(plan.copies.size(), false);
  for (std::size_t index = 0; index < plan.copies.size(); ++index) {
    const Copy& head = plan.copies[index];
    if (head.place != Place::kBuffer || head.in_place_of >= 0 || head.staged) continue;
    const Node& producer = plan.nodes[static_cast<std::size_t>(head.producer)];
    const Copy& last = plan.copies[static_cast<std::size_t>(chain_end(plan, static_cast<int>(index)))];
    for (const Reader& reader : last.readers) {
      if (plan.nodes[static_cast<std::size_t>(reader.node)].pass == producer.pass || head.dims.size() < 2) continue;
      for (int copy = static_cast<int>(index); copy >= 0;
           copy = plan.copies[static_cast<std::size_t>(copy)].overwritten_by) {
        spans[static_cast<std::size_t>(copy)] = true;
      }
    }
  }
  for (const Node& node : plan.nodes) {
    if (node.kind != Node::Kind::kEinsum) continue;
    Node spill;
    spill.kind = Node::Kind::kSpill;
    spill.name = "spill " + node.name;
    spill.unit = kDram;
    spill.pass = node.pass;
    spill.loops = node.loops;
    spill.guard = node.guard;
    for (const int copy : node.reads) {
      const Copy& read = plan.copies[static_cast<std::size_t>(copy)];
      if (!spans[static_cast<std::size_t>(copy)] || reads_register(plan, node, read)) continue;
      spill.spilled_reads.push_back(copy);
      spill.dims = read.dims;
    }
    if (spans[static_cast<std::size_t>(node.copy)]) {
      spill.spilled_writes.push_back(node.copy);
      spill.dims = plan.copies[static_cast<std::size_t>(node.copy)].dims;
    }
    if (!spill.spilled_reads.empty() || !spill.spilled_writes.empty()) spills.push_back(spill);
  }
  plan.nodes.insert(plan.nodes.end(), spills.begin(), spills.end());
}

void check_buffer(const Plan& plan, std::vector<std::string>& problems) {
  const std::int64_t demand = buffer_demand(plan);
  if (demand <= plan.limit_bytes() || plan.group->spill) return;
  std::vector<std::string> parts;
  for (const Copy& copy : plan.copies) {
    if (copy.place != Place::kBuffer || (copy.in_place_of >= 0 && !copy.kept)) continue;
    const std::int64_t bytes = reserved_tiles(plan, copy) * tile_bytes(plan, copy);
    if (bytes * 20 >= demand) parts.push_back(fmt::format("{} {}", copy.tensor, bytes));
  }
  problems.push_back(fmt::format("does not fit: {} bytes of buffer, {} there ({})", demand, plan.limit_bytes(),
                                 fmt::join(parts, ", ")));
}

Emitted lower_plan(Plan& plan, std::vector<std::string>& problems, Dataflow* dataflow) {
  place_copies(plan);
  check_buffer(plan, problems);
  add_spills(plan);
  std::vector<Work> works;
  for (const Node& node : plan.nodes) works.push_back(work_of(plan, node, {}, problems));
  if (!problems.empty()) return {};
  const Order order = order_nodes(plan, works);
  Emitted emitted = emit(plan, order, problems);
  if (dataflow != nullptr && problems.empty()) *dataflow = dataflow_of(plan, order, emitted);
  return emitted;
}

constexpr std::int64_t kMostAhead = 16;  // tiles in flight to try first where the registers do not hold what it takes

// Sizes are chosen before the order is known; where its tiles in flight ask for more of the buffer than the sizes
// leave, the sizes are chosen again with that much less.
Block lower_group(const workloads::Cascade& cascade, const workloads::Workload& workload,
                  const arch::Architecture& architecture, const Mapping& mapping, const Group& group,
                  const MaskTables* masks, std::vector<std::string>& problems, Dataflow* dataflow) {
  Group trial = group;
  for (int attempt = 0; attempt < 64; ++attempt) {
    const Group sized = resolve_sizes(cascade, workload, architecture, mapping, trial);
    Plan plan = mapping::bind(cascade, workload, architecture, mapping, sized, problems);
    bind_mask(plan, masks, problems);
    const std::int64_t limit = plan.limit_bytes();
    Emitted emitted = lower_plan(plan, problems, dataflow);
    if (!problems.empty()) return {};
    if (!emitted.register_problems.empty()) {
      const std::int64_t look_ahead = trial.look_ahead.value_or(kMostAhead);
      if (group.look_ahead || look_ahead == 0) {
        problems = emitted.register_problems;
        return {};
      }
      trial.look_ahead = look_ahead - 1;
    } else if (emitted.missing_bytes == 0) {
      return std::move(emitted.block);
    } else {
      if (emitted.missing_bytes >= limit) break;
      trial.buffer_bytes = limit - emitted.missing_bytes;
    }
  }
  problems.push_back(fmt::format("does not fit: the tiles in flight of {} need more than the {} bytes of buffer",
                                 group.einsums.front(), architecture.buffer.bytes));
  return {};
}

// What a predicate looks up is complete before the points that it decides on.
void check_masks(const workloads::Cascade& cascade, const Group& group, std::vector<std::string>& problems) {
  for (const workloads::Einsum& einsum : cascade.einsums) {
    const auto predicate = cascade.predicate_of(einsum);
    if (!predicate || !contains(group.einsums, einsum.name)) continue;
    for (const std::string& table : workloads::tables(predicate->condition)) {
      if (!contains(group.einsums, table)) continue;
      problems.push_back(
          fmt::format("breaks a dependence: {} is masked by {}, which an earlier group must make", einsum.name, table));
    }
  }
}

void refuse_unknown_masks(const workloads::Cascade& cascade) {
  for (const std::string& table : made_masks(cascade)) {
    throw common::InputError(
        cascade.predicate->where,
        fmt::format("the mask looks up {}, which the cascade makes; it takes data, or a density", table));
  }
}

// Only Programs that fill stationary operands or select have the units for it.
void add_units(Program& program) {
  std::vector<int> position = {kDram, kArray2d, kArray1d, -1, -1};
  for (const auto& [unit, name] : {std::pair(kFillPort, "fill_port"), {kSelect, "select"}}) {
    const bool used = std::any_of(program.blocks.begin(), program.blocks.end(), [unit = unit](const Block& block) {
      return std::any_of(block.instructions.begin(), block.instructions.end(),
                         [unit](const Instruction& instruction) { return instruction.unit == unit; });
    });
    if (!used) continue;
    position[static_cast<std::size_t>(unit)] = static_cast<int>(program.units.size());
    program.units.push_back({name, 1});
  }
  for (Block& block : program.blocks) renumber_units(block, position);
}

Program lower_groups(const workloads::Cascade& cascade, const workloads::Workload& workload,
                     const arch::Architecture& architecture, const Mapping& mapping, std::vector<std::string>& problems,
                     std::vector<Dataflow>* dataflow, const MaskSource& masks) {
  Program program;
  program.units = {{"dram", 1},
                   {"array_2d", architecture.array_2d.rows * architecture.array_2d.columns},
                   {"array_1d", architecture.array_1d.lanes}};
  if (!masks) refuse_unknown_masks(cascade);
  std::vector<workloads::Lengths> batches = workload.lengths;
  if (batches.empty()) batches.push_back({workload.seq_len, workload.kv_len, workload.batch});
  workloads::Workload part = workload;
  for (const workloads::Lengths& lengths : batches) {
    part.seq_len = lengths.queries;
    part.kv_len = lengths.keys;
    part.batch = lengths.sequences;
    std::optional<MaskTables> tables;
    if (masks && !mask_tensors(cascade).empty()) tables = masks(part);
    for (const Group& group : mapping.groups) {
      check_masks(cascade, group, problems);
      Dataflow* own = dataflow == nullptr ? nullptr : &dataflow->emplace_back();
      program.blocks.push_back(
          lower_group(cascade, part, architecture, mapping, group, tables ? &*tables : nullptr, problems, own));
    }
  }
  add_units(program);
  if (!problems.empty()) {
    std::vector<std::string> once;
    for (const std::string& problem : problems) {
      if (!contains(once, problem)) once.push_back(problem);
    }
    throw common::InputError(mapping.where, fmt::format("{} on {} does not run {}: {}", mapping.name, architecture.name,
                                                        cascade.id, fmt::join(once, "; ")));
  }
  check_well_formed(program);
  return program;
}

}  // namespace

Program lower(const workloads::Cascade& cascade, const workloads::Workload& workload,
              const arch::Architecture& architecture, const Mapping& mapping, std::vector<Dataflow>* dataflow,
              const MaskSource& masks) {
  std::vector<std::string> problems;
  check_groups(cascade, mapping, problems);
  return lower_groups(cascade, workload, architecture, mapping, problems, dataflow, masks);
}

Program lower_part(const workloads::Cascade& cascade, const workloads::Workload& workload,
                   const arch::Architecture& architecture, const Mapping& mapping, const MaskSource& masks) {
  std::vector<std::string> problems;
  return lower_groups(cascade, workload, architecture, mapping, problems, nullptr, masks);
}

}  // namespace attnsim::mapping
