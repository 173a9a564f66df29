// Functions of an Einsum, each composed of those that the array has.
#include "mapping/pe_cost.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace attnsim::mapping {

arch::Composition pe_cost(const workloads::Cascade& cascade, const workloads::Einsum& einsum,
                          const arch::Functions& functions, workloads::Subtraction subtraction) {
  arch::Composition cost;
  for (const auto& [function, times] : workloads::functions_of(cascade, einsum, subtraction)) {
    cost.add(arch::composition_of(function, functions), times);
  }
  return cost;
}

std::string missing_text(const workloads::Cascade& cascade, const workloads::Einsum& einsum,
                         const arch::Functions& functions, const std::string& array, const std::string& architecture) {
  std::vector<std::string> problems;
  for (const auto& [function, times] : workloads::functions_of(cascade, einsum)) {
    const auto missing = arch::composition_of(function, functions).missing;
    if (missing.empty()) continue;
    const std::string parts = fmt::format("{}", fmt::join(missing, " and "));
    const bool alone = missing.front() == function;
    problems.push_back(fmt::format(
        "PE function {} of {} is missing on {} of {}{}; {}.functions needs {}, or {} another array", function,
        einsum.name, array, architecture, alone ? "" : fmt::format(" and cannot be made there without {}", parts),
        array, alone ? parts : fmt::format("{}, or {}", function, parts), einsum.name));
  }
  return fmt::format("{}", fmt::join(problems, "; "));
}

}  // namespace attnsim::mapping
