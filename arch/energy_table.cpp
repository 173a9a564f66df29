// Reading energy tables, and the scaling of their published points.
#include "arch/energy_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "arch/pe_function.h"
#include "common/registry.h"

namespace attnsim::arch {
namespace {

using common::Yaml;

// A finite number; every one of them stands beside its source.
double quantity(const Yaml& yaml, const std::string& key, bool positive) {
  const Yaml entry = yaml.at(key);
  const double value = entry.number();
  if (!std::isfinite(value) || value < 0 || (positive && value == 0)) {
    entry.fail(std::string("must be a number ") + (positive ? "above 0" : "of at least 0") + " (got " + entry.text() +
               ")");
  }
  return value;
}

double sourced(const Yaml& yaml, const std::string& key) {
  yaml.at("source").text();
  return quantity(yaml, key, false);
}

std::map<std::string, FunctionCosts> read_functions(const Yaml& yaml) {
  const std::vector<std::string> known(kPeFunctions.begin(), kPeFunctions.end());
  std::map<std::string, FunctionCosts> functions;
  for (const std::string& name : yaml.keys()) {
    const Yaml entry = yaml.at(name);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      entry.fail(common::unknown_name("PE function", name, known));
    }
    functions[name] = {sourced(entry, "pj_per_result"), sourced(entry, "um2_per_unit")};
  }
  return functions;
}

// A curve through the points of a list; `scale` names the key that the quantity is divided by, if any.
PowerCurve read_curve(const Yaml& yaml, const std::string& x, const std::string& y, const std::string& scale) {
  std::vector<std::pair<double, double>> points;
  const Yaml list = yaml.at("points");
  for (const Yaml& point : list.items()) {
    point.at("source").text();
    const double at = static_cast<double>(point.at(x).integer(1, std::numeric_limits<std::int64_t>::max()));
    const double value = quantity(point, y, true) / (scale.empty() ? 1 : quantity(point, scale, true));
    if (!points.empty() && at <= points.back().first) point.at(x).fail("must ascend from point to point");
    points.emplace_back(at, value);
  }
  if (points.empty()) list.fail("must have at least one point");
  return {points, quantity(yaml, "outside_exponent", false)};
}

RegisterCosts read_registers(const Yaml& yaml) {
  RegisterCosts costs;
  costs.read_pj = read_curve(yaml, "words", "read_pj", "");
  costs.write_pj = read_curve(yaml, "words", "write_pj", "");
  costs.word_bits = quantity(yaml, "word_bits", true);
  costs.charges_every_pe = yaml.at("charge").one_of({"every_pe", "one_pe"}) == "every_pe";
  const Yaml area = yaml.at("area");
  costs.um2 = sourced(area, "um2");
  costs.um2_words = quantity(area, "up_to_words", true);
  return costs;
}

BufferCosts read_buffer(const Yaml& yaml) {
  BufferCosts costs;
  costs.read_pj_per_bit = read_curve(yaml, "bytes", "read_pj_per_row", "row_bits");
  costs.write_pj_per_bit = read_curve(yaml, "bytes", "write_pj_per_row", "row_bits");
  const Yaml banks = yaml.at("banks");
  costs.reference_banks = quantity(banks, "reference", true);
  costs.bank_share = sourced(banks, "share");
  if (costs.bank_share > 1) banks.at("share").fail("must be at most 1 (got " + banks.at("share").text() + ")");
  const Yaml charges = yaml.at("intermediate_transfers");
  charges.at("source").text();
  costs.charges_intermediate_transfers = charges.at("charge").boolean();
  const Yaml area = yaml.at("area");
  costs.um2_per_byte =
      sourced(area, "um2") / static_cast<double>(area.at("bytes").integer(1, std::numeric_limits<std::int64_t>::max()));
  return costs;
}

double banked(const BufferCosts& costs, const PowerCurve& pj_per_bit, const Buffer& buffer) {
  const double in_bank = costs.bank_share * std::sqrt(costs.reference_banks / static_cast<double>(buffer.banks));
  return pj_per_bit.at(static_cast<double>(buffer.bytes)) * static_cast<double>(buffer.row_bits) *
         (1 - costs.bank_share + in_bank);
}

double word_energy(const PowerCurve& curve, std::int64_t words, std::int64_t bits, double word_bits) {
  return curve.at(static_cast<double>(words)) * static_cast<double>(bits) / word_bits;
}

void check_array(const EnergyTable& table, const Architecture& architecture, const std::string& array,
                 const Functions& functions, const Composed& composed) {
  std::vector<std::string> needed;
  for (const auto& [name, cycles] : functions) {
    const auto parts = composed.find(name);
    if (parts == composed.end()) {
      needed.push_back(name);
    } else {
      for (const auto& [part, times] : parts->second) needed.push_back(part);
    }
  }
  for (const std::string& name : needed) {
    if (table.functions.find(name) != table.functions.end()) continue;
    throw common::InputError({}, "energy table '" + table.name + "' lacks PE function '" + name + "', which " + array +
                                     " of " + architecture.name + " has");
  }
}

}  // namespace

