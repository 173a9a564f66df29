// Program, cascade in the PEs' arithmetic, cascade in double precision and oracle, on the same inputs.
#include "sim/functional/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "common/error.h"
#include "kernels/reference/oracle.h"
#include "mapping/lower.h"
#include "sim/functional/data.h"
#include "sim/functional/execution.h"
#include "sim/functional/pe_arithmetic.h"
#include "sim/functional/selection.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {
namespace {

using mapping::Dataflow;
using workloads::Cascade;
using workloads::Einsum;
using workloads::Instance;
using workloads::Tensor;
using workloads::Tensors;

// Whether a block has tensors over one of these ranks.
bool touches(const Dataflow& block, const std::vector<std::string>& ranks) {
  const auto over = [&](const mapping::Access& access) {
    return std::find_first_of(access.ranks.begin(), access.ranks.end(), ranks.begin(), ranks.end()) !=
           access.ranks.end();
  };
  return std::any_of(block.actions.begin(), block.actions.end(), [&](const mapping::Action& action) {
    return (action.write && over(*action.write)) || std::any_of(action.reads.begin(), action.reads.end(), over);
  });
}

// The sizes of the tiles that the cascade itself names; all blocks over them must agree on them.
std::map<std::string, std::int64_t> tile_sizes(const Prepared& prepared, const std::vector<Dataflow>& dataflow) {
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [rank, parts] : prepared.cascade.split) {
    if (parts.size() != 2) {
      throw common::InputError(prepared.mapping.where,
                               fmt::format("a run on data knows splits into two parts; {} has {}", rank, parts.size()));
    }
    for (const Dataflow& block : dataflow) {
      if (!touches(block, parts)) continue;
      const std::int64_t tile = block.dims.at(rank).tile;
      if (sizes.try_emplace(parts.back(), tile).first->second != tile) {
        throw common::InputError(prepared.mapping.where,
                                 fmt::format("groups take tiles {} of {} and {}; {} splits {}, so that all groups need "
                                             "the same",
                                             parts.back(), sizes.at(parts.back()), tile, prepared.cascade.id, rank));
      }
    }
  }
  return sizes;
}

void refuse_too_large(const Prepared& prepared, const Instance& instance, std::int64_t heads) {
  const auto most = too_large(prepared.cascade, instance, heads);
  if (!most) return;
  throw common::InputError({"--check", 0, ""},
                           fmt::format("too large for a run on data: {}; take a shorter --seq-len, a smaller --batch, "
                                       "or fewer heads with --set workload.heads=1",
                                       *most));
}

void refuse_metadata(const Cascade& cascade) {
  for (const Einsum& einsum : cascade.einsums) {
    const auto predicate = cascade.predicate_of(einsum);
    if (!predicate) continue;
    for (const std::string& table : workloads::tables(predicate->condition)) {
      if (cascade.producer(table) == nullptr) {
        throw common::InputError(predicate->where, fmt::format("looks up {}; a run on data has no metadata", table));
      }
    }
  }
}

// The largest difference, infinite where only one of two is NaN.
double difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    const double x = a.values()[i];
    const double y = b.values()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double own = std::fabs(x - y);
    most = std::isnan(own) ? std::numeric_limits<double>::infinity() : std::max(most, own);
  }
  return most;
}

// Of the variant that a cascade is. One that was changed, but for its parameters, ranks and storage types, has none.
kernels::Oracle oracle_of(const Cascade& cascade) {
  const auto found = kernels::oracles().find(cascade.id);
  if (found == kernels::oracles().end()) return nullptr;
  const Cascade shipped = workloads::read_cascade(cascade.id);
  const auto text = [](const Cascade& of) {
    std::string all = of.predicate ? to_string(of.predicate->condition) : "";
    for (const Einsum& einsum : of.einsums)
      all += fmt::format("\n{} {}", static_cast<int>(einsum.section), einsum.text);
    for (const auto& [name, op] : of.operators)
      all += fmt::format("\n{} {} {}", name, to_string(op.value), op.identity);
    return all;
  };
  const bool same =
      text(cascade) == text(shipped) && cascade.inputs == shipped.inputs && cascade.output == shipped.output;
  return same ? found->second : nullptr;
}

