// What a store writes and a load brings: a tensor's values rounded to its storage type.
#pragma once

#include <map>
#include <string>

#include "workloads/cascade.h"

namespace attnsim::sim::functional {

class Stored {
 public:
  Stored() = default;  // as it is
  explicit Stored(const workloads::StorageType& type);
  double operator()(double value) const;

 private:
  const workloads::StorageType* type_ = nullptr;
  bool is_bf16_ = false;
};

// The type of a tensor, bf16 where the cascade gives it none.
const workloads::StorageType& type_of(const workloads::Cascade& cascade, const std::string& tensor);

// How each input and each made tensor is stored. Coordinates without a type of their own keep their whole numbers.
std::map<std::string, Stored> stored_tensors(const workloads::Cascade& cascade);

}  // namespace attnsim::sim::functional
