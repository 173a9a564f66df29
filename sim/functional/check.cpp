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
#include "sim/functional/masks.h"
#include "sim/functional/pe_arithmetic.h"

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

// Query heads that count as one head with more queries: those of one position next to each other.
Tensors joined(const std::vector<Tensors>& heads, const Cascade& cascade, std::int64_t first, std::int64_t sharing) {
  Tensors result = heads[static_cast<std::size_t>(first)];
  if (sharing == 1) return result;
  for (auto& [name, tensor] : result) {
    const auto queries = std::find_if(cascade.ranks.begin(), cascade.ranks.end(),
                                      [](const auto& rank) { return rank.second == "queries"; });
    const auto rank = std::find(tensor.ranks().begin(), tensor.ranks().end(), queries->first) - tensor.ranks().begin();
    if (static_cast<std::size_t>(rank) == tensor.ranks().size()) continue;
    std::vector<workloads::Range> ranges = tensor.ranges();
    ranges[static_cast<std::size_t>(rank)].end *= sharing;
    const std::int64_t inner = tensor.stride(static_cast<std::size_t>(rank));
    Tensor whole(tensor.ranks(), ranges, 0);
    for (std::int64_t head = 0; head < sharing; ++head) {
      const auto& own = heads[static_cast<std::size_t>(first + head)].at(name).values();
      for (std::size_t i = 0; i < own.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i) / inner;
        const auto at = (row * sharing + head) * inner + static_cast<std::int64_t>(i) % inner;
        whole.values()[static_cast<std::size_t>(at)] = own[i];
      }
    }
    tensor = std::move(whole);
  }
  return result;
}

// One query head's part of a tensor of joined heads.
Tensor taken_apart(const Tensor& whole, const Tensor& shape, std::int64_t inner, std::int64_t head,
                   std::int64_t sharing) {
  Tensor result = shape;
  for (std::size_t i = 0; i < result.values().size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / inner;
    const auto at = (row * sharing + head) * inner + static_cast<std::int64_t>(i) % inner;
    result.values()[i] = whole.values()[static_cast<std::size_t>(at)];
  }
  return result;
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
    sharing_ = dataflow.front().heads_sharing;
    for (const Dataflow& block : dataflow) {
      if (block.heads_sharing != sharing_) {
        throw common::InputError(prepared.mapping.where,
                                 "some groups loop over kv_head and some over head; a run on data needs one of them");
      }
      for (const mapping::Action& action : block.actions) {
        if (action.kind == mapping::Node::Kind::kStore) stored_.insert(action.reads.front().tensor);
        if (action.einsum != nullptr) unit_of_[action.einsum->name] = action.unit;
      }
    }
    refuse_too_large(prepared, instance_, layout_.batch() * layout_.heads());
    for (const std::string& tensor : whole_numbers(cascade_)) stored_.erase(tensor);
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
    const std::vector<Tensor> made = run_program(heads);
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
  std::vector<Tensor> run_program(const std::vector<Tensors>& heads) const {
    const Instance joint(cascade_, prepared_.workload, sizes_, sharing_);
    std::vector<Tensors> inputs;
    for (std::size_t head = 0; head < heads.size(); head += static_cast<std::size_t>(sharing_)) {
      inputs.push_back(joined(heads, cascade_, static_cast<std::int64_t>(head), sharing_));
      for (auto& [name, tensor] : inputs.back()) tensor = joint.split(tensor);
    }
    const std::vector<Tensors> stored_tensors = execute({program_, dataflow_, joint}, inputs);
    std::vector<Tensor> result;
    const Tensor shape =
        instance_.merge(instance_.whole(cascade_.output, std::numeric_limits<double>::quiet_NaN()), cascade_.output);
    for (const Tensors& tensors : stored_tensors) {
      const auto found = tensors.find(cascade_.output.tensor);
      const Tensor whole = found == tensors.end() ? Tensor() : joint.merge(found->second, cascade_.output);
      for (std::int64_t head = 0; head < sharing_; ++head) {
        result.push_back(found == tensors.end() ? shape : taken_apart(whole, shape, inner(shape), head, sharing_));
      }
    }
    return result;
  }

  // Elements of the output behind its rank of queries.
  std::int64_t inner(const Tensor& output) const {
    for (std::size_t rank = 0; rank < output.ranks().size(); ++rank) {
      const auto declared = std::find_if(cascade_.ranks.begin(), cascade_.ranks.end(), [&](const auto& candidate) {
        return candidate.first == output.ranks()[rank];
      });
      if (declared->second == "queries") return output.stride(rank);
    }
    return 1;
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
    const PeArithmetic array_2d(arch::Multiplier::kBf16);
    const PeArithmetic array_1d(arch::Multiplier::kFp32);
    const PeArithmetic stored_2d(arch::Multiplier::kBf16, true);
    const PeArithmetic stored_1d(arch::Multiplier::kFp32, true);
    const workloads::ArithmeticOf of_unit = [&](const Einsum& einsum) -> const workloads::Arithmetic& {
      const auto unit = unit_of_.find(einsum.name);
      const bool on_2d = unit != unit_of_.end() && unit->second == mapping::kArray2d;
      if (stored_.contains(einsum.name)) return on_2d ? stored_2d : stored_1d;
      return on_2d ? array_2d : array_1d;
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
  std::int64_t sharing_ = 1;
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
