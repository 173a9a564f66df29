// Exact polynomials over the extents of ranks: "P*M*(E + F)". What analyses count in before a workload is known.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/cascade.h"

namespace attnsim::workloads {

class Polynomial {
 public:
  Polynomial() = default;
  explicit Polynomial(std::int64_t constant);
  // The product of the symbols; none gives 1.
  explicit Polynomial(std::vector<std::string> symbols);

  Polynomial& operator+=(const Polynomial& other);
  friend Polynomial operator+(Polynomial a, const Polynomial& b) { return a += b; }
  friend Polynomial operator*(const Polynomial& a, const Polynomial& b);
  bool operator==(const Polynomial&) const = default;

  bool is_zero() const { return terms_.empty(); }
  bool has(const std::string& symbol) const;
  // Terms of most factors first; what all terms share stands in front of parentheses. `order` is that of the symbols.
  std::string text(const std::vector<std::string>& order = {}) const;
  // Throws std::overflow_error beyond 63 bits, std::out_of_range for a symbol without an extent.
  std::int64_t value(const std::map<std::string, std::int64_t>& extents) const;

 private:
  std::map<std::vector<std::string>, std::int64_t> terms_;  // sorted symbols -> coefficient, never 0
};

// How a cascade's ranks are written in formulas: capitals ("m1" -> "M1"), unless two ranks would then look the same.
class Symbols {
 public:
  explicit Symbols(const Cascade& cascade);
  const std::string& of(const std::string& rank) const { return names_.at(rank); }
  const std::vector<std::string>& order() const { return order_; }
  // Points of an iteration space: all parts of a split rank together are the whole ("M", not "M1*M0").
  Polynomial volume(std::vector<std::string> ranks) const;

 private:
  const Cascade* cascade_;
  std::map<std::string, std::string> names_;
  std::vector<std::string> order_;
};

// a + b and a * b of counts that are not negative; std::overflow_error beyond 63 bits.
std::int64_t checked_add(std::int64_t a, std::int64_t b);
std::int64_t checked_multiply(std::int64_t a, std::int64_t b);

}  // namespace attnsim::workloads