PowerCurve::PowerCurve(std::vector<std::pair<double, double>> points, double outside_exponent)
    : points_(std::move(points)), outside_exponent_(outside_exponent) {}

double PowerCurve::at(double x) const {
  const auto& [first_x, first_y] = points_.front();
  const auto& [last_x, last_y] = points_.back();
  if (x <= first_x) return first_y * std::pow(x / first_x, outside_exponent_);
  if (x >= last_x) return last_y * std::pow(x / last_x, outside_exponent_);
  const auto above = std::find_if(points_.begin(), points_.end(), [x](const auto& point) { return point.first >= x; });
  const auto& [low_x, low_y] = *(above - 1);
  const auto& [high_x, high_y] = *above;
  return low_y * std::pow(x / low_x, std::log(high_y / low_y) / std::log(high_x / low_x));
}

double RegisterCosts::read_energy_pj(std::int64_t words, std::int64_t bits) const {
  return word_energy(read_pj, words, bits, word_bits);
}

double RegisterCosts::write_energy_pj(std::int64_t words, std::int64_t bits) const {
  return word_energy(write_pj, words, bits, word_bits);
}

double RegisterCosts::area_um2(std::int64_t words, std::int64_t bits) const {
  const double filled = static_cast<double>(words) * static_cast<double>(bits) / (um2_words * word_bits);
  return um2 * std::max(1.0, filled);
}

double BufferCosts::row_read_pj(const Buffer& buffer) const { return banked(*this, read_pj_per_bit, buffer); }

double BufferCosts::row_write_pj(const Buffer& buffer) const { return banked(*this, write_pj_per_bit, buffer); }

double BufferCosts::area_um2(const Buffer& buffer) const { return um2_per_byte * static_cast<double>(buffer.bytes); }

const FunctionCosts& EnergyTable::function(const std::string& function_name) const {
  return functions.at(function_name);
}

std::filesystem::path tables() { return common::data_root() / "arch" / "tables"; }

EnergyTable read_energy_table(const std::string& name_or_file) {
  const std::filesystem::path file = common::find_preset("energy table", tables(), name_or_file);
  const Yaml root = Yaml::load(file, {}, tables());
  EnergyTable table;
  root.at("source").text();
  root.at("provenance").one_of({"confirmed", "from-memory"});
  table.name = root.text_or("name", file.stem().string());
  table.functions = read_functions(root.at("functions"));
  table.registers = read_registers(root.at("registers"));
  table.buffer = read_buffer(root.at("buffer"));
  table.dram_pj_per_bit = sourced(root.at("dram"), "pj_per_bit");
  table.link_pj_per_hop = sourced(root.at("links"), "pj_per_hop");
  table.static_watts_per_mm2 = sourced(root.at("static"), "watts_per_mm2");
  root.check_all_read();
  return table;
}

void check_functions(const EnergyTable& table, const Architecture& architecture) {
  check_array(table, architecture, "array_2d", architecture.array_2d.functions, architecture.array_2d.composed);
  check_array(table, architecture, "array_1d", architecture.array_1d.functions, architecture.array_1d.composed);
}

}  // namespace attnsim::arch
