// A result that was written as JSON, as far as energy and area need it.
#pragma once

#include <filesystem>
#include <string>

#include "arch/architecture.h"
#include "sim/energy.h"

namespace attnsim::sim {

struct StoredResult {
  arch::Architecture architecture;  // with the energy table that the run had
  EnergyInputs inputs;
};

// Reads one result as `simulate run` writes it. Throws common::InputError with the file and the key that is wrong.
StoredResult read_stored_result(const std::filesystem::path& file);

}  // namespace attnsim::sim
