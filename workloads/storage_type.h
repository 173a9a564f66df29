// The types that elements of tensors are stored in, in DRAM and in tiles on chip.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsim::workloads {

struct StorageType {
  std::string name;
  std::int64_t bits = 0;
  bool is_integer = false;
  double least = 0;  // of its finite values
  double most = 0;
  // Of floating-point types: bits behind the point, the exponent of the least normal value, whether it has infinities.
  int fraction_bits = 0;
  int least_exponent = 0;
  bool has_infinity = false;

  // Whether it has the value but for rounding: in its range, and whole in an integer type.
  bool holds(double value) const;
  // The value that it keeps of a float: ties to even, what is out of range the end of the range or, where the type has
  // it, infinity. NaN stays NaN.
  double nearest(double value) const;
};

// bf16, fp16, fp32, fp8 (e4m3, OCP), int8, u8, int4, u4.
const std::vector<StorageType>& storage_types();
// Throws std::out_of_range for a name that is none of them.
const StorageType& storage_type(const std::string& name);

// "it has whole numbers from 0 to 15": for messages.
std::string values_text(const StorageType& type);

// Bytes of so many elements, a part-filled last byte counted whole.
std::int64_t bytes_of(std::int64_t elements, std::int64_t bits);

}  // namespace attnsim::workloads
