// Whole numbers with units, read exactly, and the short forms that people read.
#include "common/units.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/error.h"

namespace attnsim::common {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

struct Suffix {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kKibi = 1024;
constexpr std::array<Suffix, 14> kSuffixes = {{{"", 1},
                                               {"B", 1},
                                               {"K", kKibi},
                                               {"M", kKibi* kKibi},
                                               {"G", kKibi* kKibi* kKibi},
                                               {"T", kKibi* kKibi* kKibi* kKibi},
                                               {"KiB", kKibi},
                                               {"MiB", kKibi* kKibi},
                                               {"GiB", kKibi* kKibi* kKibi},
                                               {"TiB", kKibi* kKibi* kKibi* kKibi},
                                               {"kB", 1000},
                                               {"MB", 1000000},
                                               {"GB", 1000000000},
                                               {"TB", 1000000000000}}};

// digits[.digits][e[+-]digits] as mantissa * 10^exponent, the mantissa without trailing zeros.
struct Decimal {
  std::int64_t mantissa = 0;
  int exponent = 0;
};

constexpr int kLargestExponent = 1000;  // beyond any fitting number, and far from overflowing int

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a decimal number from the front of `text`; nothing where there is none or it has more digits than fit.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  bool any_digit = false;
  bool in_fraction = false;
  int pending_zeros = 0;  // zeros matter only once a digit other than zero follows
  int scale = 0;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !in_fraction))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      in_fraction = true;
      continue;
    }
    any_digit = true;
    if (scale < -kLargestExponent || pending_zeros > kLargestExponent) return std::nullopt;
    if (in_fraction) --scale;
    if (c == '0') {
      if (number.mantissa != 0) ++pending_zeros;
      continue;
    }
    for (int i = 0; i <= pending_zeros; ++i) {
      if (number.mantissa > kLargest / 10) return std::nullopt;
      number.mantissa *= 10;
    }
    pending_zeros = 0;
    const int digit = c - '0';
    if (number.mantissa > kLargest - digit) return std::nullopt;
    number.mantissa += digit;
  }
  if (!any_digit) return std::nullopt;
  int written = 0;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      if (written > kLargestExponent) return std::nullopt;
      written = written * 10 + (text.front() - '0');
    }
    if (negative) written = -written;
  }
  number.exponent = scale + pending_zeros + written;
  return number;
}

// Three significant digits of a value from 1 to below 1000, or four where `digits` says so; never in e-notation.
std::string significant(double value, int digits) {
  int decimals = digits - 1;
  for (double limit = 10; decimals > 0 && value >= limit - 0.5 * std::pow(10.0, -decimals); limit *= 10) --decimals;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::int64_t Ratio::ceil_divide(std::int64_t amount) const {
  const Wide product = static_cast<Wide>(amount) * denominator;
  const Wide quotient = product / numerator + (product % numerator > 0 ? 1 : 0);
  if (quotient > kLargest) {
    throw SimulationError(
        fmt::format("{} at a rate of {}/{} takes more cycles than 64 bits can count; use a larger rate", amount,
                    numerator, denominator));
  }
  return static_cast<std::int64_t>(quotient);
}

Ratio make_ratio(std::int64_t numerator, std::int64_t denominator) {
  if (numerator <= 0 || denominator <= 0) throw std::invalid_argument("a ratio is positive");
  const std::int64_t divisor = std::gcd(numerator, denominator);
  return {numerator / divisor, denominator / divisor};
}

std::optional<std::int64_t> parse_integer(const std::string& text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) return std::nullopt;
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.name != rest) continue;
    if (number->mantissa == 0) return 0;
    Wide value = static_cast<Wide>(number->mantissa) * suffix.factor;
    for (int i = 0; i < number->exponent; ++i) {
      value *= 10;
      if (value > kLargest) return std::nullopt;
    }
    for (int i = 0; i > number->exponent; --i) {
      if (value % 10 != 0) return std::nullopt;
      value /= 10;
    }
    if (value > kLargest) return std::nullopt;
    return static_cast<std::int64_t>(negative ? -value : value);
  }
  return std::nullopt;
}

std::string format_length(std::int64_t tokens) {
  for (const auto& [name, factor] : {std::pair{"G", kKibi * kKibi * kKibi}, {"M", kKibi * kKibi}, {"K", kKibi}}) {
    if (tokens != 0 && tokens % factor == 0) return fmt::format("{}{}", tokens / factor, name);
  }
  return fmt::format("{}", tokens);
}

std::string format_bytes(double bytes) {
  if (bytes < 999.5) return fmt::format("{:.0f} B", bytes);
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  double value = bytes / 1000;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{} {}", significant(value, 3), kUnits[unit]);
}

std::string format_seconds(double seconds) {
  if (seconds == 0) return "0 s";
  constexpr std::array<std::pair<const char*, double>, 4> kUnits = {{{"s", 1}, {"ms", 1e3}, {"us", 1e6}, {"ns", 1e9}}};
  for (const auto& [name, factor] : kUnits) {
    // 0.99996 ms is shown as 1.000 ms, not as 1000.0 us.
    if (seconds * factor >= 0.99995 || factor == 1e9)
      return fmt::format("{} {}", significant(seconds * factor, 4), name);
  }
  return {};
}

std::string format_cycles(std::int64_t cycles) {
  if (cycles < 1000000) return fmt::format("{}", cycles);
  const std::string text = fmt::format("{:.2e}", static_cast<double>(cycles));
  const std::size_t e = text.find('e');
  return fmt::format("{}e{}", text.substr(0, e), std::stoi(text.substr(e + 1)));
}

}  // namespace attnsim::common
