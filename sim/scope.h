// What of a model a run covers: one layer's attention, a whole layer, or all layers and the output head.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "mapping/mapping.h"
#include "mapping/program.h"
#include "workloads/cascade.h"
#include "workloads/workload.h"

namespace attnsim::sim {

enum class Scope { kAttention, kLayer, kModel };
std::string scope_name(Scope scope);
Scope scope_of(const std::string& name);  // throws UsageError

// Consecutive blocks of a Program that do one thing: "QKV", "attention", "FFN up", "head".
struct Part {
  std::string name;
  std::size_t first = 0;  // position in Program::blocks
  std::size_t count = 1;
  std::string linear_mapping = {};  // of a matrix product: the mapping that it took
};

// Each product by the faster of output-stationary and output-stationary-blocked that fits.
inline constexpr const char* kAutoLinearMapping = "auto";

struct ScopedProgram {
  mapping::Program program;
  std::vector<Part> parts;  // in the order in which they run
};

// The attention of some layers of a model, one of them as a Program.
struct LayerAttention {
  std::string name;  // of the step of a series; empty where all layers are alike
  mapping::Program program;
  workloads::Workload workload;  // what those layers see
  std::int64_t times = 1;
};

// Puts a layer's matrix products around its attention, and for a model repeats the layers and adds the output head. The
// parts follow one another through DRAM. `linear` is the cascade of a matrix product, `mapping_file` its mapping or
// kAutoLinearMapping. Throws common::UsageError where the workload lacks a width, common::InputError where a product
// cannot be mapped. Simplified: norms, activations, residual additions and the embedding's look-up cost nothing.
ScopedProgram with_linear_parts(Scope scope, std::vector<LayerAttention> attentions,
                                const arch::Architecture& architecture, const workloads::Cascade& linear,
                                const std::string& mapping_file, const std::vector<common::Override>& overrides);

}  // namespace attnsim::sim
