// Prepares the steps of a series, checks what they hand on, and joins their Programs.
#include "sim/series.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/error.h"

namespace attnsim::sim {
namespace {

using common::InputError;
using workloads::Cascade;
using workloads::Series;
using workloads::Step;
using workloads::TensorRef;

const TensorRef* find(const std::vector<TensorRef>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& one) { return one.tensor == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<std::string> names(const std::vector<TensorRef>& tensors) {
  std::vector<std::string> list;
  for (const TensorRef& tensor : tensors) list.push_back(tensor.tensor);
  return list;
}

// The shape that a carried tensor has in a step: its axes in front and its ranks' extents.
struct Shape {
  std::string step;
  bool each_head = false;
  bool each_sequence = false;
  std::vector<std::int64_t> extents;

  bool operator==(const Shape& other) const {
    return std::tie(each_head, each_sequence, extents) == std::tie(other.each_head, other.each_sequence, other.extents);
  }
};

Shape shape_of(const PreparedStep& step, const TensorRef& tensor) {
  const Cascade& cascade = step.prepared.cascade;
  Shape shape{step.step.name, cascade.runs_each_head(), cascade.runs_each_sequence(), {}};
  for (const std::string& rank : tensor.ranks) {
    shape.extents.push_back(workloads::rank_extent(cascade, rank, step.prepared.workload));
  }
  return shape;
}

// What each step hands to those after it.
class Handover {
 public:
  void add(const PreparedStep& step) {
    const Cascade& cascade = step.prepared.cascade;
    const std::vector<TensorRef> outputs = cascade.outputs();
    for (const std::string& name : step.step.takes) check_taken(step, name);
    for (const std::string& name : step.step.gives) {
      const TensorRef* tensor = find(outputs, name);
      if (tensor == nullptr) fail_unknown(step, "gives", name, "outputs", outputs);
      given_[name] = shape_of(step, *tensor);
    }
    if (!step.step.exits.empty() && find(outputs, step.step.exits) == nullptr) {
      fail_unknown(step, "exits by", step.step.exits, "outputs", outputs);
    }
  }

 private:
  void check_taken(const PreparedStep& step, const std::string& name) const {
    const TensorRef* tensor = find(step.prepared.cascade.inputs, name);
    if (tensor == nullptr) fail_unknown(step, "takes", name, "inputs", step.prepared.cascade.inputs);
    const Shape& given = given_.at(name);
    const Shape taken = shape_of(step, *tensor);
    if (given == taken) return;
    const auto text = [](const Shape& shape) {
      return fmt::format("[{}]{}{}", fmt::join(shape.extents, ", "), shape.each_head ? " a head" : "",
                         shape.each_sequence ? "" : " of the whole batch");
    };
    throw InputError(step.step.where,
                     fmt::format("takes {} as {}, but '{}' gives {}", name, text(taken), given.step, text(given)));
  }

  [[noreturn]] static void fail_unknown(const PreparedStep& step, const char* verb, const std::string& name,
                                        const char* kind, const std::vector<TensorRef>& known) {
    throw InputError(step.step.where, fmt::format("{} {}, but the {} of {} are {}", verb, name, kind,
                                                  step.prepared.cascade.id, fmt::join(names(known), ", ")));
  }

  std::map<std::string, Shape> given_;
};

void check_scope(const Series& series, Scope scope) {
  if (scope == Scope::kLayer) {
    throw common::UsageError(
        fmt::format("--scope layer: {} is a series, whose layers differ; take attention or model", series.id));
  }
  if (scope == Scope::kModel && series.over == Series::Over::kTokens) {
    throw common::UsageError(fmt::format("--scope model: {} is a series of tokens; take attention", series.id));
  }
}

// Repetitions draw with seeds that follow one another; steps have none in common.
constexpr std::uint64_t kSeedsOfStep = 1'000'003;

// A run of its own, of attention alone, on data of its own.
Inputs inputs_of(const Step& step, std::size_t index, const Inputs& inputs, const workloads::Workload& workload) {
  const workloads::Workload seen = workloads::workload_of(step, workload);
  Inputs own = inputs;
  own.attention = step.attention;
  own.attention_overrides.clear();
  own.scope = Scope::kAttention;
  own.masks.seed += kSeedsOfStep * index;
  own.masks.prefix = step.name + ".";
  if (step.keys) own.options.kv_len = seen.kv_len;
  if (step.queries) own.options.seq_len = seen.seq_len;
  return own;
}

}  // namespace

Prepared prepare_series(const Inputs& inputs, const DataDecisions& data) {
  const Series series = workloads::read_series(inputs.attention, inputs.attention_overrides);
  check_scope(series, inputs.scope);
  Prepared prepared;
  prepared.series = series.id;
  prepared.series_title = series.title;
  prepared.workload = workloads::read_workload(inputs.workload, inputs.options, inputs.workload_overrides);
  Handover handover;
  for (const Step& step : series.steps) {
    const Inputs own = inputs_of(step, prepared.steps.size(), inputs, prepared.workload);
    prepared.steps.push_back({step, own.masks, 1, prepare(own, data)});
    handover.add(prepared.steps.back());
  }
  const Prepared& first = prepared.steps.front().prepared;
  prepared.architecture = first.architecture;
  prepared.energy_table = first.energy_table;
  const auto exited = [&](std::size_t index, std::int64_t left) {
    const PreparedStep& step = prepared.steps[index];
    if (data.exits) return data.exits(step, left);
    throw InputError(step.step.where,
                     fmt::format("exits by {}, which takes data; give 'exits_after'", step.step.exits));
  };
  const std::vector<std::int64_t> times = workloads::repetitions(series, prepared.workload, exited);
  std::vector<LayerAttention> attentions;
  std::set<std::string> names;
  for (std::size_t index = 0; index < times.size(); ++index) {
    PreparedStep& step = prepared.steps[index];
    step.times = times[index];
    for (mapping::Block& block : step.prepared.program.blocks) block.name = step.step.name + ": " + block.name;
    attentions.push_back({step.step.name, step.prepared.program, step.prepared.workload, step.times});
    names.insert(step.prepared.mapping.name);
    prepared.mapping_yaml += fmt::format("# {}\n{}\n", step.step.name, step.prepared.mapping_yaml);
    if (step.prepared.masks_made_of) prepared.masks_made_of = step.prepared.masks_made_of;
  }
  prepared.mapping.name = fmt::format("{}", fmt::join(names, ", "));
  set_program(inputs, std::move(attentions), prepared);
  return prepared;
}

}  // namespace attnsim::sim
