// What each attention variant computes, in plain double precision from the published equations. It includes nothing of
// the simulator: what is held against it must not share its mistakes. One head of one sequence at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace attnsim::kernels {

// A dense tensor, row-major.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> data;

  explicit Array(std::vector<std::int64_t> shape_of_it = {}, double fill = 0);
  template <typename... Indices>
  double& operator()(Indices... indices) {
    return data[position({static_cast<std::int64_t>(indices)...})];
  }
  template <typename... Indices>
  double operator()(Indices... indices) const {
    return data[position({static_cast<std::int64_t>(indices)...})];
  }

 private:
  std::size_t position(std::initializer_list<std::int64_t> indices) const;  // throws std::out_of_range
};

// Inputs by the names that the variant's cascade has for them. They may also hold what a variant chooses, under the
// name that its cascade has for that: coordinates of the chosen keys, chunks or heads (-1: none), or bits of a gate. It
// then computes with that choice instead of its own.
using Arrays = std::map<std::string, Array>;
// The cascade's parameters, and `scale`.
using Parameters = std::map<std::string, double>;

// Throws std::out_of_range for a missing input or parameter.
using Oracle = Array (*)(const Arrays& inputs, const Parameters& parameters);

// By the variant's id.
const std::map<std::string, Oracle>& oracles();

}  // namespace attnsim::kernels