class Check {
 public:
  Check(const Prepared& prepared, const mapping::Program& program, const std::vector<Dataflow>& dataflow)
      : prepared_(prepared),
        program_(program),
        dataflow_(dataflow),
        cascade_(prepared.cascade),
        layout_(cascade_, prepared.workload),
        sizes_(tile_sizes(prepared, dataflow)),
        instance_(cascade_, prepared.workload, sizes_) {
    std::set<std::string> on_2d;
    std::set<std::string> to_dram;
    for (const Dataflow& block : dataflow) {
      for (const mapping::Action& action : block.actions) {
        if (action.kind == mapping::Node::Kind::kStore) to_dram.insert(action.reads.front().tensor);
        if (action.einsum != nullptr && action.unit == mapping::kArray2d) on_2d.insert(action.einsum->name);
      }
    }
    const std::map<std::string, Stored> rounding = stored_tensors(cascade_);
    for (const Einsum& einsum : cascade_.einsums) {
      const auto multiplier = on_2d.contains(einsum.name) ? arch::Multiplier::kBf16 : arch::Multiplier::kFp32;
      const Stored stored = to_dram.contains(einsum.name) ? rounding.at(einsum.name) : Stored();
      arithmetic_.try_emplace(einsum.name, multiplier, stored);
    }
    refuse_too_large(prepared, instance_, layout_.batch() * layout_.heads());
    refuse_metadata(cascade_);
  }

  Checked run(const DataSource& source, const Executor& executor) {
    Checked checked;
    checked.tensors = layout_.inputs(source);
    std::vector<Tensors> heads;
    for (std::int64_t batch = 0; batch < layout_.batch(); ++batch) {
      for (std::int64_t head = 0; head < layout_.heads(); ++head) {
        heads.push_back(layout_.head(checked.tensors, batch, head));
      }
    }
    const std::vector<Tensors> made = run_program(heads, executor);
    checked.check = compare(heads, made);
    for (const workloads::TensorRef& output : cascade_.outputs()) {
      Array& whole = checked.tensors[output.tensor];
      whole.shape = layout_.shape(output);
      whole.values.resize(static_cast<std::size_t>(size_of(whole.shape)));
      for (std::size_t index = 0; index < made.size(); ++index) {
        const auto at = static_cast<std::int64_t>(index);
        layout_.put(whole, output, at / layout_.heads(), at % layout_.heads(), merged(made[index], output));
      }
    }
    return checked;
  }

 private:
  // What it stored and chose for every head, over parts.
  std::vector<Tensors> run_program(const std::vector<Tensors>& heads, const Executor& executor) const {
    std::map<std::int64_t, Instance> instances;
    for (const Dataflow& block : dataflow_) {
      instances.try_emplace(block.heads_sharing, cascade_, prepared_.workload, sizes_, block.heads_sharing);
    }
    std::vector<Tensors> inputs = heads;
    for (Tensors& tensors : inputs) {
      for (auto& [name, tensor] : tensors) tensor = instance_.split(tensor);
    }
    return executor({program_, dataflow_, instance_, instances}, inputs);
  }

  // The oracle's output in the shape of ours.
  Tensor ask(kernels::Oracle oracle, const Tensors& given, const Tensor& shape) const {
    kernels::Arrays arrays;
    for (const auto& [name, over_parts] : given) {
      const bool is_made = !cascade_.is_input(name);
      const Tensor tensor = is_made ? instance_.merge(over_parts, *cascade_.declared(name)) : over_parts;
      std::vector<std::int64_t> extents;
      for (const workloads::Range& range : tensor.ranges()) extents.push_back(range.size());
      arrays[name] = kernels::Array(extents);
      arrays[name].data = tensor.values();
    }
    kernels::Parameters parameters = cascade_.parameters;
    parameters.emplace("scale", instance_.parameter("scale"));
    Tensor result = shape;
    result.values() = oracle(arrays, parameters).data;
    return result;
  }

  // The outputs that a cascade gives for one head: in double precision, and in the PEs' arithmetic.
  struct Outputs {
    Tensors exact;
    Tensors rounded;
  };

  // Judges what the Program chose. Where all of it is right, the references choose the same.
  FunctionalCheck compare(const std::vector<Tensors>& heads, const std::vector<Tensors>& made) const {
    std::vector<Selection> selections;
    for (const std::string& name : choices(cascade_)) selections.emplace_back(instance_, name, arithmetic_.at(name));
    std::vector<Tensors> given = heads;
    std::vector<Outputs> outputs;
    for (std::size_t head = 0; head < heads.size(); ++head) {
      for (const Selection& selection : selections) {
        given[head][selection.name()] = made[head].at(selection.name());
      }
      outputs.push_back(interpreted(given[head], selections));
    }
    FunctionalCheck check;
    for (const Selection& selection : selections) check.selections.push_back(selection.result());
    const auto wrong = std::find_if(check.selections.begin(), check.selections.end(),
                                    [](const SelectionCheck& selection) { return !selection.passed; });
    const bool chose_right = wrong == check.selections.end();
    std::vector<Selection> none;
    for (std::size_t head = 0; head < heads.size() && !chose_right; ++head) {
      given[head] = heads[head];
      outputs[head] = interpreted(heads[head], none);
    }
    check.passed = chose_right;
    for (const workloads::TensorRef& output : cascade_.outputs()) {
      const FunctionalCheck one = compare_output(output, given, outputs, made, check.selections);
      // What overflows in the PEs is wrong, though the arithmetic alone makes it so.
      check.passed = check.passed && one.max_rel_error <= one.tolerance && std::isfinite(one.max_rel_error);
      if (output.tensor != cascade_.output.tensor && is_closer(check, one)) continue;
      check.reference = one.reference;
      check.max_abs_error = one.max_abs_error;
      check.max_rel_error = one.max_rel_error;
      check.tolerance = one.tolerance;
    }
    return check;
  }

