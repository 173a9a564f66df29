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
  for (const Einsum& einsum : prepared.cascade.einsums) {
    double points = static_cast<double>(heads);
    for (const std::string& rank : prepared.cascade.whole_ranks(einsum)) {
      points *= static_cast<double>(instance.extent(rank));
    }
    if (points <= static_cast<double>(kMaxPoints)) continue;
    throw common::InputError(
        {"--check", 0, ""}, fmt::format("too large for a run on data: {} has {:.3g} points, {} at most; take a shorter "
                                        "--seq-len, a smaller --batch, or fewer heads with --set workload.heads=1",
                                        einsum.name, points, kMaxPoints));
  }
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
    for (const Dataflow& block : dataflow) {
      for (const mapping::Action& action : block.actions) {
        if (action.kind == mapping::Node::Kind::kStore) stored_.insert(action.reads.front().tensor);
        if (action.einsum != nullptr) unit_of_[action.einsum->name] = action.unit;
      }
    }
    refuse_too_large(prepared, instance_, layout_.batch() * layout_.heads());
    refuse_metadata(cascade_);
  }

  Checked run(const CheckOptions& options) {
    Checked checked;
    checked.tensors = options.data.empty() ? layout_.draw(options.seed) : layout_.read(options.data);
    std::vector<Tensors> heads;
    for (std::int64_t batch = 0; batch < layout_.batch(); ++batch) {
      for (std::int64_t head = 0; head < layout_.heads(); ++head) {
        heads.push_back(layout_.head(checked.tensors, batch, head));
      }
    }
    const std::vector<Tensor> made = run_program(heads, options.executor);
    compare(heads, made, checked.check);
    Array& output = checked.tensors[cascade_.output.tensor];
    output.shape = layout_.shape(cascade_.output);
    output.values.resize(static_cast<std::size_t>(size_of(output.shape)));
    for (std::size_t index = 0; index < made.size(); ++index) {
      const auto at = static_cast<std::int64_t>(index);
      layout_.put(output, cascade_.output, at / layout_.heads(), at % layout_.heads(), made[index]);
    }
    return checked;
  }

 private:
  // The output of every head, over declared ranks.
  std::vector<Tensor> run_program(const std::vector<Tensors>& heads, const Executor& executor) const {
    std::map<std::int64_t, Instance> instances;
    for (const Dataflow& block : dataflow_) {
      instances.try_emplace(block.heads_sharing, cascade_, prepared_.workload, sizes_, block.heads_sharing);
    }
    std::vector<Tensors> inputs = heads;
    for (Tensors& tensors : inputs) {
      for (auto& [name, tensor] : tensors) tensor = instance_.split(tensor);
    }
    std::vector<Tensor> result;
    for (const Tensors& tensors : executor({program_, dataflow_, instance_, instances}, inputs)) {
      result.push_back(instance_.merge(tensors.at(cascade_.output.tensor), cascade_.output));
    }
    return result;
  }

  // The oracle's output in the shape of ours.
  Tensor ask(kernels::Oracle oracle, const Tensors& inputs, const Tensor& shape) const {
    kernels::Arrays arrays;
    for (const auto& [name, tensor] : inputs) {
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

  void compare(const std::vector<Tensors>& heads, const std::vector<Tensor>& made, FunctionalCheck& check) const {
    const std::map<std::string, Stored> rounding = stored_tensors(cascade_);
    std::map<std::string, PeArithmetic> arithmetic;
    for (const Einsum& einsum : cascade_.einsums) {
      const auto unit = unit_of_.find(einsum.name);
      const bool on_2d = unit != unit_of_.end() && unit->second == mapping::kArray2d;
      const Stored stored = stored_.contains(einsum.name) ? rounding.at(einsum.name) : Stored();
      arithmetic.try_emplace(einsum.name, on_2d ? arch::Multiplier::kBf16 : arch::Multiplier::kFp32, stored);
    }
    const workloads::ArithmeticOf of_unit = [&](const Einsum& einsum) -> const workloads::Arithmetic& {
      return arithmetic.at(einsum.name);
    };
    const auto output = [&](const Tensors& tensors) {
      return instance_.merge(tensors.at(cascade_.output.tensor), cascade_.output);
    };
    const auto oracle = kernels::oracles().find(cascade_.id);
    check.reference = oracle == kernels::oracles().end() ? "interpreter" : "oracle";
    double largest = 0;
    double of_formula = 0;
    for (std::size_t head = 0; head < heads.size(); ++head) {
      const Tensor exact = output(interpret(instance_, heads[head], workloads::ExactArithmetic()));
      const Tensor formula = output(interpret(instance_, heads[head], of_unit));
      const Tensor reference = oracle == kernels::oracles().end() ? exact : ask(oracle->second, heads[head], exact);
      for (const double value : reference.values()) {
        if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
      }
      of_formula = std::max(of_formula, difference(formula, exact));
      check.max_abs_error = std::max(check.max_abs_error, difference(made[head], reference));
    }
    const double scale = largest > 0 ? largest : 1;
    check.max_rel_error = check.max_abs_error / scale;
    check.tolerance = std::max(2 * of_formula / scale, std::exp2(-8));
    check.passed = check.max_rel_error <= check.tolerance;
  }

  const Prepared& prepared_;
  const mapping::Program& program_;
  const std::vector<Dataflow>& dataflow_;
  const Cascade& cascade_;
  Layout layout_;
  std::map<std::string, std::int64_t> sizes_;
  Instance instance_;
  std::map<std::string, int> unit_of_;
  std::set<std::string> stored_;  // tensors that go to DRAM
};

}  // namespace

Checked check(const Prepared& prepared, const CheckOptions& options, const mapping::Program& program,
              const std::vector<Dataflow>& dataflow) {
  return Check(prepared, program, dataflow).run(options);
}

Checked check(const Prepared& prepared, const CheckOptions& options) {
  std::vector<Dataflow> dataflow;
  const mapping::Program program = mapping::lower(prepared.cascade, prepared.workload, prepared.architecture,
                                                  prepared.mapping, &dataflow, prepared.masks);
  return check(prepared, options, program, dataflow);
}

}  // namespace attnsim::sim::functional
