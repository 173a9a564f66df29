// NumPy's .npz: a zip archive of arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace attnsim::sim::functional {

struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // the last axis is contiguous
};
using Arrays = std::map<std::string, Array>;

// Reads the arrays of a file, as numpy.savez or numpy.savez_compressed writes them: float16, float32 or float64,
// little-endian, in C order. Throws common::InputError, which names the file and the array.
Arrays read_npz(const std::filesystem::path& file);

// Writes float32. Equal arrays give equal bytes. Throws common::InputError where the file cannot be written.
void write_npz(const std::filesystem::path& file, const Arrays& arrays);

}  // namespace attnsim::sim::functional
