// Numbers with units, as users write and read them, and exact rates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace attnsim::common {

// An exact positive ratio of two integers, in lowest terms.
struct Ratio {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
  // Smallest integer not below amount * denominator / numerator: cycles of `amount` bytes at this many bytes a cycle.
  std::int64_t ceil_divide(std::int64_t amount) const;
};
Ratio make_ratio(std::int64_t numerator, std::int64_t denominator);  // both > 0

// "65536", "64K", "1M", "16MiB", "400GiB", "940e6", "1.5GiB" -> integer; nothing where it is not a whole number, has an
// unknown suffix, or does not fit. K, M, G, T and KiB, MiB, GiB, TiB are 1024-based; kB, MB, GB, TB 1000-based.
std::optional<std::int64_t> parse_integer(const std::string& text);

// For people: "64K" where exact, else digits; "38.7 GB"; "7.403 s", "2.013 ms"; "6.96e9".
std::string format_length(std::int64_t tokens);
std::string format_bytes(double bytes);
std::string format_seconds(double seconds);
std::string format_cycles(std::int64_t cycles);

}  // namespace attnsim::common
