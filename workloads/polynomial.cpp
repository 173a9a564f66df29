// Polynomials as sums of products, factored only for display.
#include "workloads/polynomial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <stdexcept>

namespace attnsim::workloads {

namespace {

using Product = std::vector<std::string>;

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// The symbols that both have, each as often as both have it.
Product shared(const Product& a, const Product& b) {
  Product result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

std::string product_text(std::int64_t coefficient, const Product& symbols) {
  if (symbols.empty()) return std::to_string(coefficient);
  const std::string factor = coefficient == 1 ? "" : fmt::format("{}*", coefficient);
  return factor + fmt::format("{}", fmt::join(symbols, "*"));
}

}  // namespace

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw std::overflow_error("more than 64 bits can count");
  return sum;
}

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::overflow_error("more than 64 bits can count");
  return product;
}

Polynomial::Polynomial(std::int64_t constant) {
  if (constant != 0) terms_[{}] = constant;
}

Polynomial::Polynomial(std::vector<std::string> symbols) {
  std::sort(symbols.begin(), symbols.end());
  terms_[std::move(symbols)] = 1;
}

Polynomial& Polynomial::operator+=(const Polynomial& other) {
  for (const auto& [symbols, coefficient] : other.terms_) {
    const std::int64_t sum = checked_add(terms_[symbols], coefficient);
    if (sum == 0) {
      terms_.erase(symbols);
    } else {
      terms_[symbols] = sum;
    }
  }
  return *this;
}

Polynomial operator*(const Polynomial& a, const Polynomial& b) {
  Polynomial result;
  for (const auto& [left, left_coefficient] : a.terms_) {
    for (const auto& [right, right_coefficient] : b.terms_) {
      Product symbols = left;
      symbols.insert(symbols.end(), right.begin(), right.end());
      std::sort(symbols.begin(), symbols.end());
      Polynomial term;
      term.terms_[std::move(symbols)] = checked_multiply(left_coefficient, right_coefficient);
      result += term;
    }
  }
  return result;
}

bool Polynomial::has(const std::string& symbol) const {
  return std::any_of(terms_.begin(), terms_.end(), [&](const auto& term) {
    return std::find(term.first.begin(), term.first.end(), symbol) != term.first.end();
  });
}

std::string Polynomial::text(const std::vector<std::string>& order) const {
  if (terms_.empty()) return "0";
  const auto place = [&](const std::string& symbol) { return std::find(order.begin(), order.end(), symbol); };
  const auto before = [&](const std::string& a, const std::string& b) {
    return place(a) != place(b) ? place(a) < place(b) : a < b;
  };
  Product common = terms_.begin()->first;
  for (const auto& [symbols, coefficient] : terms_) common = shared(common, symbols);
  std::vector<std::pair<Product, std::int64_t>> rest;
  for (const auto& [symbols, coefficient] : terms_) {
    Product left;
    std::set_difference(symbols.begin(), symbols.end(), common.begin(), common.end(), std::back_inserter(left));
    std::sort(left.begin(), left.end(), before);
    rest.emplace_back(std::move(left), coefficient);
  }
  std::sort(rest.begin(), rest.end(), [&](const auto& a, const auto& b) {
    if (a.first.size() != b.first.size()) return a.first.size() > b.first.size();
    return std::lexicographical_compare(a.first.begin(), a.first.end(), b.first.begin(), b.first.end(), before);
  });
  std::sort(common.begin(), common.end(), before);
  if (rest.size() == 1) return product_text(rest.front().second, common);
  std::vector<std::string> sum;
  for (const auto& [symbols, coefficient] : rest) sum.push_back(product_text(coefficient, symbols));
  const std::string terms = fmt::format("{}", fmt::join(sum, " + "));
  return common.empty() ? terms : fmt::format("{}*({})", product_text(1, common), terms);
}

std::int64_t Polynomial::value(const std::map<std::string, std::int64_t>& extents) const {
  std::int64_t sum = 0;
  for (const auto& [symbols, coefficient] : terms_) {
    std::int64_t product = coefficient;
    for (const std::string& symbol : symbols) product = checked_multiply(product, extents.at(symbol));
    sum = checked_add(sum, product);
  }
  return sum;
}

Symbols::Symbols(const Cascade& cascade) : cascade_(&cascade) {
  std::vector<std::string> ranks;
  for (const auto& [rank, quantity] : cascade.ranks) {
    ranks.push_back(rank);
    if (!cascade.split.contains(rank)) continue;
    for (const std::string& part : cascade.parts(rank)) ranks.push_back(part);
  }
  std::set<std::string> taken;
  for (const std::string& rank : ranks) taken.insert(capitals(rank));
  for (const std::string& rank : ranks) {
    names_[rank] = taken.size() == ranks.size() ? capitals(rank) : rank;
    order_.push_back(names_[rank]);
  }
}

Polynomial Symbols::volume(std::vector<std::string> ranks) const {
  for (const auto& [whole, its_parts] : cascade_->split) {
    const std::vector<std::string>& parts = its_parts;
    const auto present = [&](const std::string& part) {
      return std::find(ranks.begin(), ranks.end(), part) != ranks.end();
    };
    if (!std::all_of(parts.begin(), parts.end(), present)) continue;
    std::erase_if(ranks,
                  [&](const std::string& rank) { return std::find(parts.begin(), parts.end(), rank) != parts.end(); });
    ranks.push_back(whole);
  }
  Product symbols;
  for (const std::string& rank : ranks) symbols.push_back(of(rank));
  return Polynomial(std::move(symbols));
}

}  // namespace attnsim::workloads