  Outputs interpreted(const Tensors& inputs, std::vector<Selection>& selections) const {
    const workloads::ArithmeticOf of_unit = [this](const Einsum& einsum) -> const workloads::Arithmetic& {
      return arithmetic_.at(einsum.name);
    };
    const Tensors exact = interpret(instance_, inputs, workloads::ExactArithmetic());
    const Tensors rounded = interpret(instance_, inputs, of_unit);
    for (Selection& selection : selections) selection.add(inputs.at(selection.name()), exact, rounded);
    Outputs outputs;
    for (const workloads::TensorRef& output : cascade_.outputs()) {
      outputs.exact[output.tensor] = merged(exact, output);
      outputs.rounded[output.tensor] = merged(rounded, output);
    }
    return outputs;
  }

  Tensor merged(const Tensors& tensors, const workloads::TensorRef& output) const {
    return instance_.merge(tensors.at(output.tensor), output);
  }

  // Whether one's error is the larger part of its tolerance.
  static bool is_closer(const FunctionalCheck& one, const FunctionalCheck& other) {
    return one.max_rel_error * other.tolerance >= other.max_rel_error * one.tolerance;
  }

  // The oracle gives the first output; the interpretation stands for it in the others. `given`: inputs, and choices
  // that references follow.
  FunctionalCheck compare_output(const workloads::TensorRef& output, const std::vector<Tensors>& given,
                                 const std::vector<Outputs>& outputs, const std::vector<Tensors>& made,
                                 const std::vector<SelectionCheck>& selections) const {
    FunctionalCheck check;
    check.reference = "interpreter";
    for (const SelectionCheck& selection : selections) {
      if (selection.name != output.tensor) continue;
      check.max_abs_error = selection.max_abs_error;
      check.max_rel_error = selection.max_rel_error;
      check.tolerance = selection.tolerance;
      return check;
    }
    const kernels::Oracle oracle = output.tensor == cascade_.output.tensor ? oracle_of(cascade_) : nullptr;
    if (oracle != nullptr) check.reference = "oracle";
    double largest = 0;
    double of_arithmetic = 0;
    for (std::size_t head = 0; head < given.size(); ++head) {
      const Tensor& exact = outputs[head].exact.at(output.tensor);
      const Tensor reference = oracle != nullptr ? ask(oracle, given[head], exact) : exact;
      for (const double value : reference.values()) {
        if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
      }
      of_arithmetic = std::max(of_arithmetic, difference(outputs[head].rounded.at(output.tensor), exact));
      check.max_abs_error = std::max(check.max_abs_error, difference(merged(made[head], output), reference));
    }
    const double scale = largest > 0 ? largest : 1;
    check.max_rel_error = check.max_abs_error / scale;
    check.tolerance = std::max(2 * of_arithmetic / scale, std::exp2(-8));
    return check;
  }

  const Prepared& prepared_;
  const mapping::Program& program_;
  const std::vector<Dataflow>& dataflow_;
  const Cascade& cascade_;
  Layout layout_;
  std::map<std::string, std::int64_t> sizes_;
  Instance instance_;
  std::map<std::string, PeArithmetic> arithmetic_;  // of each Einsum's unit, results rounded as they go to DRAM
};

}  // namespace

Checked check(const Prepared& prepared, const DataSource& source, const mapping::Program& program,
              const std::vector<Dataflow>& dataflow, const Executor& executor) {
  return Check(prepared, program, dataflow).run(source, executor);
}

Checked check(const Prepared& prepared, const DataSource& source, const Executor& executor) {
  std::vector<Dataflow> dataflow;
  const mapping::Program program = mapping::lower(prepared.cascade, prepared.workload, prepared.architecture,
                                                  prepared.mapping, &dataflow, prepared.masks);
  return check(prepared, source, program, dataflow, executor);
}

}  // namespace attnsim::sim::functional
