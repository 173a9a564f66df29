// Follows the mapping's groups: which unit runs an Einsum, which results leave their group.
#include "sim/functional/unit_arithmetic.h"

#include <algorithm>
#include <set>
#include <vector>

namespace attnsim::sim::functional {

using workloads::Cascade;
using workloads::Einsum;

namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

UnitArithmetic::UnitArithmetic(const Cascade& cascade, const mapping::Mapping& mapping) {
  std::set<std::string> on_2d;
  std::set<std::string> goes_out;
  for (const mapping::Group& group : mapping.groups) {
    on_2d.insert(group.on_2d.begin(), group.on_2d.end());
    for (const Einsum& einsum : cascade.einsums) {
      if (has(group.einsums, einsum.name)) continue;
      for (const workloads::TensorRef& read : cascade.reads(einsum)) {
        if (has(group.einsums, read.tensor)) goes_out.insert(read.tensor);
      }
    }
  }
  const std::map<std::string, Stored> stored = stored_tensors(cascade);
  for (const Einsum& einsum : cascade.einsums) {
    of_.try_emplace(einsum.name, on_2d.contains(einsum.name) ? arch::Multiplier::kBf16 : arch::Multiplier::kFp32,
                    goes_out.contains(einsum.name) ? stored.at(einsum.name) : Stored());
  }
}

}  // namespace attnsim::sim::functional
