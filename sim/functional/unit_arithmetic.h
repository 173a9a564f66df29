// The arithmetic of each Einsum's unit under a mapping, rounded as it is stored where another group reads the result.
#pragma once

#include <map>
#include <string>

#include "mapping/mapping.h"
#include "sim/functional/pe_arithmetic.h"
#include "workloads/cascade.h"

namespace attnsim::sim::functional {

class UnitArithmetic {
 public:
  // Before there is a mapping, all Einsums run on lanes.
  UnitArithmetic(const workloads::Cascade& cascade, const mapping::Mapping& mapping);
  const workloads::Arithmetic& of(const workloads::Einsum& einsum) const { return of_.at(einsum.name); }

 private:
  std::map<std::string, PeArithmetic> of_;
};

}  // namespace attnsim::sim::functional
