// vectors MODULE FOLDER: writes MODULE.hex, a vector a line (inputs, then the outputs that the C++ model gives), and
// MODULE.vh, which tells bench.v the ports.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arch/arithmetic/pe.h"
#include "tests/rtl/arithmetic/comparison.h"

namespace attnsim::rtl {
namespace {

using arch::Multiplier;

struct Port {
  std::string name;
  int bits;
};

// A module's ports in order, and from input words to output words.
struct Model {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::function<std::vector<Word>(const std::vector<Word>&)> outputs_of;
  Word steps = 0;  // of step_i, the first input of a step module
};

Word half(float value) { return as_word(arch::to_bf16(value)) >> 16; }
bool is_nan(Word word) { return (word & 0x7fffffff) > 0x7f800000; }
bool is_zero(Word word) { return (word & 0x7f800000) == 0; }

Word binary(float (*model)(float, float), const std::vector<Word>& in) {
  return as_word(model(as_float(in[0]), as_float(in[1])));
}

// t = n + f, as exp has it; |t| < 256.
std::pair<Word, Word> split(Word t) {
  const float value = as_float(t);
  if (is_nan(t)) return {0, 0x7fc0};
  const float n = std::nearbyint(value);
  // The sign of f is that of t where n is 0.
  return {static_cast<Word>(static_cast<int>(n)) & 0x1ff, half(std::fabs(value) <= 0.5F ? value : value - n)};
}

std::vector<Word> exp_step(const std::vector<Word>& in) {
  float x = as_float(in[1]);
  if (is_zero(in[1])) x = std::copysign(0.0F, x);
  if (!std::isnan(x)) x = std::fmax(-128.0F, std::fmin(128.0F, x));
  const float high = arch::to_bf16(x);
  const auto [n, f] = split(in[1]);
  switch (in[0]) {
    case 0:
      return {half(high), 0x3fb9, 0};
    case 1:
      return {half(high), 0xbb2c, in[2]};
    case 2:
      return {half(x - high), 0x3fb9, in[2]};
    case 3:
      return {0x3d61, f, as_word(0x1.f01228p-3F)};
    case 4:
      return {half(as_float(in[2])), f, as_word(0x1.62f73ep-1F)};
    default:
      return {half(as_float(in[2])), f, as_word(1)};
  }
}

std::vector<Word> sigmoid_step(const std::vector<Word>& in) {
  const Word one = as_word(1);
  if (in[0] == 0) return {3, in[1] ^ 0x80000000, 0, 0};
  return {in[0] == 1 ? 1U : 4U, one, in[2], in[0] == 2};
}

std::vector<Word> tanh_step(const std::vector<Word>& in) {
  const Word one = as_word(1);
  const Word size = in[1] & 0x7fffffff;
  const Word running = in[2], kept = in[3], unit = in[4];
  const auto minus_twice = [&] {
    if (is_nan(size) || is_zero(size)) return size | 0x80000000;
    return as_word(-2 * as_float(size));
  };
  switch (in[0]) {
    case 0:
      return {3, minus_twice(), 0, 0, 0, 0, unit};
    case 1:
      return {2, one, running, 0, 1, 0, unit};
    case 2:
      return {1, one, running, 0, 0, 0, unit};
    case 3:
      return {4, kept, running, 0, 1, 0, unit};
    case 4:
      return {0, size, size, 0, 0, 0, unit};
    case 5:
      return {0, running, size, 0, 0, 0, unit};
    default: {
      const Word magnitude = as_float(size) < 0.25F ? unit : kept;
      const Word result = is_nan(magnitude) ? 0x7fc00000 : (magnitude & 0x7fffffff) | (in[1] & 0x80000000);
      return {0, running, as_word(-0x1.555556p-2F), size, 0, 1, result};
    }
  }
}

std::vector<Word> rsqrt_step(const std::vector<Word>& in) {
  const Word x = in[1], running = in[2], unit = in[4];
  const Word y = in[0] < 4 ? 0x5f3759df - (x >> 1) : in[3];
  switch (in[0] % 4) {
    case 0:
      return {0, x, y, 0, 0, 0, unit};
    case 1:
      return {0, running, y, 0, 0, 0, unit};
    case 2:
      return {0, as_word(-0.5F), running, as_word(1.5F), 0, 0, unit};
    default: {
      if (in[0] == 3) return {0, y, running, 0, 1, 0, unit};
      const float value = as_float(x);
      if (is_nan(x) || (value < 0 && !is_zero(x))) return {0, y, running, 0, 0, 1, 0x7fc00000};
      const Word result = is_zero(x) ? as_word(INFINITY) : std::isinf(value) ? 0 : unit;
      return {0, y, running, 0, 0, 1, result};
    }
  }
}

Word leading_zeros(Word value, int width) {
  Word zeros = 0;
  while (value != 0 && (value >> (width - 1) & 1) == 0) {
    value <<= 1;
    ++zeros;
  }
  return zeros;
}

std::vector<Word> unpack(const std::vector<Word>& in) {
  const Word exponent = in[0] >> 23 & 255;
  const Word fraction = in[0] & 0x7fffff;
  return {in[0] >> 31,
          exponent,
          exponent == 0 ? 0 : fraction | 0x800000,
          exponent == 0,
          exponent == 255 && fraction == 0,
          exponent == 255 && fraction != 0};
}

float integer(Word value, int bits, bool is_unsigned) {
  const int signed_value = static_cast<int>(value);
  return static_cast<float>(is_unsigned || value < 1U << (bits - 1) ? signed_value : signed_value - (1 << bits));
}

const std::map<std::string, Model>& models() {
  const std::vector<Port> result32 = {{"result_o", 32}};
  const std::vector<Port> pair = {{"a_i", 32}, {"b_i", 32}};
  const std::vector<Port> factors16 = {{"a_i", 16}, {"b_i", 16}, {"sum_i", 32}};
  const std::vector<Port> kept = {{"step_i", 3}, {"x_i", 32}, {"running_i", 32}, {"kept_i", 32}, {"unit_i", 32}};
  const std::vector<Port> kept_out = {{"operation_o", 3}, {"a_o", 32},   {"b_o", 32},     {"sum_o", 32},
                                      {"keep_o", 1},      {"last_o", 1}, {"result_o", 32}};
  const auto macc16 = [](const std::vector<Word>& in) -> std::vector<Word> {
    return {as_word(arch::macc(from_bf16(in[0]), from_bf16(in[1]), as_float(in[2]), Multiplier::kBf16))};
  };
  static const std::map<std::string, Model> all = {
      {"macc", {factors16, result32, macc16}},
      {"macc_bf16", {factors16, result32, macc16}},
      {"macc_fp32",
       {{{"a_i", 32}, {"b_i", 32}, {"sum_i", 32}},
        result32,
        [](const auto& in) -> std::vector<Word> {
          return {as_word(arch::macc(as_float(in[0]), as_float(in[1]), as_float(in[2]), Multiplier::kFp32))};
        }}},
      {"add_fp32",
       {{{"a_i", 32}, {"b_i", 32}, {"subtract_i", 1}},
        result32,
        [](const auto& in) -> std::vector<Word> { return {binary(in[2] != 0 ? arch::subtract : arch::add, in)}; }}},
      {"max_fp32", {pair, result32, [](const auto& in) -> std::vector<Word> { return {binary(arch::maximum, in)}; }}},
      {"divide_fp32", {pair, result32, [](const auto& in) -> std::vector<Word> { return {binary(arch::divide, in)}; }}},
      {"round_bf16",
       {{{"value_i", 32}},
        {{"result_o", 16}},
        [](const auto& in) -> std::vector<Word> { return {half(as_float(in[0]))}; }}},
      {"exp_step",
       {{{"step_i", 3}, {"x_i", 32}, {"running_i", 32}}, {{"a_o", 16}, {"b_o", 16}, {"sum_o", 32}}, exp_step, 6}},
      {"exp_split",
       {{{"t_i", 32}},
        {{"n_o", 9}, {"f_o", 16}},
        [](const auto& in) -> std::vector<Word> {
          const auto [n, f] = split(in[0]);
          return {n, f};
        }}},
      {"exp_scale",
       {{{"p_i", 32}, {"n_i", 9}},
        result32,
        [](const auto& in) -> std::vector<Word> {
          const float p = is_zero(in[0]) ? std::copysign(0.0F, as_float(in[0])) : as_float(in[0]);
          const int n = static_cast<int>(in[1]) - (in[1] < 256 ? 0 : 512);
          return {as_word(arch::multiply(std::ldexp(p, n), 1, Multiplier::kFp32))};
        }}},
      {"sigmoid_step",
       {{{"step_i", 3}, {"x_i", 32}, {"running_i", 32}},
        {{"operation_o", 3}, {"a_o", 32}, {"b_o", 32}, {"last_o", 1}},
        sigmoid_step,
        3}},
      {"tanh_step", {kept, kept_out, tanh_step, 7}},
      {"rsqrt_step", {kept, kept_out, rsqrt_step, 8}},
      {"int8_to_bf16",
       {{{"value_i", 8}, {"unsigned_i", 1}},
        {{"result_o", 16}},
        [](const auto& in) -> std::vector<Word> { return {half(integer(in[0], 8, in[1] != 0))}; }}},
      {"int4_to_bf16",
       {{{"pair_i", 8}, {"unsigned_i", 1}},
        {{"low_o", 16}, {"high_o", 16}},
        [](const auto& in) -> std::vector<Word> {
          return {half(integer(in[0] & 15, 4, in[1] != 0)), half(integer(in[0] >> 4, 4, in[1] != 0))};
        }}},
      {"normalise",
       {{{"value_i", 28}},
        {{"value_o", 28}, {"shift_o", 5}},
        [](const auto& in) -> std::vector<Word> {
          const Word zeros = leading_zeros(in[0], 28);
          // Of a zero, only that it stays one matters; the shift is what all halvings add up to.
          return {in[0] << zeros, in[0] == 0 ? 31 : zeros};
        }}},
      {"unpack",
       {{{"word_i", 32}},
        {{"sign_o", 1}, {"exponent_o", 8}, {"significand_o", 24}, {"zero_o", 1}, {"infinite_o", 1}, {"nan_o", 1}},
        unpack}},
      {"sum_round",
       {{{"a_sign_i", 1},
         {"a_exponent_i", 10},
         {"a_significand_i", 24},
         {"b_sign_i", 1},
         {"b_exponent_i", 10},
         {"b_significand_i", 24}},
        result32,
        [](const auto& in) -> std::vector<Word> {
          const auto operand = [&](std::size_t first) {
            return in[first] << 31 | (in[first + 2] == 0 ? 0 : in[first + 1] << 23 | (in[first + 2] & 0x7fffff));
          };
          return {binary(arch::add, {operand(0), operand(3)})};
        }}},
  };
  return all;
}

// The inputs of vector `index`: corners first, all pairs of the first two wide ones, then random words.
std::vector<Word> inputs_of(const std::string& module, const Model& model, std::size_t index, RandomOperands& random) {
  const auto& corners = corners_fp32();
  std::vector<Word> in;
  const Operands first = random.next();
  const Operands second = random.next();
  const Word words[] = {first[0], first[1], first[2], second[0], second[1], second[2]};
  std::size_t wide = 0;
  for (const Port& port : model.inputs) {
    Word word = words[in.size()];
    if (port.bits >= 16) {
      const std::size_t corner = wide == 0 ? index : wide == 1 ? index / corners.size() : index * 7;
      if (index < corners.size() * corners.size()) word = corners[corner % corners.size()] >> (32 - port.bits);
      ++wide;
    } else {
      word ^= word >> 16 ^ static_cast<Word>(index);
    }
    if (port.bits < 32) word &= (1U << port.bits) - 1;
    if (port.name == "step_i") word %= model.steps;
    in.push_back(word);
  }
  if (module == "sum_round") {  // finite numbers, unpacked
    for (const std::size_t operand : {0, 3}) {
      in[operand + 1] = in[operand + 1] % 254 + 1;
      in[operand + 2] |= 0x800000;
      if (index % 7 == operand) in[operand + 1] = in[operand + 2] = 0;
    }
  }
  // exp's t is below 256; steps 0 to 2 take any x.
  if (module == "exp_split" || (module == "exp_step" && in[0] >= 3)) {
    Word& t = in[module == "exp_split" ? 0 : 1];
    if (std::isinf(as_float(t))) t = 0x7fc00000;
    if (!is_nan(t)) t = as_word(std::fmod(as_float(t), 255.0F));
  }
  // Of a NaN neither n nor the rest is told: f and high are NaN already. Nor is the sign of a subnormal's rest of 0.
  if (module == "exp_split" && is_nan(in[0])) in[0] = 0x3f800000;
  if (module == "exp_step" && in[0] == 2 && (is_nan(in[1]) || is_zero(in[1]))) in[1] = 0x3f800000;
  return in;
}

std::string hex(const std::vector<Port>& ports, const std::vector<Word>& words) {
  std::string bits;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    for (int bit = ports[i].bits - 1; bit >= 0; --bit) bits += (words[i] >> bit & 1) != 0 ? '1' : '0';
  }
  return bits;
}

std::string as_hex(std::string bits) {
  bits.insert(0, (4 - bits.size() % 4) % 4, '0');
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 4) text += "0123456789abcdef"[std::stoi(bits.substr(i, 4), nullptr, 2)];
  return text;
}

