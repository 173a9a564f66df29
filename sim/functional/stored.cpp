// bf16 as the PEs have it, other types by their tables.
#include "sim/functional/stored.h"

#include "arch/arithmetic/pe.h"
#include "sim/functional/masks.h"

namespace attnsim::sim::functional {

Stored::Stored(const workloads::StorageType& type) : type_(&type), is_bf16_(type.name == "bf16") {}

double Stored::operator()(double value) const {
  if (type_ == nullptr) return value;
  return is_bf16_ ? arch::to_bf16(static_cast<float>(value)) : type_->nearest(value);
}

const workloads::StorageType& type_of(const workloads::Cascade& cascade, const std::string& tensor) {
  const workloads::StorageType* type = cascade.stored_as(tensor);
  return type == nullptr ? workloads::storage_type("bf16") : *type;
}

std::map<std::string, Stored> stored_tensors(const workloads::Cascade& cascade) {
  std::map<std::string, Stored> stored;
  const std::set<std::string> exact = whole_numbers(cascade);
  const auto add = [&](const std::string& tensor) {
    const bool as_it_is = exact.contains(tensor) && cascade.stored_as(tensor) == nullptr;
    stored[tensor] = as_it_is ? Stored() : Stored(type_of(cascade, tensor));
  };
  for (const workloads::TensorRef& input : cascade.inputs) add(input.tensor);
  for (const workloads::Einsum& einsum : cascade.einsums) add(einsum.name);
  return stored;
}

}  // namespace attnsim::sim::functional
