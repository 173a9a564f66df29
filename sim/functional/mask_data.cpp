// Interprets the part of a cascade that its mask depends on, head by head.
#include "sim/functional/mask_data.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "sim/functional/check.h"
#include "sim/functional/data.h"
#include "sim/functional/exits.h"
#include "sim/functional/unit_arithmetic.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {
namespace {

using workloads::Cascade;
using workloads::Einsum;

// The cascade with nothing but what the mask needs: keys and values may be many times larger.
Cascade mask_part(const Cascade& cascade) {
  std::set<std::string> needed = mapping::made_masks(cascade);
  Cascade part = cascade;
  part.einsums.clear();
  for (auto einsum = cascade.einsums.rbegin(); einsum != cascade.einsums.rend(); ++einsum) {
    if (needed.count(einsum->name) == 0) continue;
    for (const workloads::TensorRef& read : cascade.reads(*einsum)) needed.insert(read.tensor);
    part.einsums.insert(part.einsums.begin(), *einsum);
  }
  std::erase_if(part.inputs, [&](const workloads::TensorRef& input) { return needed.count(input.tensor) == 0; });
  return part;
}

void refuse(const Cascade& cascade, const Cascade& part, const workloads::Workload& workload, std::int64_t heads) {
  const common::Location& where = cascade.predicate->where;
  const std::string advice = "; state the part of it that is selected, as in --density 0.1";
  if (mapping::made_masks(cascade).size() != mapping::mask_tensors(cascade).size()) {
    throw common::InputError(where, "looks up metadata, which data do not have" + advice);
  }
  if (cascade.iterate) throw common::InputError(where, "looks up what a loop makes" + advice);
  if (!workload.lengths.empty()) {
    throw common::InputError(where, "takes data, which sequences of several lengths do not have" + advice);
  }
  const auto most = too_large(part, workloads::Instance(part, workload, {}), heads);
  if (most) throw common::InputError(where, "takes too much to make: " + *most + advice);
}

}  // namespace

mapping::MaskSource masks_of_data(const Prepared& prepared, const MaskInputs& inputs) {
  const auto cascade = std::make_shared<const Cascade>(prepared.cascade);
  const auto part = std::make_shared<const Cascade>(mask_part(*cascade));
  const auto arithmetic = std::make_shared<const UnitArithmetic>(*cascade, prepared.mapping);
  const workloads::Workload whole = prepared.workload;
  return [=](const workloads::Workload& workload) {
    const Layout layout(*part, workload);
    refuse(*cascade, *part, whole, layout.batch() * layout.heads());
    const Arrays arrays = layout.inputs({inputs.seed, inputs.data, inputs.prefix});
    const workloads::Instance instance(*part, workload, {});
    mapping::MaskTables masks;
    for (std::int64_t batch = 0; batch < layout.batch(); ++batch) {
      for (std::int64_t head = 0; head < layout.heads(); ++head) {
        const workloads::ArithmeticOf of = [&](const Einsum& einsum) -> const workloads::Arithmetic& {
          return arithmetic->of(einsum);
        };
        const workloads::Tensors made = workloads::interpret(instance, layout.head(arrays, batch, head), of);
        for (const std::string& name : mapping::made_masks(*cascade)) {
          masks.of[name].push_back(workloads::table_of(made.at(name)));
        }
      }
    }
    return masks;
  };
}

Prepared prepare_on_data(const Inputs& inputs) { return prepare(inputs, {masks_of_data, exit_of_data}); }

}  // namespace attnsim::sim::functional