// `.a_i(in[63:32]), ...`: the first port has the highest bits, as in the vectors.
int connect(const std::vector<Port>& ports, const std::string& vector, std::string& text) {
  int total = 0;
  for (const Port& port : ports) total += port.bits;
  int high = total;
  for (const Port& port : ports) {
    if (!text.empty()) text += ", ";
    text +=
        "." + port.name + "(" + vector + "[" + std::to_string(high - 1) + ":" + std::to_string(high - port.bits) + "])";
    high -= port.bits;
  }
  return total;
}

void write(const std::string& module, const Model& model, const std::string& folder) {
  constexpr std::size_t kVectors = 8000;
  RandomOperands random(false);
  std::ofstream vectors(folder + "/" + module + ".hex");
  for (std::size_t index = 0; index < kVectors; ++index) {
    const std::vector<Word> in = inputs_of(module, model, index, random);
    vectors << as_hex(hex(model.inputs, in) + hex(model.outputs, model.outputs_of(in))) << '\n';
  }
  std::string connections;
  const int input_bits = connect(model.inputs, "in", connections);
  const int output_bits = connect(model.outputs, "out", connections);
  std::ofstream(folder + "/" + module + ".vh")
      << "`define MODULE " << module << "\n`define INPUT_BITS " << input_bits << "\n`define OUTPUT_BITS " << output_bits
      << "\n`define VECTORS " << kVectors << "\n`define VECTOR_FILE \"" << folder << "/" << module << ".hex\"\n"
      << "`define CONNECTIONS " << connections << "\n";
}

}  // namespace
}  // namespace attnsim::rtl

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: vectors MODULE FOLDER\n";
    return 2;
  }
  const auto& models = attnsim::rtl::models();
  const auto model = models.find(argv[1]);
  if (model == models.end()) {
    std::cerr << "vectors: no model of module " << argv[1] << "; add one to tests/rtl/arithmetic/vectors.cpp\n";
    return 2;
  }
  attnsim::rtl::write(model->first, model->second, argv[2]);
  return 0;
}
