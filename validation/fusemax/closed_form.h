// The published FuseMax model as formulas, written from the paper alone: it shares no code with the simulator that it
// is held against. Self-attention with E = F, M = P a multiple of 256, on 256 x 256 arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsim::validation {

// One layer's attention.
struct Shape {
  std::int64_t batch = 0;
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;  // E = F
  std::int64_t seq_len = 0;   // M = P
};

struct Prediction {
  double dram_bytes = 0;
  double seconds = 0;
  double utilization_2d = 0;
  double utilization_1d = 0;
};

struct Model {
  std::string name;  // of the shipped workload
  std::int64_t batch = 0;
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t hidden = 0;  // D
  std::int64_t ffn = 0;     // S
};

// The four models and six lengths of the published evaluation, and its five steps in their order.
const std::vector<Model>& models();
const std::vector<std::int64_t>& lengths();
const std::vector<std::string>& mappings();  // unfused, flat, fusemax-cascade, fusemax-arch, fusemax

// Seconds of the linear part of one layer (Q, K, V, output, FFN): one MACC a PE and cycle.
double linear_form(const Model& model, std::int64_t seq_len);

// Throws std::invalid_argument for an unknown mapping, std::out_of_range for a cell that FLAT's search does not cover.
Prediction closed_form(const std::string& mapping, const Shape& shape);

}  // namespace attnsim::validation
