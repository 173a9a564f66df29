// Interprets a step, one repetition after another.
#include "sim/functional/exits.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "sim/functional/data.h"
#include "sim/functional/unit_arithmetic.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {
namespace {

using workloads::Einsum;

// Positive in all heads of all sequences.
bool all_positive(const PreparedStep& step, const DataSource& source) {
  const Prepared& prepared = step.prepared;
  const Layout layout(prepared.cascade, prepared.workload);
  const UnitArithmetic arithmetic(prepared.cascade, prepared.mapping);
  const workloads::ArithmeticOf of = [&](const Einsum& einsum) -> const workloads::Arithmetic& {
    return arithmetic.of(einsum);
  };
  const Arrays arrays = layout.inputs(source);
  const workloads::Instance instance(prepared.cascade, prepared.workload, {});
  for (std::int64_t batch = 0; batch < layout.batch(); ++batch) {
    for (std::int64_t head = 0; head < layout.heads(); ++head) {
      const auto made = workloads::interpret(instance, layout.head(arrays, batch, head), of);
      const std::vector<double>& values = made.at(step.step.exits).values();
      if (!std::all_of(values.begin(), values.end(), [](double value) { return value > 0; })) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::int64_t> exit_of_data(const PreparedStep& step, std::int64_t left) {
  const MaskInputs& inputs = step.inputs;
  if (!step.prepared.workload.lengths.empty()) {
    throw common::InputError(step.step.where, fmt::format("exits by {}, which takes data, which sequences of several "
                                                          "lengths do not have; give 'exits_after'",
                                                          step.step.exits));
  }
  const Layout layout(step.prepared.cascade, step.prepared.workload);
  const workloads::Instance instance(step.prepared.cascade, step.prepared.workload, {});
  if (const auto most = too_large(step.prepared.cascade, instance, layout.batch() * layout.heads())) {
    throw common::InputError(step.step.where,
                             fmt::format("exits by {}, but {}; give 'exits_after'", step.step.exits, *most));
  }
  for (std::int64_t repetition = 0; repetition < (inputs.data.empty() ? left : 1); ++repetition) {
    const std::uint64_t seed = inputs.seed + static_cast<std::uint64_t>(repetition);
    if (all_positive(step, {seed, inputs.data, inputs.prefix})) return repetition + 1;
  }
  return std::nullopt;
}

}  // namespace attnsim::sim::functional
