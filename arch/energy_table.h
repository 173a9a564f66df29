// Energy and area of every action and part, read from arch/tables/*.yaml; arch/README.md documents every key.
// How energies scale between published points is stated in PowerCurve and BufferCosts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arch/architecture.h"
#include "common/yaml.h"

namespace attnsim::arch {

// A positive quantity through published points: between two neighbours y = a * x^b through both, beyond the first and
// the last point with a stated exponent. Never falls where the points do not.
class PowerCurve {
 public:
  PowerCurve() = default;  // zero everywhere
  // (x, y) with ascending x > 0 and y > 0, at least one; exponent >= 0.
  PowerCurve(std::vector<std::pair<double, double>> points, double outside_exponent);
  double at(double x) const;  // x > 0

 private:
  std::vector<std::pair<double, double>> points_ = {{1, 0}};
  double outside_exponent_ = 0;
};

struct FunctionCosts {
  double pj_per_result = 0;
  double um2_per_unit = 0;
};

// The register file of one PE or lane.
struct RegisterCosts {
  PowerCurve read_pj;  // pJ of one word of `word_bits`, by the words that the file holds
  PowerCurve write_pj;
  double word_bits = 16;
  bool charges_every_pe = true;  // else the accesses of one PE of an array alone
  double um2 = 0;                // of a file of up to um2_words words
  double um2_words = 0;

  double read_energy_pj(std::int64_t words, std::int64_t bits) const;  // of one word of `bits`
  double write_energy_pj(std::int64_t words, std::int64_t bits) const;
  double area_um2(std::int64_t words, std::int64_t bits) const;
};

// The buffer that all tiles share. Energy a bit follows the capacity; a row costs as many bits as it has. A part of it,
// `bank_share`, is spent inside one bank and shrinks with the square root of the bank's size.
struct BufferCosts {
  PowerCurve read_pj_per_bit;  // by the capacity in bytes, at reference_banks
  PowerCurve write_pj_per_bit;
  double reference_banks = 1;
  double bank_share = 0;
  bool charges_intermediate_transfers = true;  // between buffer and DRAM, of tensors that are stored and loaded again
  double um2_per_byte = 0;

  double row_read_pj(const Buffer& buffer) const;
  double row_write_pj(const Buffer& buffer) const;
  double area_um2(const Buffer& buffer) const;
};

struct EnergyTable {
  std::string name;
  std::map<std::string, FunctionCosts> functions;
  RegisterCosts registers;
  BufferCosts buffer;
  double dram_pj_per_bit = 0;
  double link_pj_per_hop = 0;  // of one word
  double static_watts_per_mm2 = 0;

  const FunctionCosts& function(const std::string& name) const;  // throws std::out_of_range
};

// The folder of the shipped tables.
std::filesystem::path tables();
// Reads a table: a shipped one's name or a YAML file's path. Throws common::InputError.
EnergyTable read_energy_table(const std::string& name_or_file);
// Throws common::InputError where the architecture has a PE function that the table lacks.
void check_functions(const EnergyTable& table, const Architecture& architecture);

}  // namespace attnsim::arch
